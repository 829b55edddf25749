"""The rule author's API: a rule is one file with its documentation, its examples and its check.

A rule selects and says. What is wrong with a value, what a source knows of a key and what becomes of a use is already
computed when it is called: see `Definition.judgement`, `Key.verdict` and `Trace.outcome`.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import ModuleType
from typing import Any, ClassVar

from keylint.model import (
    Channel,
    Confidence,
    Defect,
    Definition,
    Edit,
    EnvName,
    Fix,
    Key,
    KeyKind,
    Outcome,
    Place,
    Provider,
    Role,
    Severity,
    Shadow,
    Step,
    Trace,
    Within,
)

CODE = re.compile(r"KL\d{3}\Z")
SECTIONS = ("## What it does", "## Why it matters", "## What to do")


class RuleError(TypeError):
    """A rule class is ill-formed: it cannot be defined."""


class RuleLoadError(Exception):
    """A rule package cannot be used; the message names the module."""


def _no_history(_place: Place) -> datetime | None:
    return None


def _nothing_beside(_definition: Definition) -> Sequence[Definition]:
    return ()


def _unmentioned(_name: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may know beside the thing it looks at. Mappings are by id, `variables` by variable name."""

    as_of: datetime
    """The moment to judge by; aware (UTC)."""
    kinds: Mapping[str, KeyKind] = field(default_factory=dict)
    providers: Mapping[str, Provider] = field(default_factory=dict)
    variables: Mapping[str, EnvName] = field(default_factory=dict)
    history: Callable[[Place], datetime | None] = _no_history
    """When the lines of a place were committed as they are; `None` for what is not committed or not known. To ask costs
    a look into the history of the file."""
    keys: Mapping[Place, Key] = field(default_factory=dict)
    """Every key of the project, by the place of each of its definitions."""
    beside: Callable[[Definition], Sequence[Definition]] = _nothing_beside
    """The keys and settings (`SUPABASE_URL`) in the same file, mapping or service, and in the layers of an `.env` file.
    Several of one name: it can be any of them."""
    shadows: Mapping[Place, Shadow] = field(default_factory=dict)
    """Of values that never arrive, by their place: the value that wins, and why."""
    mentions: Callable[[str], bool] = _unmentioned
    """Whether a variable's name stands in a file of the project, in any spelling. To ask costs a look at all files."""
    has_sources: bool = False
    """True when sources of key status were asked."""

    def kind(self, kind_id: str) -> KeyKind | None:
        """Return the kind of that id."""
        return self.kinds.get(kind_id)

    def provider(self, provider_id: str | None) -> Provider | None:
        """Return the provider of that id."""
        return self.providers.get(provider_id or "")

    def variable(self, definition: Definition) -> EnvName | None:
        """Return the known environment variable that the definition sets or is named like."""
        name = definition.env or (definition.name or "").rsplit(".", 1)[-1]
        return self.variables.get(name)


@dataclass(frozen=True, slots=True)
class Hit:
    """What a rule reports. The engine adds code, rule, key, excerpt and URL, and makes a `Finding` of it.

    `severity`: where it differs from the rule's own. `help`: the next step, in one sentence. No field ever holds a key.
    """

    place: Place
    message: str
    confidence: Confidence = Confidence.HIGH
    severity: Severity | None = None
    help: str = ""
    fix: Fix | None = None
    trace: tuple[Step, ...] = ()
    outcome: Outcome | None = None
    environments: tuple[str, ...] = ()
    subject: str = ""
    """What the hit stands on, for stable fingerprints: a definition's name, a config path, a sink."""


@dataclass(frozen=True, slots=True)
class Example:
    """A small project that a rule is, or is not, to report in.

    Keys are written as templates, `{fake:github-classic-pat}` or `{fake:github-classic-pat!truncated=3}`: no key-shaped
    text stands in a rule. Texts are dedented. `status` maps a template to what an inventory says about that key.
    """

    files: Mapping[str, str]
    expect: tuple[tuple[str, str, int], ...] = ()
    """(code, path, line) of every finding of the rule, in any order."""
    status: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    as_of: str = "2026-11-20"
    git: bool = False
    """True: the files are committed, except those that a `.gitignore` of the example names."""
    committed: str = ""
    """The day of that commit; without one, it is that of the run."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", {path: _block(text) for path, text in self.files.items()})


def _block(text: str) -> str:
    """Return the text of an indented triple-quoted string as a file would hold it."""
    text = textwrap.dedent(text.removeprefix("\n"))
    return text if text.endswith("\n") else text + "\n"


class Rule:
    """Base of all rules. Subclasses are stateless; the name is the file's stem: `truncated_key.py` -> `truncated-key`.

    A subclass defines `code`, `severity`, a docstring (a summary line, then the sections *What it does*, *Why it
    matters*, *What to do* in Markdown), `VALID` and `INVALID` examples, and overrides one of the `check_` methods.

    Raises:
        RuleError: when a subclass lacks one of these.
    """

    code: ClassVar[str]
    severity: ClassVar[Severity]
    default: ClassVar[bool] = True
    """False: runs only when selected."""
    url: ClassVar[str] = ""
    """Where the rule is explained on the web; `keylint rule CODE` explains it in any case."""
    VALID: ClassVar[Sequence[Example | str]] = ()
    """What the rule does not report. A bare string is the text of one file, `app.py`."""
    INVALID: ClassVar[Sequence[Example]] = ()
    name: ClassVar[str] = ""
    summary: ClassVar[str] = ""
    explanation: ClassVar[str] = ""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.name = cls.__module__.rpartition(".")[2].replace("_", "-")
        cls.explanation = inspect.cleandoc(cls.__doc__ or "")
        cls.summary = cls.explanation.partition("\n")[0]
        problem = next(_problems(cls), None)
        if problem is not None:
            raise RuleError(f"{cls.__module__}.{cls.__qualname__}: {problem}")

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        """Look at one place that gives a key a name. `key` is the key that it holds."""
        yield from ()

    def check_key(self, key: Key, context: Context) -> Iterator[Hit]:
        """Look at one distinct key with all its definitions and uses."""
        yield from ()

    def check_trace(self, trace: Trace, key: Key | None, context: Context) -> Iterator[Hit]:
        """Look at one use in one environment. `key` is `None` when no key reaches it."""
        yield from ()


def _problems(cls: type[Rule]) -> Iterator[str]:
    code = getattr(cls, "code", None)
    if not isinstance(code, str) or not CODE.match(code):
        yield f"code is {code!r}, not KL and three digits"
    if not isinstance(getattr(cls, "severity", None), Severity):
        yield "severity is missing"
    if not cls.summary or cls.summary.startswith("#"):
        yield "the docstring has no summary line"
    yield from _section_problems(cls.explanation)
    if all(getattr(cls, check) is getattr(Rule, check) for check in ("check_definition", "check_key", "check_trace")):
        yield "it checks nothing: override check_definition, check_key or check_trace"
    yield from _example_problems(cls)


def _section_problems(explanation: str) -> Iterator[str]:
    at = [explanation.find(f"\n{section}\n") for section in SECTIONS]
    for section, start in zip(SECTIONS, at, strict=True):
        if start < 0:
            yield f"the docstring has no section {section!r}"
    if at != sorted(at):
        yield f"the docstring's sections are not in the order {', '.join(SECTIONS)}"


def _example_problems(cls: type[Rule]) -> Iterator[str]:
    if not cls.VALID or not cls.INVALID:
        yield "VALID and INVALID each need an example"
    valid: Sequence[object] = cls.VALID
    for example in valid:
        if not isinstance(example, (str, Example)):
            yield "VALID holds strings and Examples"
        elif isinstance(example, Example) and example.expect:
            yield "a VALID example expects nothing"
    invalid: Sequence[object] = cls.INVALID
    for example in invalid:
        if not isinstance(example, Example) or not example.expect:
            yield "every INVALID example is an Example that expects a finding"
            return
        for code, path, _ in example.expect:
            if code != cls.code or path not in example.files:
                yield f"an INVALID example expects {code} in {path}: it can expect {cls.code} in its own files"


def load_rules(packages: Iterable[str]) -> tuple[Rule, ...]:
    """Return the rules of these packages (or modules), sorted by code: one rule per module, at any depth.

    Raises:
        RuleLoadError: a module cannot be imported, a package holds no rule, two rules share a code or a name.
    """
    found: dict[str, type[Rule]] = {}
    names: dict[str, type[Rule]] = {}
    for package in sorted(set(packages)):
        rules = [rule for module in _modules(package) for rule in _rules_of(module)]
        if not rules:
            raise RuleLoadError(f"{package}: holds no rule")
        for rule in rules:
            for other in (found.setdefault(rule.code, rule), names.setdefault(rule.name, rule)):
                if other is not rule:
                    where = f"{other.__module__} and {rule.__module__}"
                    raise RuleLoadError(f"{rule.code} {rule.name}: code or name is taken twice, in {where}")
    return tuple(found[code]() for code in sorted(found))


def _modules(package: str) -> Iterator[ModuleType]:
    import pkgutil

    root = _import(package)
    yield root
    paths = getattr(root, "__path__", None)
    for info in sorted(pkgutil.iter_modules(paths), key=lambda info: info.name) if paths is not None else ():
        yield from _modules(f"{package}.{info.name}")


def _import(name: str) -> ModuleType:
    import importlib

    try:
        return importlib.import_module(name)
    except Exception as error:
        raise RuleLoadError(f"{name} cannot be imported: {type(error).__name__}: {error}") from error


def _rules_of(module: ModuleType) -> Iterator[type[Rule]]:
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, Rule) and value.__module__ == module.__name__:
            yield value


# What rules ask.


_PROSE = re.compile(
    r"\.(?:md|mdx|rst|txt|adoc|html?|tex)\Z|(?:\A|/)(?:README|CHANGE(?:S|LOG)|HISTORY|NEWS|METADATA|PKG-INFO)\Z",
    re.IGNORECASE,
)
# Texts that a module shows to people, and fields of a schema that show what a value looks like.
_SHOWN = re.compile(
    r"(?:\A|[._])(?:documentation|examples?|return|usage|help|description|epilog|__doc__)\Z", re.IGNORECASE
)
_SAMPLE_FIELD = re.compile(r"(?:\A|[.\]])(?:x-)?(?:examples?|samples?)(?:[.\[]|\Z)", re.IGNORECASE)


def in_prose(definition: Definition) -> bool:
    """Say whether the definition stands in documentation, a comment, a sample or a notebook's output."""
    name = definition.name or ""
    match definition.channel:
        case Channel.NOTEBOOK_OUTPUT:
            prose = True
        case Channel.TEXT:
            prose = _PROSE.search(definition.place.path) is not None
        case Channel.PYTHON | Channel.NOTEBOOK:
            prose = definition.within is Within.TEXT and _SHOWN.search(name) is not None
        case Channel.YAML | Channel.JSON | Channel.KUBERNETES:
            prose = _SAMPLE_FIELD.search(name) is not None
        case _:
            prose = False
    return prose or definition.role in (Role.COMMENT, Role.EXAMPLE)


def defects(definition: Definition, code: str) -> Iterator[Defect]:
    """Yield the defects of that code that the grammar found in the definition's value."""
    return (defect for defect in definition.judgement.defects if defect.code == code)


def traces_from(definition: Definition, key: Key | None) -> tuple[Trace, ...]:
    """Return the traces that start at this definition."""
    traces = key.traces if key is not None else ()
    return tuple(t for t in traces if t.definition is not None and t.definition.place == definition.place)


def part(definition: Definition, start: int, end: int) -> Place:
    """Return the place of the value's characters `start` to `end`; right only where `definition.contiguous`."""
    value, place = definition.secret.reveal(), definition.place

    def position(offset: int) -> tuple[int, int]:
        line_start = value.rfind("\n", 0, offset) + 1
        lines = value.count("\n", 0, offset)
        return place.line + lines, offset - line_start + (1 if lines else place.column)

    line, column = position(start)
    end_line, end_column = position(end)
    return Place(place.path, line, column, end_line, end_column, place.cell)


# A line break in a YAML value that stands there verbatim ends a line of the file too: without it the next key is lost.
_LINES_OF_THE_FILE = (Channel.YAML, Channel.COMPOSE, Channel.KUBERNETES, Channel.PIPELINE)


def deletion(definition: Definition, defect: Defect) -> Fix | None:
    """Return the safe fix that deletes what does not belong to the key, where the characters' places are known."""
    if not defect.remove or not defect.certain or not definition.contiguous:
        return None
    value = definition.secret.reveal()
    if definition.channel in _LINES_OF_THE_FILE and any("\n" in value[start:end] for start, end in defect.remove):
        return None
    edits = tuple(Edit(part(definition, start, end), "") for start, end in defect.remove)
    return Fix(safe=True, description="Delete the characters that do not belong to the key", edits=edits)


# What rules say.

_MOST_NAMED = 3


def named(key: Key | None) -> str:
    """Return what to call a key: `GitHub personal access token (classic)`; all that it can be, where nothing decides."""
    if key is not None and key.kind is not None:
        return " or ".join(kind.name for kind in (key.kind, *key.others[:_MOST_NAMED]))
    if key is not None and key.provider is not None:
        return f"{key.provider.name} key"
    return "key"


def at(place: Place) -> str:
    """Return `path:line`, in notebooks `path cell 3:line`."""
    cell = f" cell {place.cell}" if place.cell is not None else ""
    return f"{place.path}{cell}:{place.line}"


def listed(items: Sequence[str], most: int = 4) -> str:
    """Return `a, b and c`, and only the number of those beyond `most`."""
    shown = [*items[:most], f"{len(items) - most} more"] if len(items) > most else list(items)
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def upper_first(text: str) -> str:
    """Return `text` as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def answer(provider: Provider | None) -> str:
    """Return how a bad key is refused: `GitHub answers 401 Bad credentials`."""
    if provider is None or not provider.refusal:
        return "its issuer will refuse it"
    return f"{provider.name} answers {provider.refusal}"


def new_key(provider: Provider | None) -> str:
    """Return `create a new key at https://…`."""
    where = f" at {provider.dashboard}" if provider is not None and provider.dashboard else ""
    return f"create a new key{where}"


def renew(key: Key | None, definition: Definition | None = None) -> str:
    """Return the next step for a key that is no good: what to put in its place, and every place to update."""
    definitions = [d for d in key.definitions if not in_prose(d)] if key is not None else []
    places = listed([at(d.place) for d in definitions or ([definition] if definition is not None else [])])
    if key is not None and key.verdict.replaced_by and places:
        return f"Replace it in {places}: its successor is {key.verdict.replaced_by}."
    update = f", then update {places}" if places else ""
    return f"{upper_first(new_key(key.provider if key is not None else None))}{update}."

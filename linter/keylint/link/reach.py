"""From each use back to every value that can reach it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from keylint.link.calls import Calls
from keylint.link.found import OPAQUE, Found, Where, Why, identity
from keylint.link.loading import Loading
from keylint.link.modules import files_of
from keylint.link.resolve import Names
from keylint.link.values import Values
from keylint.link.variables import Variables, named_files
from keylint.link.workloads import Workloads
from keylint.model.definition import Definition
from keylint.model.facts import FileFacts
from keylint.model.flow import Choice, EnvRead, Nothing, Opaque, Value
from keylint.model.place import Place, Step
from keylint.model.provider import Sink
from keylint.model.use import Use

_MOST_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Reach:
    """One value that reaches a use, in one environment (`None`: the environments do not differ).

    `steps` begin at the definition and end at the use. `definition` is `None` where no value arrives, and `why` says
    why not; an empty value keeps its definition, with the `why` of `empty`.
    """

    use: Use
    definition: Definition | None
    steps: tuple[Step, ...]
    environment: str | None = None
    variable: str | None = None
    """The environment variable that was read last."""
    nearest: str | None = None
    """For a missing variable: the defined name that looks most like it."""
    why: Why | None = None
    stripped: bool = False
    """White space around the value was taken off on the way."""
    required: bool = False
    """For a missing variable: the lookup itself raises."""
    alternative: bool = False
    """Something else may be in its place: another branch, or another value of a conditional."""
    hidden: bool = False
    """It is in an object that shows a mask in its place."""
    mixed: bool = False
    """It is one of several values, and which function gets which is not known: another provider's may not come here."""
    assumed: bool = False
    """It is a constant that stands for a variable, which whoever starts the program may set."""
    late: Place | None = None
    """For a missing variable: the place where it is loaded, after it was read."""
    instead: str | None = None
    """For a missing variable: a defined one that the SDK reads by itself when it is given nothing."""


def link(
    facts: Mapping[str, FileFacts],
    sinks: Callable[[str], tuple[Sink, ...]],
    load: Callable[[str], FileFacts | None],
    callers: Callable[[Collection[tuple[str, str]]], Iterable[str]] = lambda functions: (),
    issuer: Callable[[str], str | None] = lambda host: None,
    load_values: Callable[[str], FileFacts | None] = lambda path: None,
    imports: Callable[[str], Sequence[str] | None] | None = None,
) -> tuple[Reach, ...]:
    """Return, for every use in `facts`, the values that reach it.

    `sinks` gives the catalogue's entries of a dotted call. `load` gives the facts of one more file by its path relative
    to the project, `None` when there is none; it is asked once per path. `callers` gives the files that may call some
    functions, each known by its file and the name that a caller writes; `issuer` the provider that owns a host;
    `load_values` all values of a configuration file; `imports` the modules that a file imports, `None` for a file that is not
    there (without it, those of the files that are read). Uses in files loaded on the way are context: they are not followed.
    """
    names = Names(facts, load, load_values)
    uses = [
        use for _, each in sorted(facts.items()) for use in each.uses if not _is_own(use, imports or names.imported)
    ]
    reaches: tuple[Reach, ...] = ()
    calls = Calls(names)
    known: frozenset[str] = frozenset()
    asked: set[tuple[str, str]] = set()
    for _ in range(_MOST_ROUNDS):
        linker = _Linker(names, sinks, issuer, known, imports, calls)
        before = len(names.facts)
        reaches = tuple(reach for use in uses for reach in linker.reaches(use))
        new = linker.values.wanted - asked
        asked |= new
        for path in callers(new) if new else ():
            names.file(path)
        if linker.values.read == known and len(names.facts) == before:
            break
        known = frozenset(linker.values.read)
        names.forget()
        calls.forget()
    return reaches


class _Linker:
    """One round over all uses."""

    def __init__(
        self,
        names: Names,
        sinks: Callable[[str], tuple[Sink, ...]],
        issuer: Callable[[str], str | None],
        known: frozenset[str],
        imports: Callable[[str], Sequence[str] | None] | None,
        calls: Calls,
    ) -> None:
        """Take the variables that the last round saw the uses read."""
        self._names = names
        self._sinks = sinks
        self._issuer = issuer
        workloads = Workloads(names.facts, names.file, imports or names.imported)
        named = named_files(names.facts, names.file, workloads)
        self._variables = Variables(
            {path: each for path, each in names.facts.items() if each is not None}, named, workloads
        )
        self.values = Values(names, self._variables, known, Loading(names), calls)

    # ------------------------------------------------------------------ one use

    def reaches(self, use: Use) -> list[Reach]:
        """Return what reaches one use, each value once per environment."""
        where = Where(use.place.path, use.place.path)
        sink = self._sink(use)
        seen: dict[object, Reach] = {}
        values = [
            OPAQUE if _is_reset(use, found) or _is_guarded(use, found) else found
            for found in self.values.of(use.value, where)
        ]
        given = list(self._given(use, sink, values, where))
        if self._is_second(use, sink) and all(found.definition is None for found in given):
            return []
        for found in given:
            # Where nothing is known of the key, nobody need be asked where it is sent.
            known = use.url is not None and found.why != "opaque"
            sent = self._sent(use, where._replace(rows=found.rows)) if known else replace(use, url=None)
            reach = self._reach(sent, sink, OPAQUE if _is_guarded(use, found) else found)
            to = (sent.provider, sent.host)
            seen.setdefault((reach.environment, identity(found), reach.variable if reach.why else None, to), reach)
        return list(seen.values())

    def _is_second(self, use: Use, sink: Sink | None) -> bool:
        """Say whether it is a key that a call can do without besides another one, and is given none by what is written."""
        if sink is None or not sink.optional or self._sinks(use.call)[0].keyword == sink.keyword:
            return False
        options = use.value.options if isinstance(use.value, Choice) else (use.value,)
        return isinstance(options[0], Nothing) or options[0] == Opaque("**kwargs")

    def _sent(self, use: Use, where: Where) -> Use:
        """Return a use with what can be known of where it sends the key that comes from `where`."""
        url = use.url
        if url is None or not use.call:
            return (
                replace(use, provider=self._addressee(url, where, use.provider), url=None) if url is not None else use
            )
        hosts = {_host(text, is_whole=is_whole) for text, is_whole in self.values.beginnings(url, where)}
        host = hosts.pop() if len(hosts) == 1 else None
        if host is None:
            return replace(use, url=None)
        return replace(use, host=host, elsewhere=use.elsewhere and self._issuer(host) != use.provider, url=None)

    def _addressee(self, url: Value, where: Where, otherwise: str | None) -> str | None:
        """Return the one provider that all hosts belong to that a request can be sent to; `otherwise` if none is known."""
        hosts = {_host(text, is_whole=is_whole) for text, is_whole in self.values.beginnings(url, where)}
        if hosts <= {None}:
            return otherwise
        providers = {self._issuer(host) if host is not None else None for host in hosts}
        return providers.pop() if len(providers) == 1 else None

    def _sink(self, use: Use) -> Sink | None:
        found = self._sinks(use.call) if use.call else ()
        same = [sink for sink in found if sink.keyword == use.keyword]
        return next((s for s in same if s.provider == use.provider), next(iter(same or found), None))

    def _given(self, use: Use, sink: Sink | None, values: Iterable[Found], where: Where) -> Iterator[Found]:
        """Where nothing is passed, the SDK looks into the environment by itself."""
        if isinstance(use.value, Opaque) and use.value.note == "**kwargs" and sink is not None and sink.env:
            # As a rule the options hold something else than the key; where the variable is not set, they hold it.
            implicit = self._implicit(use, sink, where)
            yield from (each._replace(alternative=True) if each.definition is not None else OPAQUE for each in implicit)
            return
        for found in values:
            absent = found.why == "none" or (found.why == "empty" and sink is not None and sink.empty_falls_back)
            if not absent or sink is None or not sink.env:
                yield found
            else:
                yield from self._implicit(use, sink, where)

    def _implicit(self, use: Use, sink: Sink, where: Where) -> list[Found]:
        """Return what the SDK reads by itself."""
        read = EnvRead(sink.env[0], use.place, at_import=use.at_import)
        if sink.at_import and (imported := self._imported(use)) is not None:
            read = EnvRead(sink.env[0], imported, at_import=True)
        return self.values.variable(sink.env, read, where, skip_empty=sink.empty_falls_back)

    def _imported(self, use: Use) -> Place | None:
        """Return where the file of a use imports its SDK."""
        facts, sdk = self._names.file(use.place.path), use.call.partition(".")[0]
        found = facts.imports if facts is not None else ()
        return next((e.place for e in found if e.module.partition(".")[0] == sdk and e.place is not None), None)

    def _reach(self, use: Use, sink: Sink | None, found: Found) -> Reach:
        why, instead = found.why, None
        if (
            sink is not None
            and sink.optional
            and not found.required
            and why in ("none", "missing")
            and found.late is None
        ):
            why = "works-without"
        if sink is not None and sink.optional and sink.empty_falls_back and why == "empty":
            why = "works-without"
        if why == "missing" and sink is not None and not found.required and found.late is None:
            others = (name for name in sink.env if name != found.variable)
            instead = next((name for name in others if self._variables.is_set(name, use.place.path)), None)
        steps = (*found.steps, Step(use.place, f"passed to {use.sink}"))
        return Reach(
            use, found.definition, steps, found.environment, found.variable, found.nearest, why, found.stripped, found.required,
            found.alternative, found.hidden, found.mixed, found.assumed, found.late, instead,
        )  # fmt: skip


def _is_own(use: Use, imports: Callable[[str], Sequence[str] | None]) -> bool:
    """Say whether what is called is a module of the project that has the name of an SDK: `perplexity.py`."""
    root = use.call.partition(".")[0]
    modules = [path for path in files_of(use.place.path, root) if path.endswith(f"{root}.py")] if root else ()
    return any(imports(path) is not None for path in modules)


def _is_guarded(use: Use, found: Found) -> bool:
    """Say whether the program asks for the variable before it comes here."""
    return found.why in ("missing", "empty", "none") and found.variable in use.guards


def _is_reset(use: Use, found: Found) -> bool:
    """Say whether the statement takes a key away (`stripe.api_key = None`, `headers["Authorization"] = ""`), or is not come to.

    A `None` that arrives in a header is a parameter's default, and the program asks for it first.
    """
    is_header = not use.call
    if found.variable is not None or (
        use.scheme is not None and not (is_header and found.why == "none" and found.steps)
    ):
        return False
    return (found.why == "none" and (is_header or use.sink.endswith(" = …"))) or (found.why == "empty" and is_header)


def _host(url: str, *, is_whole: bool) -> str | None:
    """Return the host of a URL; of one that is not all known, only where something follows it."""
    if "://" not in url or not (is_whole or re.match(r"[a-zA-Z][\w+.-]*://[^/?#]+[/?#:]", url)):
        return None
    try:
        return urlsplit(url.strip()).hostname
    except ValueError:
        return None

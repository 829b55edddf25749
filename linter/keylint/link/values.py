"""Values as the readers wrote them down -> what they can be when the program runs."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from keylint.link.calls import Calls, Site
from keylint.link.changes import PIECES, changed_text, part_of, parts
from keylint.link.files import VARIABLE, Files, is_whole_file
from keylint.link.found import OPAQUE, Found, Frame, Where, bound, chosen, identity, literal, merged
from keylint.link.loading import Loading
from keylint.link.modules import files_of
from keylint.link.names import nearest
from keylint.link.resolve import Names, unwrapped
from keylint.link.rows import Begun, begun, chosen_from, picked
from keylint.link.variables import Variables
from keylint.model.definition import Channel, Role
from keylint.model.facts import EnvBinding
from keylint.model.flow import (
    ANY,
    KEYS,
    Arguments,
    Changed,
    Choice,
    EnvRead,
    Fallback,
    Fields,
    FileItem,
    Hidden,
    Item,
    Joined,
    Literal,
    Member,
    Module,
    Nothing,
    Parameter,
    Reference,
    Shown,
    Stripped,
    Value,
    Via,
)
from keylint.model.place import Place, Step
from keylint.model.secret import Secret
from keylint.readers.interface import ENVIRONMENTS
from keylint.readers.variable import SELECTS

_MOST_VALUES = 2_000
_DEEPEST = 60
_MOST_TEXTS = 20
_DEFAULT_OF = "default of "
_KEY = re.compile(r"\[(.*?)\](?=[.\[]|\Z)|\.([^.\[]+)", re.DOTALL)
_FOR_DEFAULT = re.compile(r"default|fallback", re.IGNORECASE)
_SELECTS = re.compile(SELECTS, re.IGNORECASE)
_MADE_UP = re.compile(r"(?:test|mock|fake|dummy|sample|example)_")


class Values:
    """Evaluates the values of one round. What it reads on the way, files and variables, the next round knows beforehand."""

    def __init__(
        self, names: Names, variables: Variables, known: frozenset[str], loading: Loading, calls: Calls
    ) -> None:
        """Take the variables that the last round saw the uses read."""
        self._names = names
        self._variables = variables
        self._known = known
        self._loading = loading
        self._files = Files(names)
        self._heirs = calls.heirs
        self.calls = calls
        self.read: set[str] = set()
        self._left = 0

    @property
    def wanted(self) -> set[tuple[str, str]]:
        """Functions whose callers were asked for, and classes whose subclasses were: file, and name."""
        return self.calls.wanted | {(path, name.rpartition(".")[2]) for path, name in self._heirs.wanted}

    def of(self, value: Value, where: Where) -> list[Found]:
        """Return what a value can be; of one that takes too long to follow, that it is not known."""
        self._left = _MOST_VALUES
        return [OPAQUE if _is_document(each) else each for each in self._values(value, where)]

    def _values(self, value: Value, where: Where) -> list[Found]:
        self._left -= 1
        if self._left < 0 or where.depth > _DEEPEST:
            return [OPAQUE]
        where = where._replace(depth=where.depth + 1)
        match value:
            case Literal(definition):
                return [literal(definition)]
            case Via(inner, place, note):
                return [found.then(place, note) for found in self._values(inner, where)]
            case Stripped(inner):
                return [_stripped(found) for found in self._values(inner, where)]
            case Changed(inner, how, arguments):
                return [new for found in self._values(inner, where) for new in _changed(found, how, arguments)]
            case Choice(options):
                found = [found for option in options for found in self._values(option, where)]
                several = len(found) > 1
                return [each._replace(alternative=several or each.alternative) for each in chosen(found)]
            case Reference():
                return self._reference(value, where)
            case EnvRead():
                return self._environment(value, where)
            case Nothing(place):
                return [Found(None, (Step(place, "no key is given"),), why="none")]
        return self._parts(value, where)

    def _parts(self, value: Value, where: Where) -> list[Found]:
        match value:
            case Parameter():
                return self._parameter(value, where, lambda given, at: self._values(given, at))
            case Fallback():
                return self._fallback(value, where)
            case Member(of, path):
                return self._member(of, path, where)
            case FileItem():
                return self._item(value, where)
            case Item():
                return self._of_computed_key(value, "", where)
            case Hidden(inner):
                return [found._replace(hidden=True) for found in self._values(inner, where)]
            case Shown(inner):
                return [found._replace(hidden=False) for found in self._values(inner, where)]
            case Joined():
                return self._joined(value, where)
        return [OPAQUE]

    def _joined(self, value: Joined, where: Where) -> list[Found]:
        """Return a text put together: at the place of the one part of it that is not written beside the others."""
        at = [index for index, part in enumerate(value.parts) if not isinstance(part, str)]
        if len(at) == 1:
            before, after = "".join(map(str, value.parts[: at[0]])), "".join(map(str, value.parts[at[0] + 1 :]))
            found = self._values(value.parts[at[0]], where)  # type: ignore[arg-type]
            if all(each.definition is not None for each in found):
                return [_extended(each, before, after) for each in found]
        begun = self._begun(value, where)
        return [OPAQUE._replace(text=each.text if each.is_whole else None, rows=each.rows) for each in begun]

    def _reference(self, value: Reference, where: Where) -> list[Found]:
        """Return what a name means; by `self`, what it means in the class that the object is of."""
        split = self._heirs.split(where.path, value.name) if value.of_self else None
        if split is None:
            return self._named(value, where)
        home, rest = split
        found: list[Found] = []
        for path, name in self._heirs.of_self(home, rest, where.rows):
            at = where._replace(path=path, rows={**where.rows, **self._heirs.pinned((path, name))})
            found += chosen_from(self._named(replace(value, name=name + rest, of_self=False), at), at)
        return chosen(found)

    def _named(self, value: Reference, where: Where) -> list[Found]:
        settings = self._names.settings(where.path, value.name) if "." in value.name else []
        if len(settings) > 1:
            return self._of_environments(value, settings, where)
        path, binding = self._names.find(where.path, value.name) or ("", None)
        if binding is None or (path, binding.name) in where.names:
            return [OPAQUE]
        inner = where._replace(path=path, names=where.names | {(path, binding.name)}, frames=self._called(value, where))
        returned = binding.name.endswith("()")
        note = f"returned by {binding.name}" if returned else f"bound to {binding.name}"
        values = self._values(binding.value, inner)
        if "." in binding.name and not returned:  # an object or a subclass gives the attribute its value
            values = [OPAQUE if _is_gap(each) else each for each in values]
        return [bound(found, binding.place, note) for found in values]

    def _of_environments(
        self, value: Reference, settings: list[tuple[str, str, str | None]], where: Where
    ) -> list[Found]:
        """Return what a name means in each of several settings modules."""
        found: dict[str | None, list[Found]] = {}
        for path, name, environment in settings:
            if where.scope is None or environment in (None, where.scope):
                at = where._replace(path=path, scope=where.scope or environment)
                found.setdefault(environment, []).extend(self._named(replace(value, name=name), at))
        placed = {
            environment: _alternatives([each._replace(environment=each.environment or environment) for each in values])
            for environment, values in found.items()
        }
        return merged(placed) if placed else [OPAQUE]

    def _called(self, value: Reference, where: Where) -> Mapping[tuple[str, str], Frame]:
        """Return the calls that lead to what a reference names."""
        if value.arguments is None:
            return where.frames
        frame = Frame(value.arguments, where, value.place)
        callee = value.name[: value.name.rindex("()")]
        return {**where.frames, **dict.fromkeys(self._names.targets(where.path, callee), frame)}

    # ------------------------------------------------------------------ functions

    def _parameter(
        self, parameter: Parameter, where: Where, follow: Callable[[Value, Where], list[Found]]
    ) -> list[Found]:
        """Return what a function is given: by the call that led here, else by every call of it."""
        key = (where.path, parameter.function)
        frame = where.frames.get(key)
        if frame is not None:
            caller = frame.caller._replace(depth=where.depth, rows=where.rows)
            return self._handed(parameter, frame.arguments, frame.place, caller, where, follow)
        guard = (where.path, f"{parameter.function}({parameter.name})")
        if guard in where.names:
            return [OPAQUE]
        inner = where._replace(names=where.names | {guard})
        sites = tuple(s for s in self.calls.of(*key) if self._heirs.makes(s.made_by, key, where.rows))
        if not sites or self.calls.too_many(sites):
            default = follow(parameter.default, inner) if parameter.default is not None else []
            return chosen([*default, OPAQUE])
        return [found for site in sites for found in self._at(site, parameter, inner, follow)]

    def _at(
        self, site: Site, parameter: Parameter, where: Where, follow: Callable[[Value, Where], list[Found]]
    ) -> list[Found]:
        caller = Where(
            site.path, site.path, where.scope, where.passed, where.names, where.depth, rows={**where.rows, **site.rows}
        )
        found = self._handed(parameter, site.call.arguments, site.call.place, caller, where, follow)
        mixed = site.is_one_of and len({identity(each) for each in found}) > 1
        return [each._replace(mixed=mixed or each.mixed, rows={**each.rows, **site.rows}) for each in found]

    def _handed(
        self,
        parameter: Parameter,
        arguments: Arguments,
        place: Place,
        caller: Where,
        where: Where,
        follow: Callable[[Value, Where], list[Found]],
    ) -> list[Found]:
        """Return what one call gives for a parameter."""
        given = dict(arguments.keywords).get(parameter.name)
        at = parameter.position
        if given is None and at is not None and at < len(arguments.positional):
            given = arguments.positional[at]
        if given is not None:
            values = follow(given, caller)
            values = [OPAQUE if _is_made_up(each) else each for each in values]
            return [bound(each, place, f"passed as `{parameter.name}`")._replace(handed=True) for each in values]
        if arguments.open or parameter.default is None:
            return [OPAQUE]
        return [each._replace(handed=True) for each in follow(parameter.default, where)]

    # ------------------------------------------------------------------ parts and alternatives

    def _fallback(self, value: Fallback, where: Where) -> list[Found]:
        """Return what `a or b` is: `b` only where `a` may be absent."""
        first = self._values(value.value, where)
        absent = [each for each in first if _is_absent(each)]
        present = [each for each in first if not _is_absent(each)]
        if not absent and all(each.why != "opaque" for each in first):
            return first
        second = self._values(value.otherwise, where)
        environments = {each.environment for each in absent} or {None}
        placed = [
            each if each.environment is not None else each._replace(environment=environment)
            for environment in sorted(environments, key=lambda name: name or "")
            for each in second
        ]
        return (
            chosen([*present, *placed]) if any(not _is_absent(each) for each in second) else chosen([*first, *placed])
        )

    def _member(self, of: Value, path: str, where: Where) -> list[Found]:
        """Return what stands below a value that has no name."""
        self._left -= 1
        if self._left < 0 or where.depth > _DEEPEST:
            return [OPAQUE]
        where = where._replace(depth=where.depth + 1)
        match of:
            case Via(inner) | Stripped(inner):
                return self._member(inner, path, where)
            case Member(outer, before):
                return self._member(outer, before + path, where)
            case Reference(name):
                return self._reference(replace(of, name=name + path), where)
            case Parameter():
                return self._parameter(of, where, lambda given, at: self._member(given, path, at))
            case Fields(entries, rest):
                return self._field(dict(entries), path, where, rest)
            case Choice(options):
                return chosen([found for option in options for found in self._member(option, path, where)])
            case Fallback(first, second):
                return chosen([*self._member(first, path, where), *self._member(second, path, where)])
        return self._below(of, path, where)

    def _below(self, of: Value, path: str, where: Where) -> list[Found]:
        match of:
            case FileItem():
                return self._item(of, where, path)
            case Item():
                return self._of_computed_key(of, path, where)
            case Module():
                return self._of_module(of, path, where)
            case Changed(inner, "loads", keys):
                below = tuple(key or name for key, name in _KEY.findall(path))
                return self._values(Changed(inner, "loads", (*keys, *below)), where)
        return [OPAQUE]

    def _field(self, entries: Mapping[str, Value], path: str, where: Where, of: Value | None = None) -> list[Found]:
        match = _KEY.match(path)
        key, rest = (match[1] or match[2], path[match.end() :]) if match is not None else ("", "")
        if key == KEYS and not rest and not _is_list(entries):
            return [OPAQUE._replace(text=name, rows=at.rows) for name, at in picked(list(entries), where)]
        key = ANY if key == KEYS else key
        if key == ANY and len(entries) > 1:
            rows = picked(list(entries), where)
            found = [each for name, at in rows for each in chosen_from(self._entry(name, entries[name], rest, at), at)]
            return _alternatives(chosen(found))
        value = entries.get(key, _numbered(entries.get(ANY), key)) if key != ANY else next(iter(entries.values()), None)
        if value is None:
            return self._member(of, path, where) if of is not None else [OPAQUE]
        return self._member(value, rest, where) if rest else self._values(value, where)

    def _entry(self, name: str, value: Value, rest: str, where: Where) -> list[Found]:
        """Return one of several entries. Those that are called like environments are theirs: `{"production": …}`."""
        environment = ENVIRONMENTS.get(name.lower())
        if environment is not None:
            if where.scope not in (None, environment):
                return []
            where = where._replace(scope=environment)
        found = self._member(value, rest, where) if rest else self._values(value, where)
        return [each._replace(environment=each.environment or environment) for each in found]

    def _of_computed_key(self, item: Item, path: str, where: Where) -> list[Found]:
        """Return what stands under the texts that a key can be; under any key, if one of them is not known."""
        known = self._values(item.key, where)
        # A variable that nothing sets here is set elsewhere: its default is not all that it can be.
        is_open = any(each.definition is None and each.text is None for each in known) or any(map(_is_default, known))
        keys = [] if is_open else [text for text in self._texts(item.key, where) if text is not None]
        found = [
            each
            for key, at in picked(keys or [ANY], where)
            for each in chosen_from(self._member(item.of, f"[{key}]{path}", at), at)
        ]
        return _alternatives(chosen(found))

    def _of_module(self, module: Module, path: str, where: Where) -> list[Found]:
        """Return what a module has whose name is computed; of a name that ends in something unknown, every one that fits."""
        found: list[Found] = []
        for text, is_whole, _ in self._begun(module.name, where):
            package, dot, last = text.rpartition(".")
            names = [text] if is_whole else []
            if dot and (not last or (is_whole and isinstance(unwrapped(module.name), EnvRead))):
                names += [f"{package}.{name}" for name in self._names.modules(where.path, package)]
            for name in dict.fromkeys(names):
                for file in files_of(where.path, name):
                    if self._names.file(file) is not None:
                        at = where._replace(path=file)
                        found += self._values(Reference(path.removeprefix("."), module.place), at)
                        break
        return _alternatives(chosen(found))

    def _item(self, item: FileItem, where: Where, path: str = "") -> list[Found]:
        if item.prefix is not None and path:
            return self._of_dynaconf(item, path, where)
        if item.computed is None:
            named = [item]
        else:
            named = [FileItem(name, item.place, item.path) for name in self._texts(item.computed, where) if name]
        if item.path or path:
            found = [each for file in named for each in self._files.below(file, path, where) or ()]
        else:
            found = [each for file in named for each in self._files.contents(file, where)]
        if not found and item.otherwise is not None:
            return self._member(item.otherwise, path, where) if path else self._values(item.otherwise, where)
        return [each for one in found for each in self._interpolated(one, where)] or [OPAQUE]

    def _interpolated(self, found: Found, where: Where) -> list[Found]:
        """Return what OmegaConf makes of a value: `${oc.env:NAME,default}`."""
        definition = found.definition
        match = VARIABLE.fullmatch(definition.secret.reveal()) if definition is not None else None
        if match is None or definition is None:
            return [found]
        default = Literal(part_of(definition, match[2])) if match[2] not in (None, "null") else None
        read = EnvRead(match[1], definition.place, default, required=match[2] is None)
        return self.variable((match[1],), read, where)

    def _of_dynaconf(self, item: FileItem, path: str, where: Where) -> list[Found]:
        """Return a setting of dynaconf: the variable of its name, else what the files say, the last one first."""
        keys = tuple(key or name for key, name in _KEY.findall(path))
        name = f"{item.prefix}{'__'.join(keys)}".upper()
        if any(self._variables.winners(name, where.using, item.place, where.passed, files=False).values()):
            return self.variable((name,), EnvRead(name, item.place), where)
        found: dict[str | None, Found] = {}
        layer: Value | None = item
        while isinstance(layer, FileItem):
            for each in self._files.below(layer, path, where) or ():
                found.setdefault(each.environment, each)
            layer = layer.otherwise
        if where.scope is not None:
            one = found.get(where.scope, found.get(None))
            return [one] if one is not None else [OPAQUE]
        if len(found) > 2:
            found.pop(None, None)  # each environment has its own
        return [each._replace(alternative=e is None and len(found) > 1) for e, each in found.items()] or [OPAQUE]

    def _texts(self, value: Value, where: Where) -> list[str | None]:
        """Return the texts that a value can be, `None` for what is not known."""
        return list(dict.fromkeys(each.text if each.is_whole else None for each in self._begun(value, where)))

    def beginnings(self, value: Value, where: Where) -> list[tuple[str, bool]]:
        """Return what a text can begin with, and whether that is all of it."""
        self._left = _MOST_VALUES
        return list(dict.fromkeys((each.text, each.is_whole) for each in self._begun(value, where)))

    def _begun(self, value: Value, where: Where) -> list[Begun]:
        self._left -= 1
        inner = unwrapped(value)
        if not isinstance(inner, Joined):
            return _distinct(map(begun, self._values(value, where)))
        so_far = [Begun("", True)]
        for part in inner.parts:
            next_ones = [Begun(part, True)] if isinstance(part, str) else self._begun(part, where)
            so_far = _distinct(new for each in so_far for more in next_ones if (new := each.then(more)) is not None)
            if self._left < 0:
                return [Begun("", False)]
        return so_far

    def _environment(self, read: EnvRead, where: Where) -> list[Found]:
        if read.computed is None:
            return self.variable((read.name,), read, where)
        found: list[Found] = []
        names = self._begun(read.computed, where)
        for name in names:
            plain = EnvRead(name.text, read.place, read.default, read.required)
            at = where._replace(rows={**where.rows, **name.rows})
            known = name.is_whole and name.text
            found += chosen_from(self.variable((name.text,), plain, at) if known else [OPAQUE], at)
        return chosen(found) if len(names) > 1 else found

    # ------------------------------------------------------------------ variables

    def variable(self, names: tuple[str, ...], read: EnvRead, where: Where, *, skip_empty: bool = False) -> list[Found]:
        """Return what an environment variable is; of several names, in each environment the first that is set."""
        self.read.update(names)
        files = where.inside is Channel.COMPOSE
        tables = {
            name: self._variables.winners(name, where.using, read.place, where.passed, files=files) for name in names
        }
        if not any(tables.values()):
            return self._unset(names, read, where)
        if read.at_import and not any(_without_loaded(table) for table in tables.values()):
            self.calls.wanted.add((read.place.path, "load_dotenv"))  # who imports this module, and loads the file
            if (late := self._loading.after(read.place)) is not None:
                return self._too_early(names[0], read, where, late)
        environments = {where.scope} if where.scope is not None else {e for table in tables.values() for e in table}
        by_environment: dict[str | None, list[Found]] = {}
        for environment in sorted(environments, key=lambda name: name or ""):
            options = [(name, table.get(environment, table.get(None, ()))) for name, table in tables.items()]
            by_environment[environment] = self._first(options, environment, read, where, skip_empty)
        if None not in environments and where.scope is None and (default := self._default(names[0], read, where)):
            by_environment[None] = [each._replace(alternative=True) for each in default]
        return merged(by_environment)

    def _too_early(self, name: str, read: EnvRead, where: Where, late: Place) -> list[Found]:
        """Return what a variable is before the file is loaded that sets it."""
        if default := self._default(name, read, where):
            return default
        note = f"{name} is read, before {posixpath.basename(late.path)}:{late.line} loads it"
        return [Found(None, (Step(read.place, note),), None, name, why="missing", required=read.required, late=late)]

    def _first(
        self,
        options: Iterable[tuple[str, tuple[EnvBinding, ...]]],
        environment: str | None,
        read: EnvRead,
        where: Where,
        skip_empty: bool,
    ) -> list[Found]:
        """Take the first name that is set, or, with `skip_empty`, that has a value."""
        found: list[Found] = []
        for name, bindings in options:
            if bindings:
                found = [each for b in bindings for each in self._binding(name, b, environment, read, where)]
                if not skip_empty or any(each.why != "empty" for each in found):
                    break
        return found or [OPAQUE]

    def _binding(
        self, name: str, binding: EnvBinding, environment: str | None, read: EnvRead, where: Where
    ) -> Iterator[Found]:
        inner = where._replace(
            path=binding.place.path,
            scope=environment if environment is not None else where.scope,
            passed=where.passed | {binding.place},
            inside=binding.channel,
        )
        for found in self._values(self._as_read(binding, read), inner):
            why = "empty" if found.why == "none" else found.why
            set_here = bound(found, binding.place, f"set in {posixpath.basename(binding.place.path)}")
            yield set_here.then(read.place, f"read from {name}")._replace(
                environment=environment or found.environment,
                variable=found.variable if found.nearest else name,
                why=why,
            )

    def _as_read(self, binding: EnvBinding, read: EnvRead) -> Value:
        """Return what a library of its own rules gets from a line of a `.env` file: comments are part of the value."""
        facts = self._names.file(binding.place.path) if read.library and binding.channel is Channel.DOTENV else None
        for raw in facts.raw_env if facts is not None else ():
            if raw.name == binding.name and raw.place.line == binding.place.line and isinstance(raw.value, Literal):
                written = raw.value.definition.secret.reveal()
                text = written.strip() if read.library == "decouple" else written
                if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
                    text = text[1:-1]
                known = binding.value.definition.secret.reveal() if isinstance(binding.value, Literal) else None
                return binding.value if text == known else Literal(part_of(raw.value.definition, text))
        return binding.value

    def _unset(self, names: tuple[str, ...], read: EnvRead, where: Where) -> list[Found]:
        """Nothing in the project sets it: the default, or a mistake, or a matter of whoever starts the program."""
        if default := self._default(names[0], read, where):
            is_outside = where.inside is None and self._mistake(names, where.using) is None
            return [each._replace(assumed=each.assumed or (is_outside and _is_constant(each))) for each in default]
        name = names[0]
        if where.inside is Channel.COMPOSE and not read.required and self._variables.is_emptied(name, where.passed):
            note = f"read from {name}, which nothing sets: docker compose puts nothing in its place"
            return [Found(None, (Step(read.place, note),), None, name, None, "empty")]
        if where.inside is Channel.KUBERNETES and self._variables.lacks(name):
            note = f"read from {name}, which is not there"
            return [Found(None, (Step(read.place, note),), None, name, None, "missing")]
        if where.inside is Channel.COMPOSE and (near := nearest(name, self._variables.beside(read.place.path))):
            note = f"read from {name}, which nothing sets: " + (
                "docker compose does not start without" if read.required else "docker compose puts nothing in its place"
            )
            return [Found(None, (Step(read.place, note),), None, name, near, "missing")]
        if where.inside is not None:  # `KEY: ${KEY}`: passed on from outside
            return [OPAQUE._replace(variable=name)]
        near = self._mistake(names, where.using)
        if near is None and (others := self._variables.left_out(names, where.using)):
            near = nearest(name, others) or ("" if read.required else None)
        if near is None:
            return [OPAQUE._replace(variable=name)]
        note = f"read from {name}, which nothing defines"
        return [Found(None, (Step(read.place, note),), None, name, near or None, "missing", required=read.required)]

    def _default(self, name: str, read: EnvRead, where: Where) -> list[Found]:
        """Return what a variable that is not set is taken to be; nothing where that is no value either."""
        found = self._values(read.default, where) if read.default is not None else []
        if all(each.why in ("none", "empty", "missing") for each in found):
            return []
        note = f"{_DEFAULT_OF}{name}"
        return [each.then(read.place, note)._replace(variable=each.variable or name) for each in found]

    def _mistake(self, names: tuple[str, ...], using: str) -> str | None:
        """Say whether the project ought to define one of the names: the name it has instead, `""` for none alike.

        `None`: where the project defines no variables, or none of those that it reads, they come from elsewhere.
        """
        near_by = self._variables.names(using, by_program=True)
        for name in names:
            if near := nearest(name, near_by):
                return near
        defined = self._variables.names(using, by_program=False)
        if not defined:
            return None
        documented = any(name in self._variables.documented for name in names)
        # That somebody chooses among settings does not say where keys are defined.
        others = any(name in defined and not _SELECTS.search(name) for name in self._known if name not in names)
        return "" if documented or others else None


def _is_made_up(found: Found) -> bool:
    """Say whether a value has a name that says that it is for a try only: `test_args`, `mock_key`."""
    return found.definition is not None and _MADE_UP.match(found.definition.name or "") is not None


def _stripped(found: Found) -> Found:
    """Return a value without the white space around it. At the end of a file that is none of the key's."""
    definition = found.definition
    if definition is None or not is_whole_file(definition):
        return found._replace(stripped=True)
    return found._replace(definition=part_of(definition, definition.secret.reveal().strip()))


def _changed(found: Found, how: str, arguments: tuple[str | int | None, ...]) -> list[Found]:
    """Return what a function makes of a value; where any part of it can be taken, each of them."""
    definition = found.definition
    if definition is None and found.text is not None:
        return [found._replace(text=changed_text(found.text, how, arguments))]
    if definition is None:
        return [OPAQUE if found.why == "empty" else found]
    if found.stripped:
        definition = part_of(definition, definition.secret.reveal().strip())
    made = parts(definition, how, arguments)
    several = len(made) > 1
    return [
        found._replace(
            definition=new,
            stripped=False,
            why=None if new.secret.reveal().strip() else "empty",
            alternative=several or found.alternative,
        )
        for new in made
    ] or [OPAQUE]


def _extended(found: Found, before: str, after: str) -> Found:
    definition = found.definition
    if definition is None or not (before or after):
        return found
    value = definition.secret.reveal()
    text = before + (value.strip() if found.stripped else value) + after
    new = replace(definition, secret=Secret(text), contiguous=False)
    return found._replace(definition=new, stripped=False, why=None, text=text)


def _distinct(texts: Iterable[Begun]) -> list[Begun]:
    found: list[Begun] = []
    for each in texts:
        if len(found) < _MOST_TEXTS and each not in found:
            found.append(each)
    return found


def _is_list(entries: Iterable[str]) -> bool:
    """Say whether the entries are those of a list, which have numbers."""
    return all(key.isdigit() for key in entries)


def _without_loaded(table: Mapping[str | None, tuple[EnvBinding, ...]]) -> dict[str | None, tuple[EnvBinding, ...]]:
    """Leave out what programs load from `.env` files."""
    kept = {e: tuple(b for b in bindings if b.channel is not Channel.DOTENV) for e, bindings in table.items()}
    return {environment: bindings for environment, bindings in kept.items() if bindings}


def _numbered(value: Value | None, key: str) -> Value | None:
    """Return an item of a list whose items are made alike: of the parts of a text, the one with this number."""
    inner = unwrapped(value) if value is not None else None
    if isinstance(inner, Changed) and inner.how in PIECES and inner.arguments[-1:] == (ANY,) and key.isdigit():
        return replace(inner, arguments=(*inner.arguments[:-1], int(key)))
    return value


def _is_default(found: Found) -> bool:
    return any(step.note.startswith(_DEFAULT_OF) for step in found.steps)


def _is_constant(found: Found) -> bool:
    """Say whether a value is a constant of the code that has a name of its own, and with it a use of its own."""
    definition = found.definition
    if definition is None or definition.channel not in (Channel.PYTHON, Channel.NOTEBOOK):
        return False
    is_plain = definition.role is Role.PLAIN and definition.env is None
    return is_plain and _FOR_DEFAULT.search(definition.name or "") is None


def _alternatives(found: list[Found]) -> list[Found]:
    """Say of each value whether another one can be in its place in the same environment."""
    count = Counter(each.environment for each in found)
    return [each._replace(alternative=each.alternative or count[each.environment] > 1) for each in found]


def _is_document(found: Found) -> bool:
    """Say whether a value is a file of more than one line: what is a key in it is not said."""
    definition = found.definition
    return definition is not None and is_whole_file(definition) and "\n" in definition.secret.reveal().strip()


def _is_absent(found: Found) -> bool:
    return found.why in ("none", "empty") or (found.why == "missing" and not found.required)


def _is_gap(found: Found) -> bool:
    return found.why in ("none", "empty") and found.variable is None and not found.handed

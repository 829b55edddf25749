"""Python expressions -> flows. Every expression is read once: its literals become definitions on the way."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import reduce

import libcst as cst

from keylint.model import (
    Arguments,
    Choice,
    EnvBinding,
    Fallback,
    Fields,
    FileItem,
    Import,
    Item,
    Member,
    Nothing,
    Opaque,
    Parameter,
    Place,
    Reference,
    Role,
    Value,
    Via,
)
from keylint.readers import _pycalls as calls
from keylint.readers import _pyfiles as files
from keylint.readers import _pyflask as flask
from keylint.readers import _pyhttp as http
from keylint.readers import _pyloops as loops
from keylint.readers import _pyrecords as records
from keylint.readers import _pyshared as shared
from keylint.readers._pyflow import (
    Constant,
    Dotted,
    File,
    Flow,
    Instance,
    Many,
    Number,
    Pieces,
    Rest,
    Returns,
    Row,
    Scope,
    Table,
    Template,
    Thing,
    changed,
    choice,
    displayed,
    either,
    element,
    followed,
    listed,
    literal,
    many,
    member,
    opaque,
    piece,
    reference,
    text,
    via,
)
from keylint.readers._pyjoined import Segment, filled, joined, merged
from keylint.readers._pynames import dotted
from keylint.readers._pyreading import NOTHING, Named, Reading
from keylint.readers._pytext import Text, decode, join, simple

_BUILTINS = frozenset(dir(builtins))
# Longer than any key. What is put together from names could double with each line, what is joined grows with its glue.
_LONGEST_FOLD = 65_536
_LONGEST_TEXT = 5_000_000
_PERCENT = re.compile(r"%[srda]|%\(\w+\)s")
_MAX_ROW = 12
_LONGEST_SHOWN = 60
# Names, numbers, and texts that are words: a key is none of them.
_SHOWN = re.compile(r"(?:[^\W\d]\w{0,30}(?!\w)|\d{1,6}(?!\w)|[ .,()\[\]!=<>]|\"[A-Za-z_-]{0,14}\"|'[A-Za-z_-]{0,14}')*")
_LARGEST_JOINED = 40
INJECTED = frozenset({"Depends", "Security", "Option", "Argument"})
"""What says, in `Annotated`, where a parameter comes from."""
_CLASS = re.compile(r"(?:\A|\.)[A-Z]\w*[a-z]\w*\Z")

_SPACE = (cst.SimpleWhitespace, cst.ParenthesizedWhitespace, cst.TrailingWhitespace, cst.EmptyLine)


class Expressions:
    """Evaluates the expressions of one module."""

    def __init__(
        self, source: str, spans: dict[int, tuple[int, int]], reading: Reading, module: Scope, rebound: frozenset[str]
    ) -> None:
        self.source = source
        self.reading = reading
        self.spans = spans
        self.module = module
        self.scope = module
        self.rebound = rebound
        """Names that some function declares `global`."""
        self.stars: list[str] = []
        self.bases: dict[str, list[Dotted]] = {}
        """The bases of the classes of this module."""
        self.classes: set[str] = set()
        """Dotted names of the classes of this module."""
        self.headers: dict[tuple[int, str], list[int]] = {}
        """Header uses by the scope and name of what they are kept in."""
        self.flask_prefix = ""
        """Of the variables that fill the configuration of a Flask application."""
        self.condition = ""
        """When the branch is taken that is being read, as the steps of a trace say it."""
        self.variable_prefix = ""
        """Of the variables that environs reads where the code is read: `with env.prefixed("X_"):`."""
        self.options: dict[str, Flow] = {}
        """Defaults of the options of a command line, by the attribute that holds each."""
        self.unset: frozenset[str] = frozenset()
        """Variables that are known not to be set where the code is read."""
        self.requests: list[http.Request] = []
        self.kept: list[Scope] = []
        self._handlers: dict[type, Callable[..., Flow]] = {
            cst.Name: self._name,
            cst.Attribute: self._attribute,
            cst.Subscript: self._subscript,
            cst.Call: lambda node, named: calls.call(self, node, named),
            cst.SimpleString: self._string,
            cst.ConcatenatedString: self._string,
            cst.FormattedString: self._string,
            cst.BinaryOperation: self._binary,
            cst.BooleanOperation: self._boolean,
            cst.Comparison: self._comparison,
            cst.IfExp: self._conditional,
            cst.Dict: self._dict,
            cst.List: self._row,
            cst.Tuple: self._row,
            cst.Set: self._row,
            cst.NamedExpr: self._walrus,
            cst.Lambda: self._lambda,
            cst.Await: lambda node, named: self.evaluate(node.expression, named),
            cst.ListComp: self._comprehension,
            cst.SetComp: self._comprehension,
            cst.GeneratorExp: self._comprehension,
            cst.DictComp: self._comprehension,
            cst.Integer: self._integer,
            cst.Float: lambda node, named: opaque("number"),
        }

    def evaluate(self, node: cst.CSTNode, named: Named = NOTHING) -> Flow:
        """Return what an expression holds; `named` is what it is bound to."""
        handler = self._handlers.get(type(node))
        if handler is not None:
            return handler(node, named)
        for child in expressions_in(node):
            self.evaluate(child)
        return opaque("computed")

    def import_module(self, module: str) -> None:
        """Collect a module that is imported by its name as a text."""
        top = module.partition(".")[0]
        self.reading.imports += [Import(top, top), Import(module, module)] if module != top else [Import(top, top)]

    def bind_env(self, name: str, flow: Flow, place: Place) -> None:
        """Collect a variable that the program sets for itself."""
        reading = self.reading
        if name in self.unset and any(each.name == name for each in reading.env):
            return  # the program has set it before
        reading.env.append(EnvBinding(name, flow.value, place, reading.channel, reading.environment, rank=50))

    def place(self, node: cst.CSTNode, last: cst.CSTNode | None = None) -> Place:
        """Return the place of a node, or from one node to another."""
        start, end = self.spans[id(node)]
        return self.reading.locate(start, end if last is None else self.spans[id(last)][1])

    # Names

    def _name(self, node: cst.Name, named: Named) -> Flow:
        if node.value == "None":
            return Flow(Nothing(self.place(node)))
        return self.look_up(node.value, node)

    def look_up(self, name: str, node: cst.CSTNode) -> Flow:
        """Return what a name holds where `node` stands."""
        scope: Scope | None = self.scope
        closure = False
        while scope is not None and scope is not self.module:
            if name in scope.outside:
                break
            visible = scope.kind != "class" or scope is self.scope
            flow = scope.get(name) if visible else None
            if flow is not None:
                later = closure and scope.bound.get(name, 0) < scope.counts.get(name, 0)
                return choice((flow, opaque("assigned later"))) if later else flow
            if visible and scope.kind != "class" and scope.counts.get(name):
                return opaque("not bound yet")
            closure = closure or scope.kind == "function"
            scope = scope.parent
        return self._global(name, node)

    def _global(self, name: str, node: cst.CSTNode) -> Flow:
        flow = self.module.get(name)
        if flow is None:
            if not self.module.counts.get(name) and name not in self.rebound:
                if name in _BUILTINS:
                    return opaque(f"builtin {name}", Dotted(name, name))
                return Flow(Reference(name, self.place(node)), self._starred(name))
            return Flow(Reference(name, self.place(node)))
        fleeting = self.module.counts.get(name, 0) > 1
        if fleeting and self.scope_is_module and name not in self.rebound and not isinstance(flow.thing, Dotted):
            return flow
        thing = flow.thing
        known = literal(flow.value)
        if known is not None and not fleeting and name not in self.rebound:
            thing = Constant(known.definition.secret.reveal())
        return Flow(Reference(name, self.place(node)), thing)

    @property
    def scope_is_module(self) -> bool:
        """Say whether the code that is being read runs once, in order, with the module."""
        scope: Scope | None = self.scope
        while scope is not None and scope.kind != "function":
            scope = scope.parent
        return scope is None

    def _starred(self, name: str) -> Thing | None:
        for module in self.stars:
            if self.reading.interest.sinks(f"{module}.{name}"):
                return Dotted(f"{module}.{name}", name)
        return None

    # Attributes and items

    def _attribute(self, node: cst.Attribute, named: Named) -> Flow:
        return self.attribute(self.evaluate(node.value), node.attr.value, node)

    def attribute(self, base: Flow, name: str, node: cst.CSTNode) -> Flow:
        """Return what `base.name` holds."""
        thing = base.thing
        if (common := shared.path_of(thing, name)) is not None:
            return Flow(Reference(common, self.place(node)), Dotted(common, common))
        if isinstance(thing, Instance) and name == "__dict__" and thing.arguments:
            return displayed(dict(thing.arguments), is_open=True)
        if isinstance(thing, File) and name == "parent":
            return opaque("path", files.parent(thing))
        if isinstance(thing, Instance):
            given = thing.arguments.get(name)
            if given is not None:
                return given
            dotted = Dotted(f"{thing.of.name}.{name}", f"{thing.of.written}.{name}")
            if thing.made is not None:
                return Flow(Reference(f"{thing.made.name}.{name}", self.place(node), thing.made.arguments), dotted)
            if not thing.exact:
                return opaque(f"attribute {name}", dotted)
            return Flow(Reference(dotted.written, self.place(node), of_self=self._is_of_self(node)), dotted)
        if isinstance(thing, Dotted):
            dotted = Dotted(f"{thing.name}.{name}", f"{thing.written}.{name}")
            if isinstance(base.value, Opaque) and thing.name in _BUILTINS:
                return opaque(f"attribute {name}", dotted)
            if name == "value" and "." in thing.written:
                return base
            if dotted.name == files.SECRETS:
                return files.item(File(".streamlit/secrets.toml"), self.place(node))
            return Flow(Reference(dotted.written, self.place(node), of_self=self._is_of_self(node)), dotted)
        path = reference(base.value)
        value = (
            None if path is not None and self._is_unknown_object(path) else member(base, f".{name}", self.place(node))
        )
        return Flow(value) if value is not None else opaque(f"attribute {name}")

    def _is_of_self(self, node: cst.CSTNode) -> bool:
        base = node.value if isinstance(node, cst.Attribute) else None
        return isinstance(base, cst.Name) and base.value == self.scope.self_name != ""

    def inherited(self, node: cst.Attribute) -> Flow | None:
        """Return what `super().name` is: the method of the first base; its `__init__` is a call of the base itself."""
        base = node.value
        if not isinstance(base, cst.Call) or not isinstance(base.func, cst.Name) or base.func.value != "super":
            return None
        bases = self.bases.get(self.scope.owner, ())
        if not bases:
            return None
        name = bases[0].written if node.attr.value == "__init__" else f"{bases[0].written}.{node.attr.value}"
        of_sdk = node.attr.value == "__init__" and bool(self.reading.interest.sinks(bases[0].name))
        return Flow(Reference(name, self.place(node)), bases[0] if of_sdk else None)

    def _is_unknown_object(self, path: str) -> bool:
        """Say whether a name of this module holds an object of which nothing is known: it has no paths below it."""
        flow = self.module.get(path)
        return flow is not None and flow.thing is None and isinstance(flow.value, Opaque)

    def _subscript(self, node: cst.Subscript, named: Named) -> Flow:
        base = self.evaluate(node.value)
        if _is_annotated(node):
            return self._annotated_type(node)
        index = node.slice[0].slice if len(node.slice) == 1 else None
        if not isinstance(index, cst.Index):
            for part in expressions_in(node):
                if part is not node.value:
                    self.evaluate(part)
            return self._slice(base, index) if isinstance(index, cst.Slice) else opaque("part of a value")
        number = self._number(index.value)
        if isinstance(base.thing, Pieces) and number is not None:
            return piece(base.thing, number)
        if isinstance(base.thing, Row) and number is not None:
            items = base.thing.items
            return items[number] if -len(items) <= number < len(items) else opaque("item")
        if isinstance(index.value, cst.Integer):
            return self.item(base, index.value.value, node)
        looked_up = self.evaluate(index.value)
        key = text(looked_up)
        if isinstance(base.thing, Dotted) and base.thing.name in calls.ENVIRON:
            return calls.env_read(self, key, node, required=True, key=looked_up)
        if key is None and (found := self.of_computed_key(base, looked_up, node)) is not None:
            return found
        return self.item(base, key, node)

    def _annotated_type(self, node: cst.Subscript) -> Flow:
        """Return what `Annotated[…, Depends(f)]` and the like say that a parameter gets."""
        parts = [part.slice.value for part in node.slice if isinstance(part.slice, cst.Index)]
        flows = [self.evaluate(part) for part in parts]
        for part, flow in list(zip(parts, flows, strict=True))[1:]:
            last = dotted(part.func).rpartition(".")[2] if isinstance(part, cst.Call) else ""
            if last == "Depends" and isinstance(part, cst.Call) and not part.args and (name := dotted(parts[0])):
                return Flow(Reference(f"{name}()", self.place(parts[0]), Arguments()))
            if last in INJECTED:
                return flow
        return opaque("type")

    def of_computed_key(self, base: Flow, key: Flow, node: cst.CSTNode) -> Flow | None:
        """Return what stands under a computed key, `None` where nothing is known of the collection."""
        if isinstance(base.thing, Many | Pieces):
            return element(base, self.place(node))
        value = base.value
        while isinstance(value, Via):
            value = value.value
        if not isinstance(value, Reference | Parameter | Fields | Member | Item | FileItem | Choice):
            return element(base, self.place(node)) if isinstance(base.thing, Row) else None
        if isinstance(value, Reference) and self._is_unknown_object(value.name):
            return None
        size = base.size + key.size + 1
        name = key.value
        while isinstance(name, Via):
            name = name.value
        if isinstance(name, Fallback) and isinstance(name.otherwise, Opaque):
            name = Choice((name, name.otherwise))  # an option of a command line: any item may be asked for
        return Flow(Item(value, name), None, size) if size < _LARGEST_JOINED else None

    def _slice(self, base: Flow, index: cst.Slice) -> Flow:
        """Return a part of a text whose ends are known: `key[:-1]`, `value[len("Bearer "):]`."""
        given = (index.lower, index.upper, index.step)
        ends = [self._number(each) if each is not None else None for each in given]
        known = all(each is None or end is not None for each, end in zip(given, ends, strict=True))
        return changed(base, "slice", *ends) if known else opaque("part of a value")

    def _integer(self, node: cst.Integer, named: Named) -> Flow:
        number = self._number(node)
        return opaque("number", Number(number) if number is not None else None)

    def _number(self, node: cst.CSTNode) -> int | None:
        """Return the number that an index is, where it is written down."""
        if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Minus):
            number = self._number(node.expression)
            return -number if number is not None else None
        if isinstance(node, cst.Integer):
            return int(node.value, 0) if len(node.value) < 10 else None
        if isinstance(node, cst.Call) and dotted(node.func) == "len" and len(node.args) == 1:
            measured = text(self.evaluate(node.args[0].value))
            return len(measured) if measured is not None else None
        return None

    def item(self, base: Flow, key: str | None, node: cst.CSTNode) -> Flow:
        """Return what `base[key]` holds."""
        if key is None:
            return opaque("item with a computed key")
        if isinstance(base.thing, Rest):
            return records.keyword(base.thing, key)
        path = reference(base.value)
        table = base.thing if isinstance(base.thing, Table) else None
        inner = table.entries.get(key) if table is not None else None
        if path is None and inner is not None:
            return inner
        value = (
            None if path is not None and self._is_unknown_object(path) else member(base, f"[{key}]", self.place(node))
        )
        if value is None or (table is not None and path is None):
            return opaque("item")
        if path == flask.CONFIG:
            return flask.item(self, key, node, Flow(value))
        return Flow(value, inner.thing if inner is not None else None)

    # Text

    def _string(self, node: cst.CSTNode, named: Named) -> Flow:
        segments = list(self.segments(node, named))
        if len(segments) == 1 and isinstance(segments[0], Flow):
            return segments[0] if isinstance(segments[0].value, Opaque) else replace(segments[0], thing=None)
        return self.assemble(segments, node, named)

    def segments(self, node: cst.CSTNode, named: Named = NOTHING) -> Iterator[Segment]:
        """Yield the constant and the computed parts of a text, left to right."""
        if isinstance(node, cst.SimpleString):
            yield simple(node, self.spans[id(node)][0])
        elif isinstance(node, cst.ConcatenatedString):
            right: cst.CSTNode = node
            while isinstance(right, cst.ConcatenatedString):
                yield from self.segments(right.left)
                right = right.right
            yield from self.segments(right)
        elif isinstance(node, cst.FormattedString):
            yield from self._formatted(node)
        elif isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add):
            yield from self._added(node)
        else:
            yield self.evaluate(node, named)

    def _added(self, node: cst.BinaryOperation) -> Iterator[Segment]:
        operands: list[cst.CSTNode] = []
        left: cst.CSTNode = node
        while isinstance(left, cst.BinaryOperation) and isinstance(left.operator, cst.Add):
            operands.append(left.right)
            left = left.left
        operands.append(left)
        for operand in reversed(operands):
            yield from self.segments(operand)

    def _formatted(self, node: cst.FormattedString) -> Iterator[Segment]:
        at = self.spans[id(node)][0] + len(node.start)
        raw_string = "r" in node.prefix
        if not node.parts:
            yield Text("", (), at)
        for part in node.parts:
            if isinstance(part, cst.FormattedStringText):
                yield decode(part.value, at, raw_string=raw_string, template=True)
                at += len(part.value)
                continue
            if not isinstance(part, cst.FormattedStringExpression):
                continue
            at = self._end_of(part)
            plain = part.conversion in (None, "s") and part.format_spec is None and part.equal is None
            if plain and isinstance(part.expression, cst.SimpleString | cst.ConcatenatedString):
                yield from self.segments(part.expression)
                continue
            flow = self.evaluate(part.expression)
            for spec in part.format_spec or ():
                for inner in expressions_in(spec):
                    self.evaluate(inner)
            yield flow if plain else opaque("formatted")

    def _end_of(self, part: cst.FormattedStringExpression) -> int:
        """Return the offset after the closing brace of an f-string's expression."""
        end = self.spans[id(part.expression)][1]
        if part.format_spec is None:
            return self.source.index("}", end) + 1
        at = self.source.index(":", end) + 1
        for spec in part.format_spec:
            if isinstance(spec, cst.FormattedStringText):
                at += len(spec.value)
            elif isinstance(spec, cst.FormattedStringExpression):
                at = self._end_of(spec)
        return at + 1

    def assemble(self, segments: Sequence[Segment], node: cst.CSTNode, named: Named) -> Flow:
        """Return the flow of a text made of `segments`."""
        texts = [segment for segment in segments if isinstance(segment, Text)]
        if sum(len(each.value) for each in texts) > _LONGEST_TEXT:
            return opaque("long text")
        if len(texts) == len(segments):
            return self.reading.define(join(texts), named)
        before = len(self.reading.definitions)
        known: list[str] = []
        value: Flow | None = None
        after = False
        for segment in merged(segments):
            if isinstance(segment, Text):
                self.reading.define(segment, named)
                part: str | None = segment.value
            else:
                part = text(segment)
            if value is not None:
                after = after or part != ""
            elif part is not None:
                known.append(part)
            elif isinstance(segment, Flow):
                value = segment
        if sum(map(len, known)) > _LONGEST_FOLD:
            return opaque("long text")
        prefix = "".join(known)
        whole = joined(merged(segments))
        if value is None:
            found = len(self.reading.definitions) > before
            folded = self.reading.define_folded(known, self.spans[id(node)], NOTHING if found else named)
            before_last, end = "".join(known[:-1]), segments[-1]
            # `"Bearer " + TOKEN`: the token has a way of its own.
            if isinstance(end, Flow) and before_last.endswith(" "):
                return replace(folded, thing=Template(before_last, end, True))
            return folded
        if isinstance(value.thing, Template) and len(value.thing.prefix) <= _LONGEST_FOLD:
            prefix, after = prefix + value.thing.prefix, after or not value.thing.last
            value = value.thing.value
        return replace(whole, thing=Template(prefix, value, not after))

    def _binary(self, node: cst.BinaryOperation, named: Named) -> Flow:
        if isinstance(node.operator, cst.Add):
            segments = list(self._added(node))
            if any(
                isinstance(segment, Text) or text(segment) is not None or followed(segment.value)
                for segment in segments
            ):
                return self.assemble(segments, node, named)
            return opaque("computed")
        left = self.evaluate(node.left, named)
        right = self.evaluate(node.right)
        if isinstance(node.operator, cst.Divide) and isinstance(left.thing, File):
            return files.below(left.thing, [right])
        pattern = text(left) if isinstance(node.operator, cst.Modulo) else None
        if pattern is None:
            return opaque("computed")
        values = right.thing.items if isinstance(right.thing, Row) else (right,)
        return filled(pattern, _PERCENT, values)

    # Operators

    def _boolean(self, node: cst.BooleanOperation, named: Named) -> Flow:
        if isinstance(node.operator, cst.And):
            self.evaluate(node.left)
            return choice((opaque("a condition"), self.evaluate(node.right, named)))
        operands: list[cst.CSTNode] = []
        left: cst.CSTNode = node
        while isinstance(left, cst.BooleanOperation) and isinstance(left.operator, cst.Or):
            operands.append(left.right)
            left = left.left
        flows = [self.evaluate(left, named)]
        for operand in reversed(operands):
            variable = calls.variable_read(flows[-1].value)
            if variable is not None:
                named = replace(named, name=variable, path=variable, role=Role.DEFAULT)
            flows.append(self.evaluate(operand, named))
        return reduce(lambda later, earlier: either(earlier, later), reversed(flows))

    def _comparison(self, node: cst.Comparison, named: Named) -> Flow:
        operands = [node.left, *(target.comparator for target in node.comparisons)]
        names = [name for operand in operands if (name := self.name_of(operand)) is not None]
        for operand in operands:
            self.evaluate(operand, names[0] if names else NOTHING)
        return opaque("a condition")

    def _conditional(self, node: cst.IfExp, named: Named) -> Flow:
        self.evaluate(node.test)
        first, second = self.evaluate(node.body, named), self.evaluate(node.orelse, named)
        tested = dotted(node.test)
        if tested and tested == dotted(node.body):  # `key if key else other`
            return either(first, second)
        if written := self.shown(node.test):
            first = via(first, self.place(node.body), f"taken if {written}")
            second = via(second, self.place(node.orelse), f"taken else of {written}")
        return choice((first, second))

    def shown(self, node: cst.CSTNode) -> str:
        """Return an expression as it is written; empty where it is long, or holds a text that may be a key."""
        start, end = self.spans[id(node)]
        written = self.source[start:end]
        return written if len(written) <= _LONGEST_SHOWN and _SHOWN.fullmatch(written) is not None else ""

    def _walrus(self, node: cst.NamedExpr, named: Named) -> Flow:
        target = self.name_of(node.target) or named
        flow = self.evaluate(node.value, target)
        if isinstance(node.target, cst.Name):
            name, place = node.target.value, self.place(node.target)
            flow = via(flow, place, f"assigned to `{name}`")
            scope = self.scope
            while scope.kind == "comprehension" and scope.parent is not None:
                scope = scope.parent
            scope.bind(name, flow, place)
        return flow

    def name_of(self, target: cst.CSTNode) -> Named | None:
        """Return what a value assigned to `target` is called."""
        if isinstance(target, cst.Name):
            inside = self.scope.owner if self.scope.kind == "class" else ""
            return Named(target.value, f"{inside}.{target.value}" if inside else target.value)
        if isinstance(target, cst.Attribute):
            base = self.name_of(target.value)
            if base is None:
                return Named(target.attr.value, target.attr.value)
            path = base.path
            if isinstance(target.value, cst.Name) and target.value.value == self.scope.self_name:
                path = self.scope.owner
            return Named(target.attr.value, f"{path}.{target.attr.value}")
        if isinstance(target, cst.Subscript) and len(target.slice) == 1:
            index = target.slice[0].slice
            if isinstance(index, cst.Index) and isinstance(index.value, cst.SimpleString):
                key = simple(index.value, 0).value
                base = self.name_of(target.value)
                if base is not None and base.path is not None and base.path.split(".")[-1] == "environ":
                    return Named(key, key, env=key)
                headers = base is not None and base.holds_headers
                return Named(key, f"{base.path}.{key}" if base is not None else key, headers=headers)
        return None

    # Displays

    def _dict(self, node: cst.Dict, named: Named) -> Flow:
        entries: dict[str, Flow] = {}
        is_open = False
        for part in node.elements:
            if not isinstance(part, cst.DictElement):
                other = self.evaluate(part.value).thing
                is_open = is_open or not isinstance(other, Table) or other.open
                if not isinstance(other, Table) or other.open:
                    entries = {key: choice((flow, opaque("another dict"))) for key, flow in entries.items()}
                entries.update(other.entries if isinstance(other, Table) else {})
                continue
            key = text(self.evaluate(part.key))
            path = f"{named.path}.{key}" if named.path and key is not None else key
            flow = self.evaluate(part.value, Named(key, path, named.role) if key is not None else NOTHING)
            if key is None:
                is_open = True
                continue
            entries[key] = flow
            if named.holds_headers:
                http.header(self, key, flow, self.place(part.key, part.value))
        return displayed(entries, is_open=is_open)

    def _row(self, node: cst.List | cst.Tuple | cst.Set, named: Named) -> Flow:
        items = [self.evaluate(element.value, named) for element in node.elements]
        plain = all(isinstance(element, cst.Element) for element in node.elements)
        if len(items) > _MAX_ROW or not plain or isinstance(node, cst.Set):
            return opaque("collection")
        return listed(items)

    def _lambda(self, node: cst.Lambda, named: Named) -> Flow:
        parameters = self.parameters(node.params)
        outer = self.scope
        self.scope = Scope("function", outer, outer.owner, outer.self_name, layers=[parameters])
        try:
            result = self.evaluate(node.body, named)
        finally:
            self.scope = outer
        return opaque("function", None if parameters else Returns(result))

    def parameters(self, parameters: cst.Parameters, function: str = "", bound: int = 0) -> dict[str, Flow]:
        """Return what the parameters of a function hold in it: what it is called with, its default, or anything.

        `function` is the dotted name under which calls of it are known, `bound` is 1 for a method.
        """
        flows: dict[str, Flow] = {}
        placed = [*parameters.posonly_params, *parameters.params]
        stars = [star for star in (parameters.star_arg, parameters.star_kwarg) if isinstance(star, cst.Param)]
        for index, parameter in enumerate([*placed, *parameters.kwonly_params, *stars]):
            name, place = parameter.name.value, self.place(parameter.name)
            flow = opaque(f"parameter `{name}`")
            annotation = parameter.annotation
            made = self.annotation(annotation) if annotation is not None else None
            default: Value | None = None
            if parameter.default is not None:
                given = self.evaluate(parameter.default, Named(name, name, Role.DEFAULT))
                default = via(given, place, f"default of `{name}`").value
                if made is not None and annotation is not None and _is_annotated(annotation.annotation):
                    default = Fallback(made, default)
                flow = choice((Flow(default), flow))
            if function and not parameter.star:
                position = index - bound if index < len(placed) else None
                flow = Flow(Parameter(function, name, place, position, default if default is not None else made))
            if isinstance(annotation, cst.Annotation) and isinstance(annotation.annotation, cst.Name | cst.Attribute):
                flow = shared.annotated(self.evaluate(annotation.annotation).thing, name) or flow
            if function and parameter is parameters.star_kwarg:
                flow = opaque("keywords", Rest(function, place))
            flows[name] = flow
        return flows

    def annotation(self, node: cst.Annotation) -> Value | None:
        """Read the literals of an annotation; return an object of the class that it is, if it is one, or what it injects."""
        if not isinstance(node.annotation, cst.Name | cst.Attribute):
            value = self.evaluate(node.annotation).value
            return value if _is_annotated(node.annotation) and followed(value) else None
        name = dotted(node.annotation)
        alias = self.module.get(name)
        if alias is not None and (reference(alias.value) or "").endswith("()"):  # `Client = Annotated[…, Depends(f)]`
            return Reference(name, self.place(node))
        return Reference(f"{name}()", self.place(node), Arguments()) if _CLASS.search(name) else None

    def _comprehension(self, node: cst.ListComp | cst.SetComp | cst.GeneratorExp | cst.DictComp, named: Named) -> Flow:
        outer = self.scope
        self.scope = Scope("comprehension", outer, outer.owner, outer.self_name)
        try:
            part: cst.CompFor | None = node.for_in
            while part is not None:
                values = self.evaluate(part.iter, named)
                self.bind_loop(part.target, values)
                for condition in part.ifs:
                    self.evaluate(condition.test)
                part = part.inner_for_in
            if isinstance(node, cst.DictComp):
                self.evaluate(node.key)
                each = self.evaluate(node.value, named)
            else:
                each = self.evaluate(node.elt, named)
        finally:
            self.scope = outer
        return many(each)

    def bind_loop(self, target: cst.CSTNode, values: Flow) -> None:
        """Bind the names of a loop."""
        loops.bind(self, target, values)

    def bind_unknown(self, target: cst.CSTNode) -> None:
        """Bind every name in a target to something that is not followed."""
        for name in names_in(target):
            self.scope.bind(name.value, opaque(f"`{name.value}`"), self.place(name))


def _is_annotated(node: cst.CSTNode) -> bool:
    """Say whether a type is `Annotated[…]`."""
    return isinstance(node, cst.Subscript) and dotted(node.value).rpartition(".")[2] == "Annotated"


def names_in(target: cst.CSTNode) -> Iterator[cst.Name]:
    """Yield the plain names that an assignment to `target` binds."""
    if isinstance(target, cst.Name):
        yield target
    elif isinstance(target, cst.Tuple | cst.List):
        for element in target.elements:
            yield from names_in(element.value)
    elif isinstance(target, cst.StarredElement):
        yield from names_in(target.value)


def expressions_in(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield the outermost expressions below a node of another kind."""
    for child in node.children:
        if isinstance(child, cst.BaseExpression):
            yield child
        elif not isinstance(child, _SPACE):
            yield from expressions_in(child)

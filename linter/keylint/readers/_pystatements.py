"""Python statements, in the order in which they run: what every name holds when an expression reads it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import libcst as cst

from keylint.model import (
    Arguments,
    Class,
    EnvRead,
    Function,
    Hidden,
    Import,
    Opaque,
    Reference,
    Role,
    Sink,
    SinkForm,
    Use,
    Via,
)
from keylint.readers import _pycalls as calls
from keylint.readers import _pyfiles as files
from keylint.readers import _pyhttp as http
from keylint.readers import _pyoptions as options
from keylint.readers import _pyrecords as records
from keylint.readers import _pyshared as shared
from keylint.readers._pyflow import (
    UNKNOWN,
    Dotted,
    Flow,
    Instance,
    Pieces,
    Row,
    Scope,
    Table,
    choice,
    displayed,
    either,
    member,
    opaque,
    piece,
    reference,
    text,
    via,
)
from keylint.readers._pynames import Walruses, bound_names, captured, dotted, imported, module_of
from keylint.readers._pyreading import BARE, NOTHING, Named
from keylint.readers._pytext import Text, join
from keylint.readers._pyvalues import Expressions, expressions_in
from keylint.readers.interface import ENVIRONMENTS

_MAX_ENTRIES = 500
_CHANGED = "changed in a loop"
_ENVIRONMENT_NAME = re.compile(r"(?:\A|[._])(?:env|environment|stage|deploy\w*|app_mode)\Z", re.IGNORECASE)
_MOST_BASES = 50
_YIELD = re.compile(r"\byield\b")
_PROPERTIES = frozenset({"property", "cached_property", "computed_field"})
# What these make of a function gives back what the function gives back.
_TRANSPARENT = _PROPERTIES | {
    "staticmethod", "classmethod", "lru_cache", "cache", "cached", "cache_data", "cache_resource", "retry", "wraps",
    "fixture", "override", "typechecked", "validate_call", "inject", "provider", "singleton", "memoize", "timed",
}  # fmt: skip
_SETTINGS_BASES = frozenset({"pydantic_settings.BaseSettings", "pydantic.BaseSettings", "pydantic.v1.BaseSettings"})


class Statements(Expressions):
    """Runs through a module, without running it."""

    def start(self) -> None:
        """Prepare to run through statements."""
        self._walruses = Walruses(self.source)
        self.waiting: list[Callable[[], None]] = []
        """Bodies of functions: they are read last."""
        self.class_ends: list[Scope] = []
        self.settings: dict[str, str | None] = {}
        """Prefix of the variables that a class reads its fields from, by class."""
        self.attribute_uses: list[tuple[int, Sink]] = []
        self.attributes_set: dict[str, Flow] = {}
        self._statements: dict[type, Callable[..., bool | None]] = {
            cst.SimpleStatementLine: lambda node: self.block(node.body),
            cst.SimpleStatementSuite: lambda node: self.block(node.body),
            cst.IndentedBlock: lambda node: self.block(node.body),
            cst.Expr: self._expression,
            cst.Assign: self._assign,
            cst.AnnAssign: self._annotated,
            cst.AugAssign: self._augmented,
            cst.Return: self._return,
            cst.Raise: self._raise,
            cst.Import: self._import,
            cst.ImportFrom: self._import,
            cst.If: self._if,
            cst.For: self._for,
            cst.While: self._while,
            cst.Try: self._try,
            cst.TryStar: self._try,
            cst.With: self._with,
            cst.Match: self._match,
            cst.FunctionDef: self._function,
            cst.ClassDef: self._class,
            cst.Del: self._delete,
        }

    def run(self, statements: Sequence[cst.CSTNode]) -> None:
        """Run through a module."""
        self.module.counts, _ = self._names_bound(statements)
        self.block(statements)
        # What the bodies of functions read is what the module's names hold in the end.
        for body in self.waiting:
            body()
        http.settle(self)

    def _names_bound(self, statements: Sequence[cst.CSTNode]) -> tuple[Counter[str], set[str]]:
        counts, outside = bound_names(statements)
        for statement in statements:
            span = self.spans.get(id(statement))
            if span is not None:
                counts.update(self._walruses.between(*span))
        return counts, outside

    def block(self, statements: Iterable[cst.CSTNode]) -> bool:
        """Run through statements; True when what follows them is not reached."""
        ended = False
        for statement in statements:
            ended = self.statement(statement) or ended
        return ended

    def statement(self, node: cst.CSTNode) -> bool:
        """Run through one statement; True when what follows it is not reached."""
        handler = self._statements.get(type(node))
        if handler is not None:
            since, guards = len(self.reading.uses), frozenset(self.scope.guards)
            ended = bool(handler(node))
            for index in range(since, len(self.reading.uses)) if guards else ():
                use = self.reading.uses[index]
                self.reading.uses[index] = replace(use, guards=use.guards | guards)
            return ended
        for part in expressions_in(node):
            self.evaluate(part)
        return False

    # Simple statements

    def _expression(self, node: cst.Expr) -> None:
        value = node.value
        if isinstance(value, cst.SimpleString | cst.ConcatenatedString | cst.FormattedString):
            segments = list(self.segments(value))
            texts = [segment for segment in segments if isinstance(segment, Text)]
            if len(texts) == len(segments):
                self.reading.define(join(texts), BARE)
            return
        self.evaluate(value)

    def _return(self, node: cst.Return) -> bool:
        if node.value is not None:
            name = self.scope.function or None
            since = len(self.reading.uses)
            flow = self.evaluate(node.value, Named(name, name))
            if self.scope.kind == "function":
                http.remember_headers(self, f"{self.scope.owner}.{name}" if self.scope.self_name else name or "", since)
                self.scope.returned.append((records.with_attributes(flow), self.place(node.value)))
        return True

    def _raise(self, node: cst.Raise) -> bool:
        for part in expressions_in(node):
            self.evaluate(part)
        return True

    def _delete(self, node: cst.Del) -> None:
        self.bind_unknown(node.target)

    def _import(self, node: cst.Import | cst.ImportFrom) -> None:
        place = self.place(node) if self.scope_is_module else None
        if isinstance(node, cst.ImportFrom):
            module = module_of(node)
            if isinstance(node.names, cst.ImportStar):
                self.stars.append(module)
                self.reading.imports.append(Import("", module, "*", place))
                return
            for alias in node.names:
                name = dotted(alias.name)
                bound = dotted(alias.asname.name) if alias.asname is not None else name
                self.reading.imports.append(Import(bound, module, name, place))
        else:
            for alias in node.names:
                name = dotted(alias.name)
                bound = dotted(alias.asname.name) if alias.asname is not None else name
                self.reading.imports.append(Import(bound, name, place=place))
        inner = isinstance(node, cst.ImportFrom) and self.scope is not self.module
        for bound, name in imported(node):
            thing = Dotted(name, bound)
            flow = Flow(Reference(bound, self.place(node)), thing) if inner else opaque(f"module {name}", thing)
            self.scope.bind(bound, flow)

    # Assignments

    def _assign(self, node: cst.Assign) -> None:
        targets = [target.target for target in node.targets]
        self._bind_value(targets, node.value)

    def _annotated(self, node: cst.AnnAssign) -> None:
        self.annotation(node.annotation)
        if node.value is not None:
            self._bind_value([node.target], node.value)
            if isinstance(node.target, cst.Name) and (given := self.scope.get(node.target.value)) is not None:
                required = self._settings_prefix is None and _is_required(node.value)
                self.scope.bind_field(node.target.value, None if required else given, self.place(node.target))
        elif self._settings_prefix is not None and isinstance(node.target, cst.Name):
            flow, place = self._setting(node.target, None, UNKNOWN), self.place(node.target)
            if dotted(node.annotation.annotation).endswith(("SecretStr", "SecretBytes")):
                flow = replace(flow, value=Hidden(flow.value))
            self.scope.bind(node.target.value, flow, place)
            self.scope.bind_field(node.target.value, flow, place)
        elif isinstance(node.target, cst.Name):
            self.scope.bind_field(node.target.value, None, self.place(node.target))

    def _bind_value(self, targets: Sequence[cst.CSTNode], value: cst.BaseExpression) -> None:
        if records.bind_named_tuple(self, targets, value):
            return
        first = targets[0]
        pairs = _pairs(first, value) if len(targets) == 1 else None
        if pairs is not None:
            flows = [self.evaluate(part, self.name_of(left) or NOTHING) for left, part in pairs]
            for (left, part), flow in zip(pairs, flows, strict=True):
                self.bind(left, flow, part)
            return
        since = len(self.reading.uses)
        named = self.name_of(first) or NOTHING
        if self._settings_prefix is not None:
            named = replace(named, role=Role.DEFAULT)
        flow = self.evaluate(value, named)
        for target in targets:
            http.remember_headers(self, target, since)
            self.bind(target, flow, value)

    def bind(self, target: cst.CSTNode, flow: Flow, value: cst.CSTNode) -> None:
        """Give a value to what stands on the left of `=`."""
        if isinstance(target, cst.Name):
            self._bind_name(target, flow, value)
        elif isinstance(target, cst.Attribute):
            self._bind_attribute(target, flow, value)
        elif isinstance(target, cst.Subscript):
            self._bind_item(target, flow, value)
        elif isinstance(target, cst.Tuple | cst.List):
            items = flow.thing.items if isinstance(flow.thing, Row) else ()
            plain = all(isinstance(element, cst.Element) for element in target.elements)
            for index, element in enumerate(target.elements):
                fits = plain and len(items) == len(target.elements)
                self.bind(element.value, items[index] if fits else self._part(flow, index, element, plain), value)

    def _part(self, flow: Flow, index: int, element: cst.BaseElement, plain: bool) -> Flow:
        """Return what one of several names gets of a value."""
        if not plain or isinstance(flow.thing, Row):
            return opaque("part of a value")
        if isinstance(flow.thing, Pieces):
            return piece(flow.thing, index)
        known = member(flow, f"[{index}]", self.place(element.value))
        return Flow(known) if known is not None else opaque("part of a value")

    def _bind_name(self, target: cst.Name, flow: Flow, value: cst.CSTNode) -> None:
        name, place = target.value, self.place(target)
        if self.scope.kind == "class":
            prefix = self._settings_prefix
            if prefix is not None and not name.startswith("_") and name != "model_config":
                flow = self._setting(target, value, flow)
            if name == "env_file":
                self.reading.env_files.extend(calls.texts(flow))
                calls.layer_settings(self.reading.layers, flow)
        if name in self.scope.outside:
            self.reading.assigned.setdefault(name, []).append((flow, place, False))
            return
        self.scope.bind(name, via(flow, place, f"assigned to `{name}`{self.condition}"), place)

    def _bind_attribute(self, target: cst.Attribute, flow: Flow, value: cst.CSTNode) -> None:
        base = self.evaluate(target.value)
        name = target.attr.value
        place = self.place(target, value)
        thing = base.thing
        if (common := shared.path_of(thing, name)) is not None:
            self.reading.assigned.setdefault(common, []).append((flow, place, False))
            return
        if isinstance(thing, Dotted | Instance):
            of = thing if isinstance(thing, Dotted) else thing.of
            self._use_of_attribute(target, f"{of.name}.{name}", flow, value)
        if name == "auth":
            since = len(self.reading.uses)
            http.basic(self, flow, place)
            http.remember_headers(self, target.value, since)
        since = len(self.reading.uses)
        http.kept_url(self, flow, place)
        http.remember_headers(self, target, since)
        if isinstance(target.value, cst.Name) and isinstance(thing, Instance):
            if target.value.value != self.scope.self_name:
                self._set_on_instance(target.value.value, thing, name, via(flow, place, f"assigned to `{name}`"))
                return
            in_init = self.scope.function == "__init__" and len(self.scope.layers) == 1
            self.reading.assigned.setdefault(f"{self.scope.owner}.{name}", []).append((flow, place, in_init))
        elif isinstance(target.value, cst.Name) and self._held_by(target.value.value) is not None:
            holder = target.value.value
            held = self.look_up(holder, target).value
            while isinstance(held, Via):
                held = held.value
            made = Instance(Dotted(holder, holder), exact=False, made=held if isinstance(held, Reference) else None)
            self._set_on_instance(holder, made, name, via(flow, place, f"assigned to `{name}`"))
        elif (path := self._shared_path(target, base)) is not None:
            self.reading.assigned.setdefault(f"{path}.{name}", []).append((flow, place, False))

    def _held_by(self, name: str) -> Scope | None:
        """Return the scope in which `name` holds an object of which nothing is known yet."""
        scope = self.scope if self.scope.get(name) is not None else self.module
        flow = scope.get(name)
        if flow is None or flow.thing is not None:
            return None
        unknown = isinstance(flow.value, Opaque) or (reference(flow.value) or "").endswith("()")
        return scope if unknown else None

    def _shared_path(self, target: cst.Attribute | cst.Subscript, base: Flow) -> str | None:
        """Return the path of what holds the target, unless it is an object that only this function has."""
        if (known := reference(base.value)) in shared.PATHS:
            return known
        root: cst.CSTNode = target
        while isinstance(root, cst.Attribute | cst.Subscript):
            root = root.value
        if not isinstance(root, cst.Name):
            return None
        if root.value != self.scope.self_name and isinstance(self.look_up(root.value, root).thing, Instance):
            return None
        return reference(base.value)

    def _set_on_instance(self, holder: str, thing: Instance, name: str, flow: Flow) -> None:
        scope = self.scope if self.scope.get(holder) is not None else self.module
        old = scope.get(holder)
        if old is not None:
            arguments = {**thing.arguments, name: flow}
            scope.layers[-1][holder] = replace(old, thing=replace(thing, arguments=arguments))

    def _use_of_attribute(self, target: cst.Attribute, call: str, flow: Flow, value: cst.CSTNode) -> None:
        for sink in self.reading.interest.sinks(call):
            if sink.form is SinkForm.ATTRIBUTE:
                place = self.place(target, value)
                use = Use(place, f"{sink.call} = …", sink.call, sink.provider, flow.value, sink.keyword)
                self.reading.uses.append(use)
                self.attribute_uses.append((len(self.reading.uses) - 1, sink))
        self.attributes_set[call] = flow

    def _bind_item(self, target: cst.Subscript, flow: Flow, value: cst.CSTNode) -> None:
        base = self.evaluate(target.value)
        index = target.slice[0].slice if len(target.slice) == 1 else None
        key = text(self.evaluate(index.value)) if isinstance(index, cst.Index) else None
        place = self.place(target, value)
        if isinstance(base.thing, Dotted) and base.thing.name in calls.ENVIRON:
            if key:
                self.bind_env(key, flow, place)
            return
        named = self.name_of(target.value)
        if key is not None and named is not None and named.holds_headers:
            since = len(self.reading.uses)
            http.header(self, key, flow, place)
            http.remember_headers(self, target.value, since)
        path = self._shared_path(target, base)
        if key is not None and path is not None:
            self.reading.assigned.setdefault(f"{path}[{key}]", []).append((flow, place, False))
        if isinstance(target.value, cst.Name):
            holder = target.value.value
            unknown = self._held_by(holder)
            if isinstance(base.thing, Table):
                self._set_in_table(self.scope, holder, base.thing, key, flow)
            elif unknown is not None:
                self._set_in_table(unknown, holder, Table(open=True), key, flow)

    def _set_in_table(self, scope: Scope, holder: str, table: Table, key: str | None, flow: Flow) -> None:
        old = scope.get(holder)
        if old is not None:
            # Copies of an ever larger table would cost quadratic time.
            grows = key is not None and len(table.entries) < _MAX_ENTRIES
            entries = {**table.entries, key: flow} if grows and key is not None else {}
            new = displayed(entries, is_open=table.open or not grows)
            is_display = reference(old.value) is None
            scope.layers[-1][holder] = new if is_display else replace(old, thing=new.thing)

    def _augmented(self, node: cst.AugAssign) -> None:
        self.evaluate(node.value, self.name_of(node.target) or NOTHING)
        if isinstance(node.target, cst.Name):
            self.bind_unknown(node.target)
        else:
            self.bind(node.target, opaque("computed"), node.value)

    # Branches

    def _if(self, node: cst.If) -> bool:
        if dotted(node.test).rpartition(".")[2] == "TYPE_CHECKING":
            return self._for_checkers(node)
        branches: list[dict[str, Flow]] = []
        part: cst.If | cst.Else | None = node
        narrowed = _asks_for_missing(node)
        exhaustive = False
        while part is not None:
            environment = self.reading.environment
            if isinstance(part, cst.If):
                self.evaluate(part.test)
                self.reading.environment = self._environment_of(part.test) or environment
            else:
                exhaustive = True
            self.scope.push()
            new = set(self._asked_for(part.test)) - self.scope.guards if isinstance(part, cst.If) else set()
            absent = frozenset(self._asked_to_be_absent(part.test)) if isinstance(part, cst.If) else frozenset()
            before_condition, self.condition = self.condition, self._condition(node, part)
            self.scope.guards |= new
            self.unset, before_it = self.unset | absent, self.unset
            ended = self.statement(part.body)
            self.scope.guards -= new
            self.condition, self.unset = before_condition, before_it
            bound = self.scope.pop()
            self.reading.environment = environment
            if not ended:
                branches.append(bound)
            part = part.orelse if isinstance(part, cst.If) else None
        if exhaustive and not branches:
            return True
        if narrowed is not None and len(branches) == 1 and narrowed in branches[0]:
            before = self.scope.get(narrowed)
            if before is not None:
                branches[0][narrowed] = either(before, branches[0][narrowed])
                self.scope.layers[-1][narrowed] = branches[0][narrowed]
        self.scope.merge(branches, exhaustive=exhaustive)
        return False

    def _condition(self, first: cst.If, part: cst.If | cst.Else) -> str:
        """Return when a branch is taken, as the steps of a trace say it; empty where that is long, or may show a key."""
        if isinstance(part, cst.If):
            return f" if {written}" if (written := self.shown(part.test)) else ""
        only = not isinstance(first.orelse, cst.If)
        return f" (else of {written})" if only and (written := self.shown(first.test)) else ""

    def _asked_for(self, test: cst.CSTNode) -> Iterator[str]:
        """Yield the variables that are set where a test holds: `if os.getenv("X"):`, `if key and other:`."""
        if isinstance(test, cst.BooleanOperation) and isinstance(test.operator, cst.And):
            yield from self._asked_for(test.left)
            yield from self._asked_for(test.right)
        elif isinstance(test, cst.Name | cst.Call | cst.NamedExpr):
            before, calls_before = len(self.reading.definitions), len(self.reading.calls)
            uses_before = len(self.reading.uses)
            flow = self.evaluate(test)
            del self.reading.definitions[before:], self.reading.calls[calls_before:], self.reading.uses[uses_before:]
            name = reference(flow.value)
            if name is not None and (held := self.module.get(name)) is not None:
                flow = held
            yield from _variables(flow)

    def _asked_to_be_absent(self, test: cst.CSTNode) -> Iterator[str]:
        """Yield the variables that are not set where a test holds: `if not os.getenv("X"):`, `if "X" not in os.environ:`."""
        if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
            yield from self._asked_for(test.expression)
        elif isinstance(test, cst.Comparison) and len(test.comparisons) == 1:
            compared = test.comparisons[0]
            is_environ = dotted(compared.comparator).rpartition(".")[2] == "environ"
            if isinstance(compared.operator, cst.NotIn) and is_environ and isinstance(test.left, cst.SimpleString):
                yield test.left.value.strip("\"'")

    def _for_checkers(self, node: cst.If) -> bool:
        """Read what a program runs of `if TYPE_CHECKING:`. The names that it imports are types; no call in it is made."""
        for line in node.body.body:
            for part in line.body if isinstance(line, cst.SimpleStatementLine) else ():
                if isinstance(part, cst.Import | cst.ImportFrom):
                    self._import(part)
        return node.orelse is not None and self.statement(node.orelse.body)

    def _environment_of(self, test: cst.CSTNode) -> str | None:
        """Return the environment that a branch is for: `if APP_ENV == "production":`."""
        if not isinstance(test, cst.Comparison) or len(test.comparisons) != 1:
            return None
        comparison = test.comparisons[0]
        if not isinstance(comparison.operator, cst.Equal) or not isinstance(comparison.comparator, cst.SimpleString):
            return None
        word = comparison.comparator.value.strip("\"'").lower()
        before = len(self.reading.definitions)
        flow = self.evaluate(test.left)
        del self.reading.definitions[before:]
        names = [dotted(test.left), *_variables(flow)]
        return ENVIRONMENTS.get(word) if any(_ENVIRONMENT_NAME.search(name) for name in names) else None

    def _loop_body(self, body: cst.BaseSuite) -> dict[str, Flow]:
        counts, _ = self._names_bound([body])
        self.scope.push()
        for name in counts:
            before = self.scope.get(name)
            if before is not None:
                self.scope.layers[-1][name] = choice((before, opaque(_CHANGED)))
        self.statement(body)
        return self.scope.pop()

    def _for(self, node: cst.For) -> None:
        values = self.evaluate(node.iter)
        self.bind_loop(node.target, values)
        self.scope.merge([self._loop_body(node.body)], exhaustive=False)
        if node.orelse is not None:
            self.statement(node.orelse.body)

    def _while(self, node: cst.While) -> None:
        self.evaluate(node.test)
        self.scope.merge([self._loop_body(node.body)], exhaustive=False)
        if node.orelse is not None:
            self.statement(node.orelse.body)

    def _try(self, node: cst.Try | cst.TryStar) -> bool:
        self.scope.push()
        ended = self.statement(node.body)
        tried = self.scope.pop()
        branches: list[dict[str, Flow]] = []
        for handler in node.handlers:
            self.scope.push()
            self.scope.merge([tried], exhaustive=False)
            if handler.type is not None:
                self.evaluate(handler.type)
            if handler.name is not None:
                self.bind_unknown(handler.name.name)
            handled_ended = self.statement(handler.body)
            bound = self.scope.pop()
            if not handled_ended:
                branches.append(bound)
        if node.orelse is not None:
            self.scope.layers.append(tried)
            ended = self.statement(node.orelse.body) or ended
            tried = self.scope.pop()
        if not ended:
            branches.insert(0, tried)
        self.scope.merge(branches, exhaustive=True)
        if node.finalbody is not None and self.statement(node.finalbody.body):
            return True
        return not branches

    def _with(self, node: cst.With) -> bool:
        prefix = self.variable_prefix
        for item in node.items:
            self.variable_prefix += self._prefix_of(item.item)
            since = len(self.reading.uses)
            flow = self.evaluate(item.item)
            if item.asname is not None:
                target = item.asname.name
                http.remember_headers(self, target, since)
                self.bind(target, opaque("context manager", flow.thing), item.item)
        ended = self.statement(node.body)
        self.variable_prefix = prefix
        return ended

    def _prefix_of(self, node: cst.CSTNode) -> str:
        """Return the prefix that `env.prefixed("X_")` of environs puts before names; else nothing."""
        if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute) or len(node.args) != 1:
            return ""
        given = node.args[0].value
        is_prefix = node.func.attr.value == "prefixed" and isinstance(given, cst.SimpleString)
        return str(given.evaluated_value) if is_prefix and isinstance(given, cst.SimpleString) else ""

    def _match(self, node: cst.Match) -> None:
        self.evaluate(node.subject)
        branches: list[dict[str, Flow]] = []
        for case in node.cases:
            self.scope.push()
            for part in expressions_in(case.pattern):
                if not isinstance(part, cst.Name):
                    self.evaluate(part)
            for name in captured(case.pattern):
                self.scope.bind(name, opaque(f"`{name}`"))
            if case.guard is not None:
                self.evaluate(case.guard)
            ended = self.statement(case.body)
            bound = self.scope.pop()
            if not ended:
                branches.append(bound)
        self.scope.merge(branches, exhaustive=False)

    # Functions and classes

    def _function(self, node: cst.FunctionDef) -> None:
        for decorator in node.decorators:
            self.evaluate(decorator.decorator)
        outer, environment = self.scope, self.reading.environment
        name = node.name.value
        known_as = self._known_as(node)
        is_method = outer.kind == "class" and bool(_self_of(node))
        parameters = self.parameters(node.params, known_as, int(is_method))
        parameters.update(options.of_decorators(self, node))
        parameters.update(options.of_annotations(node, parameters))
        parameters.update(shared.passed_first(self, node))
        parameters.update(files.of_hydra(self, node))
        if node.returns is not None:
            self.annotation(node.returns)

        def read() -> None:
            self._function_body(node, outer, parameters, environment, known_as)

        deferred = self.scope_is_module
        flow = Flow(Function(known_as)) if known_as else opaque(f"function {name}")
        outer.bind(name, flow, self.place(node.name) if known_as else None)
        if deferred:
            self.waiting.append(read)
        else:
            read()

    def _known_as(self, node: cst.FunctionDef) -> str:
        """Return the dotted name under which calls of a function can be followed; empty where they cannot."""
        if not self.scope_is_module or self.scope.kind == "comprehension":
            return ""
        name = node.name.value
        return f"{self.scope.owner}.{name}" if self.scope.kind == "class" else name

    def _function_body(
        self, node: cst.FunctionDef, outer: Scope, parameters: dict[str, Flow], environment: str | None, known_as: str
    ) -> None:
        counts, outside = self._names_bound([node.body])
        scope = Scope("function", outer, outer.owner, outer.self_name, node.name.value, counts, outside, [parameters])
        if outer.kind == "class":
            scope.self_name = _self_of(node)
            if scope.self_name:
                of = Dotted(outer.owner, outer.owner)
                is_class = any(dotted(each.decorator) == "classmethod" for each in node.decorators)
                itself = Flow(Reference(outer.owner, self.place(node.name)), of)
                parameters[scope.self_name] = itself if is_class else opaque("self", Instance(of))
        elif scope.self_name in parameters:
            scope.self_name = ""
        before, self.scope = self.scope, scope
        was, self.reading.environment = self.reading.environment, environment
        try:
            self.statement(node.body)
        finally:
            self.scope = before
            self.reading.environment = was
        if known_as and scope.returned and not _YIELD.search(self.source, *self.spans[id(node.body)]):
            self._remember_returned(node, known_as, scope)

    def _remember_returned(self, node: cst.FunctionDef, known_as: str, scope: Scope) -> None:
        """Note what a function gives back. What a decorator makes of it is not known, but for the usual ones."""
        names = [
            dotted(d.decorator.func if isinstance(d.decorator, cst.Call) else d.decorator) for d in node.decorators
        ]
        words = [name.rpartition(".")[2] for name in names]
        if any(word not in _TRANSPARENT for word in words):
            return
        is_attribute = any(word in _PROPERTIES for word in words)
        flow = choice(flow for flow, _ in scope.returned)
        self.reading.returned[known_as if is_attribute else f"{known_as}()"] = (flow, scope.returned[0][1])

    def _class(self, node: cst.ClassDef) -> None:
        for decorator in node.decorators:
            self.evaluate(decorator.decorator)
        bases = [self.evaluate(argument.value) for argument in node.bases]
        for argument in node.keywords:
            self.evaluate(argument.value, Named(argument.keyword.value) if argument.keyword is not None else NOTHING)
        outer = self.scope
        name = node.name.value
        owner = f"{outer.owner}.{name}" if outer.kind == "class" else name
        self.classes.add(owner)
        self.bases[owner] = [base.thing for base in bases if isinstance(base.thing, Dotted)]
        counts, outside = self._names_bound([node.body])
        scope = Scope("class", outer, owner, counts=counts, outside=outside)
        written = tuple(base.written for base in self.bases[owner])
        if "__init__" not in counts and (node.bases or node.decorators):
            is_placed = bool(node.decorators) or any(b.name.endswith("NamedTuple") for b in self.bases[owner])
            scope.record = (f"{owner}.__init__", is_placed)
        self.settings[owner] = _env_prefix(node) if self._is_settings(owner) else None
        place = self.place(node.name) if self.scope_is_module else None
        outer.bind(name, Flow(Class(owner, written), Dotted(owner, owner)), place)
        self.scope = scope
        try:
            self.statement(node.body)
        finally:
            self.scope = outer
        self.class_ends.append(scope)
        prefix = self.settings[owner]
        for name in _validated(node):
            for field in scope.layers[0] if name == "*" else (name,):
                if field in scope.fields:
                    scope.layers[0][field] = opaque("validated")
        delimiter = _config_text(node, "env_nested_delimiter")
        if prefix is not None and delimiter:
            self._bind_nested(node, owner, prefix, delimiter)

    def _bind_nested(self, node: cst.ClassDef, owner: str, prefix: str, delimiter: str) -> None:
        """Bind what a settings class reads for the fields of its fields: `llm.api_key` from `LLM__API_KEY`."""
        fields = {scope.owner: scope.fields for scope in self.class_ends}
        for line in node.body.body:
            for part in line.body if isinstance(line, cst.SimpleStatementLine) else ():
                if isinstance(part, cst.AnnAssign) and isinstance(part.target, cst.Name):
                    of, name = dotted(part.annotation.annotation), part.target.value
                    for inner in fields.get(of, ()):
                        variable = f"{prefix}{name}{delimiter}{inner}".upper()
                        default = Flow(Reference(f"{of}().{inner}", self.place(part.target), Arguments()))
                        read = calls.env_read(self, variable, part.target, required=False, default=default)
                        self.reading.returned[f"{owner}.{name}.{inner}"] = (read, self.place(part.target))

    def _is_settings(self, owner: str) -> bool:
        seen: set[str] = set()
        todo = list(self.bases.get(owner, ()))
        while todo and len(seen) < _MOST_BASES:
            base = todo.pop().name
            if base in _SETTINGS_BASES:
                return True
            if base not in seen:
                seen.add(base)
                todo.extend(self.bases.get(base, ()))
        return False

    @property
    def _settings_prefix(self) -> str | None:
        """The prefix of the variables that the class reads its fields from; `None` for a class that reads none."""
        return self.settings.get(self.scope.owner) if self.scope.kind == "class" else None

    def _setting(self, target: cst.Name, value: cst.CSTNode | None, default: Flow) -> Flow:
        """Return a field of a pydantic settings class: the variable of its name, else its default."""
        names = (_aliases(value) if isinstance(value, cst.Call) else []) or [
            (self._settings_prefix or "") + target.value
        ]
        given = default if value is not None and not _is_required(value) else None
        required = given is None
        for name in reversed(names):
            given = calls.env_read(self, name.upper(), target, required=required, default=given)
            required = False
        return given if given is not None else default


def _pairs(target: cst.CSTNode, value: cst.CSTNode) -> list[tuple[cst.BaseExpression, cst.BaseExpression]] | None:
    """Match `a, b = x, y` part by part."""
    if not isinstance(target, cst.Tuple | cst.List) or not isinstance(value, cst.Tuple | cst.List):
        return None
    elements = [*target.elements, *value.elements]
    if len(target.elements) != len(value.elements) or not all(isinstance(e, cst.Element) for e in elements):
        return None
    return [(left.value, right.value) for left, right in zip(target.elements, value.elements, strict=True)]


def _asks_for_missing(node: cst.If) -> str | None:
    """Return the name in `if not name:`, `if name is None:`, `if name == "":`."""
    test = node.test
    if node.orelse is not None:
        return None
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        return test.expression.value if isinstance(test.expression, cst.Name) else None
    if isinstance(test, cst.Comparison) and len(test.comparisons) == 1 and isinstance(test.left, cst.Name):
        comparison = test.comparisons[0]
        other = comparison.comparator
        if isinstance(comparison.operator, cst.Is) and isinstance(other, cst.Name) and other.value == "None":
            return test.left.value
        empty = isinstance(other, cst.SimpleString) and other.value in ('""', "''")
        if isinstance(comparison.operator, cst.Equal) and empty:
            return test.left.value
    return None


def _variables(flow: Flow) -> list[str]:
    value = flow.value
    while isinstance(value, Via):
        value = value.value
    return [value.name] if isinstance(value, EnvRead) else []


def _self_of(node: cst.FunctionDef) -> str:
    """Return the name of a method's first parameter; empty for a static method."""
    if any(dotted(decorator.decorator).endswith("staticmethod") for decorator in node.decorators):
        return ""
    first = [*node.params.posonly_params, *node.params.params][:1]
    return first[0].name.value if first else ""


def _is_required(value: cst.CSTNode) -> bool:
    """Say whether a field has no default: `Field(...)`, `Field(alias="X")`."""
    if isinstance(value, cst.Ellipsis):
        return True
    if not isinstance(value, cst.Call) or dotted(value.func).rsplit(".", 1)[-1] not in ("Field", "SettingsField"):
        return False
    first = value.args[0] if value.args else None
    if first is not None and first.keyword is None and not first.star:
        return isinstance(first.value, cst.Ellipsis)
    keywords = {argument.keyword.value for argument in value.args if argument.keyword is not None}
    return not keywords & {"default", "default_factory"}


def _aliases(field: cst.Call) -> list[str]:
    """Return the variables that a field of a settings class names, in the order in which they are looked at."""
    for argument in field.args:
        keyword = argument.keyword.value if argument.keyword is not None else ""
        if keyword in ("env", "alias", "validation_alias"):
            given = argument.value
            parts = [given]
            if isinstance(given, cst.Call) and dotted(given.func).endswith("AliasChoices"):
                parts = [each.value for each in given.args]
            if isinstance(given, cst.List | cst.Tuple):
                parts = [each.value for each in given.elements]
            return [part.value.strip("\"'") for part in parts if isinstance(part, cst.SimpleString)]
    return []


def _validated(node: cst.ClassDef) -> Iterator[str]:
    """Yield the fields that a class changes by validators of its own."""
    for part in node.body.body:
        for decorator in part.decorators if isinstance(part, cst.FunctionDef) else ():
            call = decorator.decorator
            if isinstance(call, cst.Call) and dotted(call.func).rpartition(".")[2] in ("field_validator", "validator"):
                yield from (a.value.value.strip("\"'") for a in call.args if isinstance(a.value, cst.SimpleString))


def _env_prefix(node: cst.ClassDef) -> str:
    """Return the prefix of the variables that a settings class reads."""
    return _config_text(node, "env_prefix")


def _config_text(node: cst.ClassDef, option: str) -> str:
    """Return an option of a settings class, from `model_config` or from its `Config`."""
    todo: list[cst.CSTNode] = [node.body]
    while todo:
        part = todo.pop()
        if isinstance(part, cst.Arg) and part.keyword is not None and part.keyword.value == option:
            return part.value.value.strip("\"'") if isinstance(part.value, cst.SimpleString) else ""
        if isinstance(part, cst.Assign) and dotted(part.targets[0].target) == option:
            return part.value.value.strip("\"'") if isinstance(part.value, cst.SimpleString) else ""
        if not isinstance(part, cst.FunctionDef):
            todo.extend(part.children)
    return ""

"""What is called where no name says it."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.link.callees import Callees
from keylint.link.resolve import Names
from keylint.model import FileFacts, Place
from keylint.model.facts import Arguments, Binding, Call
from keylint.model.flow import Function, Parameter, Reference, Value

PLACE = Place("a.py", 1, 1, 1, 2)
LAYERS = 10


def test_a_function_that_many_ways_lead_to_is_looked_for_once() -> None:
    facts = FileFacts("a.py", bindings=(Binding("connect", Function("connect"), PLACE),))
    asked: list[str] = []

    def given(path: str, parameter: Parameter) -> Iterator[tuple[str, Value]]:
        asked.append(parameter.function)
        layer = int(parameter.function)
        for _ in range(3):
            yield path, Parameter(str(layer + 1), "factory", PLACE) if layer < LAYERS else Reference("connect", PLACE)

    call = Call("factory", PLACE, Arguments(), callee=Parameter("0", "factory", PLACE))
    found = Callees(Names({"a.py": facts}, lambda path: None), given).of("a.py", call)
    assert found == [(("a.py", "connect"), {})]
    assert asked == [str(layer) for layer in range(LAYERS + 1)]  # 3 ** 10 times the last one otherwise

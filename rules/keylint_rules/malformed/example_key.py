"""KL207."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Definition, Key, Severity
from keylint.rule import Context, Example, Hit, Rule
from keylint_rules.malformed import stand_in


class ExampleKey(Rule):
    """A key from public documentation stands where the program expects its own.

    ## What it does
    Reports keys that a service publishes in its documentation, or that an emulator always uses, where a program
    will take them for its own. They are recognised by a hash of their text; canary tokens of AWS, which raise an
    alarm with their owner when somebody uses them, by the account inside.

    ## Why it matters
    The key was copied together with the sample code. It is everybody's: the service refuses it, or it opens a
    sandbox that all readers of that page share.

    ## What to do
    Create a key of your own. An emulator's key belongs in the configuration of the tests.
    """

    code = "KL207"
    severity = Severity.WARNING
    VALID = ('AWS_ACCESS_KEY_ID = "{fake:aws-access-key-id}"',)
    INVALID = (
        Example(
            # In two parts, so that it is no key in this file.
            {"app.py": 'AWS_ACCESS_KEY_ID = "AKIA" + "IOSFODNN7EXAMPLE"'},
            expect=(("KL207", "app.py", 1),),
        ),
        # Of an account that plants canary tokens.
        Example(
            {"app.py": 'AWS_ACCESS_KEY_ID = "AKIA" + "QYLPMN5HAUEQQBYD"'},
            expect=(("KL207", "app.py", 1),),
        ),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        yield from stand_in(
            self.code, "holds somebody else's key", definition, key, context, "whoever accepts it, it is not yours"
        )

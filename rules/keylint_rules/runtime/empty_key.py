"""KL404."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Key, OutcomeKind, Severity, Trace
from keylint.rule import Context, Example, Hit, Rule, at


class EmptyKey(Rule):
    """A call gets an empty key: `None`, an empty text, or a template that nobody filled in.

    ## What it does
    Reports calls that are handed `None`, `""`, blanks, or the text of a template (`${TOKEN}`, `{{ token }}`)
    instead of a key. SDKs that fall back to an environment variable then are judged by that variable. The default of
    a parameter or of an attribute is only what holds until somebody passes a key.

    ## Why it matters
    An empty CI secret or an unexpanded template looks like a value to the program. The client raises `Illegal
    header value b'Bearer '`, or the service answers 401.

    ## What to do
    Fill the variable, and let the program stop at once where it is empty: `os.environ["TOKEN"]`, not `.get("TOKEN",
    "")`.
    """

    code = "KL404"
    severity = Severity.ERROR
    VALID = (
        """
        from github import Auth

        auth = Auth.Token("{fake:github-classic-pat}")
        """,
        """
        from github import Auth


        class Client:
            token = ""

            def auth(self):
                return Auth.Token(self.token)
        """,
    )
    INVALID = (
        Example(
            {
                "app.py": """
                from github import Auth

                auth = Auth.Token("")
                """
            },
            expect=(("KL404", "app.py", 3),),
        ),
        Example(
            {
                ".env": "GITHUB_TOKEN=",
                "app.py": """
                import os

                from github import Auth

                auth = Auth.Token(os.environ["GITHUB_TOKEN"])
                """,
            },
            expect=(("KL404", "app.py", 5),),
        ),
    )

    def check_trace(self, trace: Trace, key: Key | None, context: Context) -> Iterator[Hit]:
        if trace.outcome.cause != self.code or trace.outcome.kind is not OutcomeKind.FAILS:
            return
        place = trace.definition.place if trace.definition is not None else None
        what = f"an empty key from {at(place)}" if place is not None and place != trace.use.place else "no key"
        value = f"Give {trace.variable} a value" if trace.variable is not None else "Pass a key"
        yield Hit(
            trace.use.place,
            f"{trace.use.sink} gets {what}: {trace.outcome.reason}",
            help=f"{value}{f' in {at(place)}' if place is not None else ''}.",
        )

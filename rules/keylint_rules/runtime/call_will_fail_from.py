"""KL408."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Key, OutcomeKind, Severity, Trace
from keylint.rule import Context, Example, Hit, Rule, renew
from keylint_rules.runtime import the_key


class CallWillFailFrom(Rule):
    """The key that reaches this call stops working within 30 days.

    ## What it does
    Reports calls whose key works today and has an end within 30 days: the date that a source of key status gives, the end of
    a rotation's grace, or the day on which the issuer switches its kind off. `--as-of` moves the day of the check.

    ## Why it matters
    The call fails from that day on, with no change of code to blame.

    ## What to do
    Replace the key before that day, in the definition that the message names.
    """

    code = "KL408"
    severity = Severity.WARNING
    VALID = (
        """
        from github import Auth

        auth = Auth.Token("{fake:github-classic-pat}")
        """,
    )
    INVALID = (
        Example(
            {
                "app.py": """
                from github import Auth

                auth = Auth.Token("{fake:github-classic-pat}")
                """
            },
            expect=(("KL408", "app.py", 3),),
            status={
                "{fake:github-classic-pat}": {
                    "provider": "github",
                    "status": "active",
                    "expires_at": "2026-12-10T00:00:00Z",
                }
            },
        ),
    )

    def check_trace(self, trace: Trace, key: Key | None, context: Context) -> Iterator[Hit]:
        if trace.outcome.kind is not OutcomeKind.WILL_FAIL or trace.outcome.on is None:
            return
        day = trace.outcome.on.date().isoformat()
        yield Hit(
            trace.use.place,
            f"{trace.use.sink} will fail from {day} on: {the_key(trace, key)} stops working then",
            help=f"{renew(key, trace.definition)} The old one works until {day}.",
        )

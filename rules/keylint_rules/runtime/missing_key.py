"""KL403."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Confidence, Key, OutcomeKind, Severity, Trace
from keylint.rule import Context, Example, Hit, Rule


class MissingKey(Rule):
    """A call reads its key from an environment variable that nothing defines.

    ## What it does
    Compares the variables that calls read, by name or implicitly inside an SDK, with those that `.env` files,
    compose files and code define. The defined name that looks most alike is suggested. It is a warning, since a
    deployment may set the variable elsewhere, and an error where nothing else can supply it.

    ## Why it matters
    The lookup yields `None` or raises, and the SDK answers with a message about a missing key: at the first
    request, or when the module is imported.

    ## What to do
    Define the variable, or read the one that is defined.
    """

    code = "KL403"
    severity = Severity.WARNING
    VALID = (
        Example(
            {
                ".env": "SENDGRID_API_KEY={fake:sendgrid-api-key}",
                "app.py": """
                import os

                from sendgrid import SendGridAPIClient

                client = SendGridAPIClient(os.environ["SENDGRID_API_KEY"])
                """,
            }
        ),
    )
    INVALID = (
        Example(
            {
                ".env": "SENDGRID_API_KEY={fake:sendgrid-api-key}",
                "app.py": """
                import os

                from sendgrid import SendGridAPIClient

                client = SendGridAPIClient(os.environ.get("SENDGRID_KEY"))
                """,
            },
            expect=(("KL403", "app.py", 5),),
        ),
    )

    def check_trace(self, trace: Trace, key: Key | None, context: Context) -> Iterator[Hit]:
        if trace.outcome.cause != self.code:
            return
        outcome, nearest = trace.outcome, trace.nearest
        certain = outcome.kind is OutcomeKind.FAILS
        variable = trace.variable or "its key"
        missing = f"{variable} is not defined"
        where = "in this environment" if trace.environment is not None else "in this project"
        similar = f"; {nearest} is" if nearest is not None else ""
        effect = f" ({outcome.reason})" if outcome.reason not in ("", missing) else ""
        define = f"efine {variable} where the program is started."
        yield Hit(
            trace.use.place,
            f"{trace.use.sink} gets no key{effect}: {missing} {where}{similar}",
            confidence=Confidence.HIGH if certain else Confidence.MEDIUM,
            severity=Severity.ERROR if certain else None,
            help=f"Did you mean {nearest}? Rename one of the two, or d{define}"
            if nearest is not None
            else f"D{define}",
        )

"""KL401."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Defect, Key, OutcomeKind, Reason, Severity, Trace
from keylint.rule import Context, Example, Hit, Rule, at, defects, renew
from keylint_rules.runtime import the_key
from keylint_rules.stale import WHY_DEAD, told

_WHY = {
    "KL201": "has the wrong length",
    "KL202": "does not fit its own checksum",
    "KL203": "holds a character that no such key holds",
    "KL204": "arrives with white space, quotes or a byte order mark around it",
    "KL205": "is a placeholder",
    "KL206": "is the mask of a key",
    "KL207": "is an example from public documentation",
    "KL208": "is not a secret key",
    "KL209": "is encoded once more than anything decodes",
    "KL301": "has expired",
    "KL302": "is dead",
    "KL303": "was rotated",
    "KL305": "is of a kind that is no longer accepted",
}


class CallWillFail(Rule):
    """A malformed or dead key reaches this call: it will be refused at runtime.

    ## What it does
    Follows every key from where it is written, through names, files and environment variables, to the calls that
    use it, and reports the calls that cannot succeed. The trace shows the way; the cause is a rule of its own
    (`truncated-key`, `dead-key` …) that stands at the definition.

    ## Why it matters
    This is the line of the stack trace that somebody will read at night. The mistake is somewhere else.

    ## What to do
    Change the definition that the message names, not the call.
    """

    code = "KL401"
    severity = Severity.ERROR
    VALID = (
        """
        from github import Auth

        auth = Auth.Token("{fake:github-classic-pat}")
        """,
        Example(
            {
                ".env": "GITHUB_TOKEN={fake:github-classic-pat!truncated=3}",
                "app.py": """
                import os

                TOKEN = os.environ["GITHUB_TOKEN"]
                """,
            }
        ),
    )
    INVALID = (
        Example(
            {
                ".env": "GITHUB_TOKEN={fake:github-classic-pat!truncated=3}",
                "app.py": """
                import os

                from github import Auth

                auth = Auth.Token(os.environ["GITHUB_TOKEN"])
                """,
            },
            expect=(("KL401", "app.py", 5),),
        ),
        Example(
            {
                "settings.py": 'TOKEN = "{fake:github-classic-pat}"',
                "app.py": """
                from github import Auth

                import settings

                auth = Auth.Token(settings.TOKEN)
                """,
            },
            expect=(("KL401", "app.py", 5),),
            status={"{fake:github-classic-pat}": {"provider": "github", "status": "revoked"}},
        ),
        Example(
            {
                "app.py": """
                import openai

                client = openai.OpenAI(api_key="YOUR_API_KEY")
                """
            },
            expect=(("KL401", "app.py", 3),),
        ),
    )

    def check_trace(self, trace: Trace, key: Key | None, context: Context) -> Iterator[Hit]:
        outcome, definition = trace.outcome, trace.definition
        if outcome.kind is not OutcomeKind.FAILS or definition is None or outcome.cause not in _WHY:
            return
        found = next(defects(definition, outcome.cause), None)
        if found is not None and not found.certain:
            return
        seen = f" ({outcome.reason})" if outcome.reason and (found is None or outcome.reason != found.message) else ""
        yield Hit(
            trace.use.place,
            f"{trace.use.sink} will fail{seen}: {the_key(trace, key)} {_why(outcome.cause, found, key)}",
            help=f"Write the key, and nothing else, in {at(definition.place)}."
            if outcome.cause in ("KL203", "KL204")
            else renew(key, definition),
        )


def _why(cause: str, found: Defect | None, key: Key | None) -> str:
    if found is not None:
        return f"{_WHY[cause]} ({found.message})"
    if cause == "KL302" and key is not None:
        return f"{WHY_DEAD.get(key.verdict.reason or Reason.UNKNOWN, _WHY[cause])} ({told(key)})"
    return _WHY[cause]

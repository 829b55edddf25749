"""KL401."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Key, OutcomeKind, Severity, Trace
from keylint.rule import Context, Example, Hit, Rule, at, defects, renew
from keylint_rules.runtime import provider_of, the_key

_WHY = {
    "KL201": "has the wrong length",
    "KL202": "does not fit its own checksum",
    "KL203": "holds a character that no such key holds",
    "KL204": "arrives with white space, quotes or a byte order mark around it",
    "KL205": "is a placeholder",
    "KL206": "is the mask of a key",
    "KL207": "is an example from public documentation",
    "KL208": "is not a secret key",
    "KL301": "has expired",
    "KL302": "is dead",
    "KL303": "was rotated",
    "KL305": "is of a kind that is no longer accepted",
}
# The client may raise before anything is sent: the issuer's answer is not what the program sees.
_NOT_SENT = frozenset({"KL203", "KL204"})


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
        detail = outcome.reason or (found.message if found is not None else "")
        why = f"{_WHY[outcome.cause]} ({detail})" if detail else _WHY[outcome.cause]
        yield Hit(
            trace.use.place,
            f"{trace.use.sink} will {self._fail(trace, key, context)}: {the_key(trace, key)} {why}",
            help=self._help(outcome.cause, trace, key),
        )

    def _fail(self, trace: Trace, key: Key | None, context: Context) -> str:
        provider = provider_of(trace, key, context)
        if provider is None or trace.outcome.cause in _NOT_SENT:
            return "fail"
        if provider.exception and trace.use.call:
            return f"raise {provider.exception}" + (f" ({provider.refusal})" if provider.refusal else "")
        return f"get {provider.refusal}" if provider.refusal else "fail"

    def _help(self, cause: str, trace: Trace, key: Key | None) -> str:
        if trace.definition is not None and cause in ("KL203", "KL204"):
            return f"Write the key, and nothing else, in {at(trace.definition.place)}."
        return renew(key, trace.definition)

"""KL407."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Key, OutcomeKind, Severity, Trace
from keylint.rule import Context, Example, Hit, Rule, answer
from keylint_rules.runtime import the_key


class WrongHeader(Rule):
    """A request carries its key in a way that the provider refuses: a doubled scheme, the wrong one, or none.

    ## What it does
    Looks at the headers of requests whose host is known: the scheme before the key (`Bearer`), whether there is one, and
    whether the value that arrives begins with it once more. SDKs write the scheme themselves: they take the key alone. Only
    what a provider is known to refuse is reported.

    ## Why it matters
    The key is right, and the answer is the same as for a wrong one. Many people renew the key then.

    ## What to do
    Write the scheme in one place, the code, and the one that the provider's documentation shows.
    """

    code = "KL407"
    severity = Severity.ERROR
    VALID = (
        """
        import requests

        requests.get("https://api.linear.app/graphql", headers={"Authorization": "{fake:linear-api-key}"})
        """,
        """
        import requests

        requests.get("https://api.openai.com/v1/models", headers={"Authorization": "Bearer {fake:openai-project-key}"})
        """,
    )
    INVALID = (
        Example(
            {
                "app.py": """
                import requests

                KEY = "{fake:linear-api-key}"
                requests.get("https://api.linear.app/graphql", headers={"Authorization": f"Bearer {KEY}"})
                """
            },
            expect=(("KL407", "app.py", 4),),
        ),
        Example(
            {
                ".env": "TOKEN=Bearer {fake:openai-project-key}",
                "app.py": """
                import os

                import httpx

                token = os.environ["TOKEN"]
                httpx.get("https://api.openai.com/v1/models", headers={"Authorization": f"Bearer {token}"})
                """,
            },
            expect=(("KL407", "app.py", 6),),
        ),
        Example(
            {
                "app.py": """
                import requests

                KEY = "{fake:openai-project-key}"
                requests.get("https://api.openai.com/v1/models", headers={"Authorization": KEY})
                """
            },
            expect=(("KL407", "app.py", 4),),
        ),
        Example(
            {
                "app.py": """
                from openai import OpenAI

                KEY = "{fake:openai-project-key}"
                OpenAI(api_key=f"Bearer {KEY}")
                """
            },
            expect=(("KL407", "app.py", 4),),
        ),
    )

    def check_trace(self, trace: Trace, key: Key | None, context: Context) -> Iterator[Hit]:
        outcome, use = trace.outcome, trace.use
        if outcome.cause != self.code or outcome.kind is not OutcomeKind.FAILS:
            return
        provider = context.provider(use.provider)
        if use.scheme is None and use.header is not None:
            yield Hit(
                use.place,
                f"{use.sink} carries {the_key(trace, key)} without `Bearer`: {answer(provider)}",
                help=f"Send it as `{use.header}: Bearer …`.",
            )
            return
        if use.scheme is None:
            yield Hit(
                use.place,
                f"{use.sink} is given {the_key(trace, key)} with its scheme, which the SDK writes itself: {answer(provider)}",
                help="Pass the key alone.",
            )
            return
        headers = provider.headers if provider is not None else ()
        refused = any(
            (h.name.lower(), h.scheme) == ((use.header or "").lower(), use.scheme) and h.refuses for h in headers
        )
        shown = " or ".join(f"`{h.name}: {h.scheme + ' ' if h.scheme else ''}…`" for h in headers if not h.refuses)
        what = "" if refused else ", which stands there twice"
        yield Hit(
            use.place,
            f"{use.sink} carries {the_key(trace, key)} behind `{use.scheme}`{what}: {answer(provider)}",
            help=f"Send it as {shown}." if refused else "Write the scheme in one place only, the code or the value.",
        )

"""KL402."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Key, OutcomeKind, Severity, Trace
from keylint.rule import Context, Example, Hit, Rule, answer
from keylint_rules.runtime import the_key


class WrongProvider(Rule):
    """A call gets a key of another provider, or of a kind that it does not take.

    ## What it does
    Compares the kind of the key that reaches a call with the kinds that the call takes. A call that names another
    host (`base_url=`) is left alone: there another provider's key may be right.

    ## Why it matters
    The key is well-formed and alive, and this service has never heard of it. Worse, a secret of one company is sent
    to another one.

    ## What to do
    Pass the variable of this provider. Many keys begin alike (`sk-`), and so do many variables.
    """

    code = "KL402"
    severity = Severity.ERROR
    VALID = (
        """
        import openai

        client = openai.OpenAI(api_key="{fake:openai-project-key}")
        """,
        """
        import openai

        client = openai.OpenAI(api_key="{fake:groq-api-key}", base_url="https://api.groq.com/openai/v1")
        """,
    )
    INVALID = (
        Example(
            {
                "app.py": """
                import openai

                client = openai.OpenAI(api_key="{fake:groq-api-key}")
                """
            },
            expect=(("KL402", "app.py", 3),),
        ),
        Example(
            {
                ".env": "OPENAI_API_KEY={fake:openai-project-key}",
                "app.py": """
                import os

                import anthropic

                client = anthropic.Anthropic(api_key=os.environ["OPENAI_API_KEY"])
                """,
            },
            expect=(("KL402", "app.py", 5),),
        ),
    )

    def check_trace(self, trace: Trace, key: Key | None, context: Context) -> Iterator[Hit]:
        if trace.outcome.cause != self.code or trace.outcome.kind is not OutcomeKind.FAILS:
            return
        provider = context.provider(trace.use.provider)
        taker = f"a key of {provider.name}" if provider is not None else "another key"
        if key is not None and key.provider is not None and key.provider.id == trace.use.provider:
            taker = "a key of another kind"
        variable = f", for example from {provider.env[0].name}" if provider is not None and provider.env else ""
        yield Hit(
            trace.use.place,
            f"{trace.use.sink} takes {taker}, and gets {the_key(trace, key)}: {answer(provider)}",
            help=f"Pass {taker} to this call{variable}.",
        )

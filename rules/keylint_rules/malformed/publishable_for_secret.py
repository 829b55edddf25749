"""KL208."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Definition, Key, Secrecy, Severity
from keylint.rule import Context, Example, Hit, Rule, answer, at, named, new_key, traces_from, upper_first


class PublishableForSecret(Rule):
    """A publishable key stands where the secret key belongs.

    ## What it does
    Reports publishable keys and identifiers under a variable that holds a secret key, or on their way to a call
    that takes a secret key.

    ## Why it matters
    Dashboards show both keys side by side. The publishable one is meant for browsers: the service recognises it and
    refuses every call that needs the secret one.

    ## What to do
    Copy the other key of the pair, and keep it secret.
    """

    code = "KL208"
    severity = Severity.ERROR
    VALID = (
        Example({".env": "STRIPE_PUBLISHABLE_KEY={fake:stripe-publishable-key-live}"}),
        Example({".env": "STRIPE_SECRET_KEY={fake:stripe-secret-key-live}"}),
    )
    INVALID = (
        Example(
            {".env": "STRIPE_SECRET_KEY={fake:stripe-publishable-key-live}"},
            expect=(("KL208", ".env", 1),),
        ),
        Example(
            {
                "app.py": """
                import stripe

                stripe.api_key = "{fake:stripe-publishable-key-test}"
                """
            },
            expect=(("KL208", "app.py", 3),),
        ),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        if key is None or key.kind is None or key.kind.secrecy is Secrecy.SECRET:
            return
        takers = [trace.use.sink for trace in traces_from(definition, key) if trace.outcome.cause == self.code]
        if not takers and not _in_a_secret_variable(definition, key, context):
            return
        taker = f"{takers[0]} takes" if takers else f"{definition.name} is for"
        yield Hit(
            definition.place,
            f"{upper_first(named(key))} is not a secret key, and {taker} the secret one: {answer(key.provider)}",
            help=f"Copy the secret key or {new_key(key.provider)}, then update {at(definition.place)}.",
        )


def _in_a_secret_variable(definition: Definition, key: Key, context: Context) -> bool:
    variable = context.variable(definition)
    if variable is None or key.provider is None or variable.provider != key.provider.id:
        return False
    accepted = [context.kind(kind_id) for kind_id in variable.accepts]
    return bool(accepted) and all(kind is not None and kind.secrecy is Secrecy.SECRET for kind in accepted)

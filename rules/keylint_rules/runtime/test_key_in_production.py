"""KL405."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Definition, Key, Severity, Trace
from keylint.rule import Context, Example, Hit, Rule, at, in_prose, named, traces_from, upper_first
from keylint_rules.runtime import the_key


class TestKeyInProduction(Rule):
    """A test key is what production uses.

    ## What it does
    Reports keys that say of themselves that they are test keys, where they reach a call in production, or stand in
    a production file that no call in the project reads.

    ## Why it matters
    Nothing fails: payments are accepted and no money moves, mails are accepted and not sent. It is noticed by
    customers.

    ## What to do
    Put the live key into the production configuration.
    """

    code = "KL405"
    severity = Severity.ERROR
    VALID = (
        Example({".env.production": "STRIPE_SECRET_KEY={fake:stripe-secret-key-live}"}),
        Example({".env.test": "STRIPE_SECRET_KEY={fake:stripe-secret-key-test}"}),
        Example({".env.production": "RAZORPAY_KEY_ID={fake:razorpay-key}"}),
    )
    INVALID = (
        Example(
            {".env.production": "STRIPE_SECRET_KEY={fake:stripe-secret-key-test}"},
            expect=(("KL405", ".env.production", 1),),
        ),
        Example(
            {".env.production": "DUFFEL_ACCESS_TOKEN={fake:duffel-token!form=1}"},
            expect=(("KL405", ".env.production", 1),),
        ),
        Example(
            {
                ".env.production": "STRIPE_SECRET_KEY={fake:stripe-secret-key-test}",
                "pay.py": """
                import os

                import stripe

                stripe.api_key = os.environ["STRIPE_SECRET_KEY"]
                """,
            },
            expect=(("KL405", "pay.py", 5),),
        ),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        if key is None or key.kind is None or in_prose(definition):
            return
        if key.kind.environment_of(definition.judgement.claims) != "test":
            return
        if definition.environment == "production" and not traces_from(definition, key):
            yield Hit(
                definition.place,
                f"{upper_first(named(key))} is a test key, and this is a production file",
                help=f"Put the live key into {at(definition.place)}.",
            )

    def check_trace(self, trace: Trace, key: Key | None, context: Context) -> Iterator[Hit]:
        if trace.outcome.cause != self.code:
            return
        place = f" into {at(trace.definition.place)}" if trace.definition is not None else " in its place"
        yield Hit(
            trace.use.place,
            f"{trace.use.sink} gets a test key in production: {the_key(trace, key)}",
            help=f"Put the live key{place}.",
        )

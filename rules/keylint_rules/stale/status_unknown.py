"""KL310."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Key, Live, Secrecy, Severity
from keylint.rule import Context, Example, Hit, Rule, at, in_prose, named, upper_first


class StatusUnknown(Rule):
    """No source of key status knows this key.

    ## What it does
    Notes secret keys that none of the sources knows which this run asked. It is off by default, and says nothing in a
    run without a source.

    ## Why it matters
    A key that stands in no inventory is not rotated when the others are, and nobody is asked when it stops working.

    ## What to do
    Enter the key with `keylint inventory add`, or replace it by one that is known.
    """

    code = "KL310"
    severity = Severity.NOTE
    default = False
    VALID = (
        # Nobody was asked.
        Example({".env": "GITHUB_TOKEN={fake:github-classic-pat}"}),
        Example(
            {".env": "GITHUB_TOKEN={fake:github-classic-pat}"},
            status={"{fake:github-classic-pat}": {"provider": "github", "status": "active"}},
        ),
        Example(
            {".env": "STRIPE_PUBLISHABLE_KEY={fake:stripe-publishable-key-live}"},
            status={"{fake:github-classic-pat}": {"provider": "github", "status": "active"}},
        ),
    )
    INVALID = (
        Example(
            {
                ".env": """
                GITHUB_TOKEN={fake:github-classic-pat}
                STRIPE_SECRET_KEY={fake:stripe-secret-key-live}
                """
            },
            expect=(("KL310", ".env", 2),),
            status={"{fake:github-classic-pat}": {"provider": "github", "status": "active"}},
        ),
    )

    def check_key(self, key: Key, context: Context) -> Iterator[Hit]:
        if not context.has_sources or key.verdict.live is not Live.NONE or key.verdict.disagree:
            return
        if key.kind is not None and key.kind.secrecy is not Secrecy.SECRET:
            return
        where = next((d for d in key.definitions if d.reported and d.judgement.well_formed and not in_prose(d)), None)
        if where is not None:
            yield Hit(
                where.place,
                f"{upper_first(named(key))} is known to no source that was asked",
                help=f"Enter the key of {at(where.place)} with `keylint inventory add`, or replace it by one that is known.",
            )

"""KL309."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Key, Live, Observation, Severity
from keylint.rule import Context, Example, Hit, Rule, in_prose, named, upper_first
from keylint_rules.stale import day


class SourcesDisagree(Rule):
    """Two sources say different things about one key.

    ## What it does
    Notes keys that one source of key status calls alive and another one dead, or that an inventory calls alive although
    the key itself proves that it is not. It names both, with the day of what they say. What counts is decided by how
    close a source is to the issuer, then by which of two of the same closeness spoke last.

    ## Why it matters
    One of the two is wrong, and it will be believed the next time.

    ## What to do
    Ask the issuer, and correct the source that is wrong.
    """

    code = "KL309"
    severity = Severity.NOTE
    VALID = (
        Example(
            {".env": "GITHUB_TOKEN={fake:github-classic-pat}"},
            status={"{fake:github-classic-pat}": {"provider": "github", "status": "active"}},
        ),
        # Dead by its own word and by the inventory's.
        Example(
            {".env": "SESSION_TOKEN={fake:jwt!expires=2026-01-01}"},
            status={"{fake:jwt!expires=2026-01-01}": {"provider": "generic", "status": "expired"}},
        ),
        # An inventory that does not know the status says nothing.
        Example(
            {".env": "SESSION_TOKEN={fake:jwt!expires=2026-01-01}"},
            status={"{fake:jwt!expires=2026-01-01}": {"provider": "generic", "status": "unknown"}},
        ),
    )
    INVALID = (
        Example(
            {".env": "SESSION_TOKEN={fake:jwt!expires=2026-01-01}"},
            expect=(("KL309", ".env", 1),),
            status={"{fake:jwt!expires=2026-01-01}": {"provider": "generic", "status": "active"}},
        ),
        # Said once for a key, where it is first defined.
        Example(
            {
                ".env": "SESSION_TOKEN={fake:jwt!expires=2026-01-01}",
                ".env.production": "SESSION_TOKEN={fake:jwt!expires=2026-01-01}",
            },
            expect=(("KL309", ".env", 1),),
            status={
                "{fake:jwt!expires=2026-01-01}": {
                    "provider": "generic",
                    "status": "active",
                    "checked_at": "2026-10-01",
                }
            },
        ),
    )

    def check_key(self, key: Key, context: Context) -> Iterator[Hit]:
        where = next((d for d in key.definitions if d.reported and not in_prose(d)), None)
        if where is None or not key.verdict.disagree:
            return
        said = key.verdict.observations
        sides = [next((seen for seen in said if seen.verdict is live), None) for live in (Live.LIVE, Live.DEAD)]
        if None in sides:
            return
        words = " and ".join(_said(seen) for seen in sides if seen is not None)
        counts = f"; {key.verdict.source} counts" if key.verdict.live is not Live.NONE else "; neither counts"
        yield Hit(
            where.place,
            f"Sources disagree on the {named(key)}: {words}{counts}",
            help=f"{upper_first(_ask(key))}, and correct the source that is wrong.",
        )


def _said(seen: Observation) -> str:
    when = f" ({day(seen.observed_at)})" if seen.observed_at is not None else ""
    return f"{seen.source} says {seen.reason.value}{when}"


def _ask(key: Key) -> str:
    if key.provider is not None and key.provider.dashboard:
        return f"look at {key.provider.dashboard}"
    return "ask the issuer"

"""KL302."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Definition, Key, Live, Reason, Severity
from keylint.rule import Context, Example, Hit, Rule, answer, in_prose, named, renew, upper_first
from keylint_rules.stale import WHY_DEAD, day, is_over, told


class DeadKey(Rule):
    """A key-status source says that the key no longer works.

    ## What it does
    Reports keys that an inventory or another source of key status knows to be expired, revoked, disabled, deleted
    or refused. Without a source (`--status FILE`) this rule is silent: no answer is not "dead".

    ## Why it matters
    The key is well-formed and every check of its text passes; the service refuses it all the same.

    ## What to do
    Create a new key and update every place that holds the old one; the message lists them. If nothing needs the key
    any more, delete it there.
    """

    code = "KL302"
    severity = Severity.ERROR
    VALID = (
        Example(
            {".env": "GITHUB_TOKEN={fake:github-classic-pat}"},
            status={"{fake:github-classic-pat}": {"provider": "github", "status": "active"}},
        ),
        Example({".env": "GITHUB_TOKEN={fake:github-classic-pat}"}),
    )
    INVALID = (
        Example(
            {".env": "GITHUB_TOKEN={fake:github-classic-pat}"},
            expect=(("KL302", ".env", 1),),
            status={"{fake:github-classic-pat}": {"provider": "github", "status": "revoked"}},
        ),
        Example(
            {".env": "GITHUB_TOKEN={fake:github-classic-pat}"},
            expect=(("KL302", ".env", 1),),
            status={
                "{fake:github-classic-pat}": {
                    "provider": "github",
                    "status": "active",
                    "expires_at": "2026-03-01T00:00:00Z",
                }
            },
        ),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        if key is None or key.verdict.live is not Live.DEAD or in_prose(definition):
            return
        words = WHY_DEAD.get(key.verdict.reason or Reason.UNKNOWN)
        if words is None or is_over(definition, context):
            return
        expires = key.verdict.expires_at
        since = f" since {day(expires)}" if key.verdict.reason is Reason.EXPIRED and expires is not None else ""
        yield Hit(
            definition.place,
            f"{upper_first(named(key))} {words}{since} ({told(key)}): {answer(key.provider)}",
            help=renew(key, definition),
        )

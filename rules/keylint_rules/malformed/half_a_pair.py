"""KL210."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set

from keylint.model import (
    CONFIGURATION,
    Channel,
    Confidence,
    Definition,
    Key,
    KeyKind,
    Role,
    Secrecy,
    Severity,
    is_sample_code,
    is_test_code,
)
from keylint.rule import Context, Example, Hit, Rule, at, in_prose, listed, named, upper_first

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# Words of a variable's name that say which half it holds, and who may see it; the others say what it is for.
_OF_A_HALF = frozenset(
    {
        "key", "keys", "api", "apikey", "id", "sid", "token", "secret", "private", "public", "publishable", "pk", "sk", "rk",
        "site", "client", "access", "restricted", "next", "nuxt", "vite", "react", "app", "expo", "gatsby",
    }
)  # fmt: skip
_HIDDEN = frozenset({"secret", "private"})


class HalfAPair(Rule):
    """One half of a pair of keys without the other half, or with the other half of another pair.

    ## What it does
    Looks at kinds that work in pairs: an id and its secret, a publishable and a secret key. It reports an id in an
    `.env` file with secrets, where the call takes both and nothing in the project holds or names the other half; a
    publishable and a secret key of different accounts; and a test half beside a live half. Only where one candidate
    stands beside the key, under names that differ in nothing but the half, and only in files that set variables or
    configure: never in code.

    ## Why it matters
    Each half is right by itself, and every call with the two is refused. Temporary AWS credentials without their session
    token are the classic: `InvalidClientTokenId`, although the id exists.

    ## What to do
    Copy both halves from the same page of the dashboard, in one go.
    """

    code = "KL210"
    severity = Severity.WARNING
    VALID = (
        Example(
            {
                ".env": """
                AWS_ACCESS_KEY_ID={fake:aws-access-key-id}
                AWS_SECRET_ACCESS_KEY={fake:aws-secret-access-key}
                """
            }
        ),
        # The secret comes from the deployment.
        Example(
            {
                ".env": """
                GITHUB_TOKEN={fake:github-classic-pat}
                AWS_ACCESS_KEY_ID={fake:aws-access-key-id}
                """,
                ".github/workflows/deploy.yml": """
                jobs:
                  deploy:
                    env:
                      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
                """,
            }
        ),
        # No secrets are kept in this file.
        Example(
            {
                "config/.env": "AWS_ACCESS_KEY_ID={fake:aws-access-key-id}",
            },
            git=True,
        ),
        # A secret alone: the id may stand in the code, or in a database.
        Example({".env": "TWILIO_AUTH_TOKEN={fake:twilio-auth-token}"}),
        # An account and an API key of it, instead of the account's own token.
        Example(
            {
                ".env": """
                TWILIO_ACCOUNT_SID={fake:twilio-account-sid}
                TWILIO_API_KEY={fake:twilio-api-key-sid}
                TWILIO_API_SECRET={fake:twilio-api-key-secret}
                """
            }
        ),
        Example(
            {
                ".env": """
                STRIPE_PUBLISHABLE_KEY={fake:stripe-publishable-key-test!form=1}
                STRIPE_SECRET_KEY={fake:stripe-secret-key-test!form=1}
                """
            }
        ),
        Example(
            {
                ".env": """
                STRIPE_PUBLISHABLE_KEY={fake:stripe-publishable-key-live!account=NqT7sKw2LxVbR4d}
                STRIPE_SECRET_KEY={fake:stripe-secret-key-live!account=NqT7sKw2LxVbR4d}
                STRIPE_RESTRICTED_KEY={fake:stripe-restricted-key-live!account=NqT7sKw2LxVbR4d}
                """
            }
        ),
        # Two accounts, each with a name of its own; and two publishable keys, of which any can be meant.
        Example(
            {
                ".env": """
                STRIPE_US_PUBLISHABLE_KEY={fake:stripe-publishable-key-live!account=NqT7sKw2LxVbR4d}
                STRIPE_EU_SECRET_KEY={fake:stripe-secret-key-live!account=JfH5gMz9CpYtW3n}
                """,
                "shop/.env": """
                STRIPE_PUBLISHABLE_KEY={fake:stripe-publishable-key-live#2!account=NqT7sKw2LxVbR4d}
                STRIPE_PUBLIC_KEY={fake:stripe-publishable-key-live#3!account=JfH5gMz9CpYtW3n}
                STRIPE_SECRET_KEY={fake:stripe-secret-key-live#2!account=JfH5gMz9CpYtW3n}
                """,
            }
        ),
        # Both modes, each under its own name.
        Example(
            {
                ".env": """
                STRIPE_LIVE_SECRET_KEY={fake:stripe-secret-key-live}
                STRIPE_TEST_PUBLISHABLE_KEY={fake:stripe-publishable-key-test}
                """
            }
        ),
        # A publishable key alone is what front ends have.
        Example({".env": "NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY={fake:stripe-publishable-key-live}"}),
    )
    INVALID = (
        Example(
            {
                ".env": """
                GITHUB_TOKEN={fake:github-classic-pat}
                AWS_ACCESS_KEY_ID={fake:aws-access-key-id}
                """
            },
            expect=(("KL210", ".env", 2),),
        ),
        # A sample that lists both halves is no place for one of them.
        Example(
            {
                ".env": """
                TWILIO_ACCOUNT_SID={fake:twilio-account-sid}
                """,
                ".env.example": """
                TWILIO_ACCOUNT_SID=
                TWILIO_AUTH_TOKEN=
                """,
            },
            expect=(("KL210", ".env", 1),),
        ),
        Example(
            {
                ".env": """
                AWS_ACCESS_KEY_ID={fake:aws-sts-access-key-id}
                AWS_SECRET_ACCESS_KEY={fake:aws-secret-access-key}
                """
            },
            expect=(("KL210", ".env", 1),),
        ),
        Example(
            {
                ".env": """
                STRIPE_PUBLISHABLE_KEY={fake:stripe-publishable-key-test}
                STRIPE_SECRET_KEY={fake:stripe-secret-key-live}
                """
            },
            expect=(("KL210", ".env", 1),),
        ),
        Example(
            {
                ".env": """
                STRIPE_PUBLISHABLE_KEY={fake:stripe-publishable-key-live!account=NqT7sKw2LxVbR4d}
                STRIPE_SECRET_KEY={fake:stripe-secret-key-live!account=JfH5gMz9CpYtW3n}
                """
            },
            expect=(("KL210", ".env", 1),),
        ),
        # In a configuration file, the two under one heading.
        Example(
            {
                "settings.toml": """
                [payments]
                stripe_publishable_key = "{fake:stripe-publishable-key-live!account=NqT7sKw2LxVbR4d}"
                stripe_secret_key = "{fake:stripe-secret-key-live!account=JfH5gMz9CpYtW3n}"
                """
            },
            expect=(("KL210", "settings.toml", 2),),
        ),
        # Both keys of reCAPTCHA begin alike, if they are of one pair.
        Example(
            {
                ".env": """
                RECAPTCHA_SITE_KEY={fake:google-recaptcha-key!account=dX9mQwAAAAAz}
                RECAPTCHA_SECRET_KEY={fake:google-recaptcha-key#2!account=fJ3kTnAAAAAy}
                """
            },
            expect=(("KL210", ".env", 1),),
        ),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        if key is None or key.kind is None or not _is_good(definition) or _is_made_up(definition.place.path):
            return
        if definition.channel not in CONFIGURATION or definition.role is not Role.PLAIN or in_prose(definition):
            return
        yield from _alone(definition, key, key.kind, context)
        yield from _mismatched(definition, key, key.kind, context)


def _is_good(definition: Definition) -> bool:
    return definition.judgement.well_formed and not definition.judgement.defects


def _is_made_up(path: str) -> bool:
    return is_test_code(path) or is_sample_code(path)


def _alone(definition: Definition, key: Key, kind: KeyKind, context: Context) -> Iterator[Hit]:
    """An id whose secret is nowhere."""
    if kind.secrecy is not Secrecy.IDENTIFIER or definition.channel is not Channel.DOTENV:
        return
    variable = context.variable(definition)
    halves = [half for half in _halves(kind, context) if _are_taken_together(kind, half, key, context)]
    if variable is None or kind.id not in variable.accepts or not halves or not _keeps_secrets(definition, context):
        return
    wanted = {half.id for half in halves}
    if any(wanted.intersection(d.judgement.kinds) for other in context.keys.values() for d in other.definitions):
        return
    provider = context.provider(kind.provider)
    variables = [env.name for env in provider.env if wanted.intersection(env.accepts)] if provider is not None else []
    own = "".join(_words(definition))
    fragments = [name for half in halves for name in half.context_names if name.replace("_", "") not in own]
    if any(context.mentions(name) for name in (*variables, *fragments)):
        return
    missing = listed([half.name for half in halves]).replace(" and ", " or ")
    under = f" to {at(definition.place).rpartition(':')[0]} as {variables[0]}" if variables else ""
    yield Hit(
        definition.place,
        f"{upper_first(named(key))} works together with the {missing}, and this project has none",
        confidence=Confidence.MEDIUM,
        help=f"Add the other half{under}, from where this one was copied.",
    )


def _halves(kind: KeyKind, context: Context) -> list[KeyKind]:
    """Return the kinds of which a key of this kind needs one: the one that it names, and those that name it."""
    return [other for other in context.kinds.values() if other.id == kind.pair or other.pair == kind.id]


def _are_taken_together(kind: KeyKind, half: KeyKind, key: Key, context: Context) -> bool:
    """Say whether one call takes both. An id that also works by itself (of an OAuth client) goes to no such call."""
    provider = context.provider(kind.provider)
    sinks = provider.sinks if provider is not None else ()
    return any(
        one.call == other.call and kind.id in one.accepts and half.id in other.accepts
        for one in sinks
        for other in sinks
        if one is not other
    )


def _keeps_secrets(definition: Definition, context: Context) -> bool:
    """Say whether secrets belong in this file, or stand there anyway: else they are handed over in another way."""
    if definition.ignored:
        return True
    here = [d for d in context.beside(definition) if d.place.path == definition.place.path]
    kinds = [key.kind for d in here if (key := context.keys.get(d.place)) is not None]
    return any(kind is not None and kind.secrecy is Secrecy.SECRET for kind in kinds)


def _mismatched(definition: Definition, key: Key, kind: KeyKind, context: Context) -> Iterator[Hit]:
    """The half that everybody may see, beside a secret half of another account or mode."""
    if kind.pair is None or not _is_open_half(definition, kind, context):
        return
    others = [d for d in context.beside(definition) if _is_of_pair(d, kind, context)]
    if any(_is_open_half(d, kind, context) and d.secret != definition.secret for d in others):
        return
    secrets = [d for d in others if not _is_open_half(d, kind, context)]
    if not secrets or any(_purpose(d) != _purpose(definition) or not _is_good(d) for d in secrets):
        return
    modes, accounts = {_mode(d, context) for d in secrets}, {d.judgement.claims.account for d in secrets}
    if _is_other(_mode(definition, context), modes):
        what = "is for another mode than"
    elif _is_other(definition.judgement.claims.account, accounts):
        what = "is of another account than"
    else:
        return
    where = at(secrets[0].place)
    yield Hit(
        definition.place,
        f"{upper_first(named(key))} {what} the {named(context.keys[secrets[0].place])} in {where}: "
        "they do not work together",
        confidence=Confidence.MEDIUM,
        help=f"Copy both keys from the same page, then update {at(definition.place)} or {where}.",
    )


def _is_other(mine: str | None, theirs: Set[str | None]) -> bool:
    """Say whether all others agree on something else."""
    return mine is not None and len(theirs) == 1 and None not in theirs and mine not in theirs


def _is_of_pair(other: Definition, kind: KeyKind, context: Context) -> bool:
    """Say whether a value beside it is of the same provider and itself half of a pair of such kinds."""
    key = context.keys.get(other.place)
    if key is None or key.kind is None or key.kind.provider != kind.provider or key.kind.pair is None:
        return False
    if kind.pair == kind.id:
        return key.kind.id == kind.id
    return {_pair_secrecy(key.kind, context), key.kind.secrecy} == {Secrecy.SECRET, Secrecy.PUBLISHABLE}


def _pair_secrecy(kind: KeyKind, context: Context) -> Secrecy | None:
    half = context.kind(kind.pair or "")
    return half.secrecy if half is not None else None


def _is_open_half(definition: Definition, kind: KeyKind, context: Context) -> bool:
    """Say whether this is the half for browsers: by its kind, or by its name where both halves are of one kind."""
    key = context.keys.get(definition.place)
    if key is None or key.kind is None:
        return False
    if key.kind.pair == key.kind.id:
        return not _HIDDEN.intersection(_words(definition))
    return key.kind.secrecy is Secrecy.PUBLISHABLE


def _mode(definition: Definition, context: Context) -> str | None:
    kinds = [context.kind(kind) for kind in definition.judgement.kinds]
    modes = {kind.environment_of(definition.judgement.claims) for kind in kinds if kind is not None}
    return modes.pop() if len(modes) == 1 else None


def _purpose(definition: Definition) -> frozenset[str]:
    """Return the words of a name that do not say which half it holds: `{"stripe", "test"}`."""
    return frozenset(_words(definition)) - _OF_A_HALF


def _words(definition: Definition) -> Sequence[str]:
    name = definition.env or (definition.name or "").rpartition(".")[2]
    return [word.lower() for word in _WORD.findall(name)]

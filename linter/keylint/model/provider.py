"""Who issues keys, and the kinds of key they issue."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from keylint.model.status import Reason

if TYPE_CHECKING:
    from keylint.model.judgement import Claims

GENERIC = "generic"
"""Id of the provider that stands for formats in which everybody makes keys: JSON web tokens, key pairs."""


class Secrecy(StrEnum):
    """What may be done with a key of this kind."""

    SECRET = "secret"
    PUBLISHABLE = "publishable"
    IDENTIFIER = "identifier"


class Confidence(StrEnum):
    """How sure a fact or a finding is. Only facts of high confidence refute a key."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Retirement:
    """The day from which the issuer refuses every key of a kind."""

    day: date
    note: str
    source: str
    confidence: Confidence = Confidence.HIGH

    @property
    def start(self) -> datetime:
        """The first moment of the day, in UTC."""
        return datetime.combine(self.day, time(), UTC)


_UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
}


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a key of a kind works at most after its issue."""

    longest: str
    """As the issuer writes it: `90 days`, `1 hour`, `6 months`."""
    source: str
    since: date | None = None
    """Keys that were issued before this day are not bound by it."""
    older: date | None = None
    """The day by which the last key issued before `since` had ended, where the issuer cut them off too."""
    note: str = ""
    confidence: Confidence = Confidence.HIGH

    @property
    def span(self) -> timedelta:
        """`longest`, where a month has 30 days and a year 365."""
        number, unit = self.longest.split()
        return int(number) * _UNITS[unit.removesuffix("s")]

    def end(self, issued: datetime) -> datetime | None:
        """Return when a key that was issued then ends at the latest; `None` when it is not bound."""
        if self.since is None or issued.date() >= self.since:
            try:
                return issued + self.span
            except OverflowError:  # a key can name any day as that of its issue
                return None
        return self._end_of_older

    def end_of_known(self, known: datetime) -> datetime | None:
        """Return when a key that existed then ends at the latest; it may be older. `None` when it may not be bound."""
        end = self.end(known)
        if self.since is None or known.date() < self.since:
            return end
        older = self._end_of_older
        return max(end, older) if end is not None and older is not None else None

    @property
    def _end_of_older(self) -> datetime | None:
        return datetime.combine(self.older, time(), UTC) if self.older is not None else None


@dataclass(frozen=True, slots=True)
class PublicExample:
    """A key that everybody may know (documentation, emulator): SHA-256 of its text and its length."""

    sha256: str
    length: int
    note: str


# The words that issuers write into keys.
_ENVIRONMENTS = {
    "live": "live", "prod": "live", "production": "live", "test": "test", "sandbox": "test", "sbox": "test",
    "sdbx": "test", "hmlg": "test", "development": "test",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class KeyKind:
    """One kind of key. `forms` are grammar lines (see `keylint.catalogue.grammar`); the first is the current one."""

    id: str
    provider: str
    name: str
    forms: tuple[str, ...]
    secrecy: Secrecy = Secrecy.SECRET
    environment: str | None = None
    """`"live"` or `"test"` where the key itself says so."""
    confidence: Confidence = Confidence.HIGH
    lengths: str = "fixed"
    """`"fixed"`: a shorter text is a truncated key. `"observed"`: another length is only suspicious."""
    context: bool = False
    """True when the text alone does not mark the kind: it is recognised by a known name or sink only."""
    context_names: tuple[str, ...] = ()
    """Lower-case fragments of binding names that mark a value as this kind (`"twilio_auth_token"`)."""
    retired: Retirement | None = None
    lifetime: Lifetime | None = None
    pair: str | None = None
    """Id of the kind that this one is used together with."""
    examples: tuple[PublicExample, ...] = ()
    source: str = ""

    def environment_of(self, claims: Claims) -> str | None:
        """Return `"live"` or `"test"` where the kind or the key itself says so."""
        return self.environment or _ENVIRONMENTS.get(dict(claims.details).get("environment", "").lower())

    def end_by_age(self, claims: Claims) -> datetime | None:
        """Return when a key ends that names the day of its issue and not its end: after the kind's longest lifetime."""
        if self.lifetime is None or claims.issued_by is None or claims.expires_at is not None:
            return None
        return self.lifetime.end(claims.issued_by)

    @property
    def lifetime_is_certain(self) -> bool:
        """True when a key that is older than its lifetime is proven to be dead."""
        return self._is_certain(self.lifetime)

    @property
    def retirement_is_certain(self) -> bool:
        """True when a key of this kind is proven to be dead from the day of its retirement on."""
        return self._is_certain(self.retired)

    def _is_certain(self, fact: Lifetime | Retirement | None) -> bool:
        return fact is not None and fact.confidence is Confidence.HIGH and self.confidence is Confidence.HIGH


class SinkForm(StrEnum):
    """How a key is handed over."""

    CALL = "call"
    """An argument of a constructor or function."""
    ATTRIBUTE = "attribute"
    """An assignment to a module or class attribute: `stripe.api_key = …`."""


@dataclass(frozen=True, slots=True)
class Sink:
    """A place in a Python SDK that consumes a key."""

    call: str
    """Dotted name as imported: `openai.OpenAI`, `stripe.api_key`."""
    provider: str
    form: SinkForm = SinkForm.CALL
    keyword: str | None = None
    position: int | None = None
    env: tuple[str, ...] = ()
    """Environment variables read when the argument is absent, first wins."""
    accepts: tuple[str, ...] = ()
    """Ids of the kinds that this sink takes; empty: not known."""
    host_keyword: str | None = None
    """The argument that points the SDK to another host (`base_url`): then another provider's key may be right."""
    url_keyword: str | None = None
    """The argument that every call names its own project's URL with: other providers' keys are never right there."""
    url_position: int | None = None
    models: tuple[str, ...] = ()
    """How the names of the models begin for which this is the provider: of a call that serves many (`groq/`, `gpt-`)."""
    instead: tuple[str, ...] = ()
    """Arguments that say where else the key comes from: then no environment variable is read (`profile_name`)."""
    empty_falls_back: bool = False
    """True when an explicit empty value is treated as absent."""
    optional: bool = False
    """True when the SDK works without a key."""
    at_import: bool = False
    """True when the SDK reads its variables once, when it is imported."""
    strips: bool = False
    """True when the SDK strips white space from the key itself."""
    missing: str = ""
    """What happens without a key: `openai.OpenAIError at construction`."""


@dataclass(frozen=True, slots=True)
class EnvName:
    """An environment variable that by convention or by an SDK holds a key of this provider."""

    name: str
    provider: str
    accepts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """A variable that holds no key and says where the keys beside it belong: `SUPABASE_URL`, `MAILCHIMP_SERVER_PREFIX`."""

    name: str
    provider: str
    value: str
    """What it looks like, with one claim of the key in braces: `https://{project}.supabase.co`."""
    confidence: Confidence = Confidence.HIGH
    """High: a key that says otherwise is refused. Else it is only likely to be."""


@dataclass(frozen=True, slots=True)
class Header:
    """How a key travels over HTTP."""

    name: str
    scheme: str = ""
    refuses: tuple[str, ...] = ()
    """Ids of the kinds that are never accepted in this header with this scheme."""


@dataclass(frozen=True, slots=True)
class Sign:
    """What tells an answer of an issuer: its status, and what stands somewhere in its JSON."""

    status: int
    at: str = ""
    """The way to it: `error.code`, `errors.*.message`. With neither `values` nor `begins` something has to be there."""
    values: tuple[str | int | bool, ...] = ()
    begins: str = ""
    reason: Reason = Reason.INVALID
    """Of a dead key: why it is refused."""


@dataclass(frozen=True, slots=True)
class LiveCheck:
    """How an issuer is asked about a key without side effects, and what its answers mean.

    `{key}` and `{pair}` in a template stand for the key and for the key that it is used together with.
    """

    provider: str
    accepts: tuple[str, ...]
    """Ids of the kinds that can be checked so."""
    urls: tuple[str, ...]
    """Of several (regions) each is asked until one knows the key; it is dead when all of them refuse it."""
    live: tuple[Sign, ...]
    dead: tuple[Sign, ...] = ()
    prefixes: tuple[str, ...] = ()
    """How a key has to begin, where a kind is more than what can be checked; empty: all keys of these kinds."""
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    basic: tuple[str, str] | None = None
    """User and password of Basic authentication."""
    form: tuple[tuple[str, str], ...] = ()
    json: str = ""
    """The body as it is sent; there are no templates in it."""
    expires: str = ""
    """Where an answer to a key that works says when it ends: `expires_at`."""
    source: str = ""

    @property
    def templates(self) -> tuple[str, ...]:
        """Every text that is filled in before it is sent."""
        pairs = (*self.headers, *self.query, *self.form)
        return (*self.urls, *(value for _, value in pairs), *(self.basic or ()))

    @property
    def needs_pair(self) -> bool:
        """True when the key alone cannot be checked."""
        return any("{pair}" in template for template in self.templates)


@dataclass(frozen=True, slots=True)
class Provider:
    """Who issues keys: its kinds, names, sinks, hosts, and how it refuses a bad key."""

    id: str
    name: str
    kinds: tuple[KeyKind, ...] = ()
    env: tuple[EnvName, ...] = ()
    sinks: tuple[Sink, ...] = ()
    hosts: tuple[str, ...] = ()
    headers: tuple[Header, ...] = ()
    settings: tuple[Setting, ...] = ()
    dashboard: str = ""
    rotation: str = ""
    refusal: str = ""
    """The answer to a bad key, in words: `401 invalid_api_key`."""
    exception: str = ""
    """What the SDK raises on it: `openai.AuthenticationError`."""
    dirty: dict[str, str] = field(default_factory=dict, hash=False)
    """What the SDK does with a damaged key, by damage (`newline`, `space`, `quotes`, `non-ascii`, `empty`)."""

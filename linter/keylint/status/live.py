"""Live checks: the issuer itself is asked whether one of its keys still works.

This is the only source that is handed keys. It sends one to the hosts of its own issuer, as the check of an installed
package says, and to nobody else; and only those of the providers that the user has named. Only the issuer's clear word
makes a key dead: 401, or what its check names besides. Everything else leaves the key unknown.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, as_completed, wait
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from keylint.model import KeyRef, Live, LiveCheck, Observation, Reason, Secret, Sign, Tier
from keylint.status.daemons import start
from keylint.status.http import Answer, Client, Text
from keylint.status.interface import SourceError, SourceInfo
from keylint.status.inventory import parse_time

_AT_ONCE = 8
_PAGE = "text/html"
_NAMED = 3
_FAILURES = (Reason.SOURCE_ERROR, Reason.RATE_LIMITED, Reason.BLOCKED)

Connect = Callable[[str], Client]
"""Returns the client for `https://host`."""


@dataclass(frozen=True, slots=True)
class _Question:
    """One key value with the check that is made with it. Equal ones are asked once."""

    check: LiveCheck
    key: Secret
    pair: Secret | None = None


class _Outcome(NamedTuple):
    """What an observation will say."""

    verdict: Live
    reason: Reason
    note: str
    expires_at: datetime | None = None


class LiveSource:
    """Asks issuers about their keys.

    Args:
        checks: the checks of installed packages, by provider (`keylint.catalogue.load.installed_checks`).
        providers: ids of the providers that the user wants to be asked. Keys of others are passed over.
        secrets: the keys by fingerprint. A key that may as well be somebody else's, or that is used at another host than the
            provider's own, does not belong here.
        pairs: by the fingerprint of a key, what it is used together with (an account id), where that is known for certain.
        canaries: fingerprints of keys that raise an alarm when they are used: they are never sent.
        connect: makes the client of a host; tests point it elsewhere.
    """

    name = "live check"
    tier = Tier.ISSUER
    network = True

    def __init__(
        self,
        checks: Mapping[str, Sequence[LiveCheck]],
        providers: Collection[str],
        secrets: Mapping[str, Secret],
        *,
        pairs: Mapping[str, Secret] | None = None,
        canaries: Collection[str] = (),
        connect: Connect = Client,
    ) -> None:
        self._checks = {provider: tuple(checks.get(provider, ())) for provider in sorted(providers)}
        self._secrets = secrets
        self._pairs = pairs or {}
        self._canaries = frozenset(canaries)
        self._connect = connect

    @property
    def namespace(self) -> str:
        """What its answers are kept under: the checks."""
        return f"live:{hashlib.sha256(repr(self._checks).encode()).hexdigest()[:24]}"

    def describe(self) -> SourceInfo:
        """Return what the source says about itself: it lists nothing."""
        return SourceInfo()

    def check(self, keys: Sequence[KeyRef]) -> Iterator[Observation]:
        """Ask about each key of a provider that may be asked, and yield what its issuer said, as the answers come in.

        A key without an answer is yielded too, with the reason: `unsupported` (there is no check for it, or what it is used
        together with is not known for certain), `canary`, `rate_limited`, `blocked`, `source_error`, `unknown`.

        Raises:
            SourceError: at the end, when an issuer could not be asked.
        """
        questions: dict[_Question, list[KeyRef]] = {}
        for ref in keys:
            if ref.provider not in self._checks or ref.fingerprint not in self._secrets:
                continue
            asked = self._question(ref)
            if isinstance(asked, _Question):
                questions.setdefault(asked, []).append(ref)
            else:
                yield self._observation(ref, asked)
        # Several secrets for one account are guesses, and issuers lock accounts that are guessed at.
        accounts = Counter((question.check, question.pair) for question in questions)
        for question in [q for q in questions if q.pair is not None and accounts[q.check, q.pair] > 1]:
            for ref in questions.pop(question):
                outcome = _Outcome(Live.NONE, Reason.UNSUPPORTED, "several keys are used with one account")
                yield self._observation(ref, outcome)
        yield from self._answers(questions)

    def _question(self, ref: KeyRef) -> _Question | _Outcome:
        """Return what to ask about a key, or why it is not asked about."""
        if ref.fingerprint in self._canaries:
            return _Outcome(Live.NONE, Reason.CANARY, "not asked on purpose")
        key = self._secrets[ref.fingerprint]
        check = next((c for c in self._checks[ref.provider or ""] if _accepts(c, ref.kind, key)), None)
        if check is None:
            return _Outcome(Live.NONE, Reason.UNSUPPORTED, "its issuer cannot be asked about such a key")
        if not check.needs_pair:
            return _Question(check, key)
        pair = self._pairs.get(ref.fingerprint)
        if pair is None:
            return _Outcome(Live.NONE, Reason.UNSUPPORTED, "what it is used together with is not known")
        return _Question(check, key, pair)

    def _answers(self, questions: Mapping[_Question, Sequence[KeyRef]]) -> Iterator[Observation]:
        hosts = {_host(url) for question in questions for url in question.check.urls}
        clients: dict[str, Client] = {}
        waiting: dict[Future[_Outcome], Sequence[KeyRef]] = {}
        try:
            clients |= {host: self._connect(f"https://{host}") for host in sorted(hosts)}
            asked = start([partial(_ask, question, clients) for question in questions], _AT_ONCE, "keylint-live")
            waiting |= zip(asked, questions.values(), strict=True)
            for future in as_completed(waiting):
                yield from (self._observation(ref, future.result()) for ref in waiting[future])
        finally:
            wait([future for future in waiting if not future.cancel()])
            for client in clients.values():
                client.close()
        _complain([future.result() for future in waiting])

    def _observation(self, ref: KeyRef, outcome: _Outcome) -> Observation:
        verdict, reason, note, expires_at = outcome
        now = datetime.now(UTC)
        return Observation(ref.fingerprint, self.name, self.tier, verdict, reason, now, expires_at, note=note)


class LiveHosts:
    """The hosts that a provider's live checks would ask, as far as that can be tried without a key."""

    tier = Tier.ISSUER
    network = True
    namespace = ""

    def __init__(self, provider: str, checks: Sequence[LiveCheck], connect: Connect = Client) -> None:
        self.name = f"{LiveSource.name} {provider}"
        self._hosts = sorted({_host(url) for check in checks for url in check.urls})
        self._connect = connect

    def describe(self) -> SourceInfo:
        """Return that they list nothing. Raises SourceError when one cannot be reached."""
        for host in self._hosts:
            with self._connect(f"https://{host}") as client:
                client.reach()
        return SourceInfo()

    def check(self, keys: Sequence[KeyRef]) -> Iterable[Observation]:
        """Return nothing: no key is sent."""
        return ()


def _complain(outcomes: Iterable[_Outcome]) -> None:
    """Raise SourceError when issuers could not be asked: their keys are unknown, and the user is to hear of it."""
    failures = [(outcome.note, outcome.reason) for outcome in outcomes if outcome.reason in _FAILURES]
    if failures:
        notes = list(dict.fromkeys(note for note, _ in failures))
        more = f"; and {len(notes) - _NAMED} more" if len(notes) > _NAMED else ""
        raise SourceError("; ".join(notes[:_NAMED]) + more, failures[0][1])


def _accepts(check: LiveCheck, kind: str | None, key: Secret) -> bool:
    return kind in check.accepts and (not check.prefixes or key.reveal().startswith(check.prefixes))


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _ask(question: _Question, clients: Mapping[str, Client]) -> _Outcome:
    """Return what the issuer says: alive where one of its hosts knows the key, dead where all refuse it."""
    outcomes: list[_Outcome] = []
    for url in question.check.urls:
        outcomes.append(_ask_at(url, question, clients[_host(url)]))
        if outcomes[-1].verdict is Live.LIVE:
            return outcomes[-1]
    undecided = [outcome for outcome in outcomes if outcome.verdict is not Live.DEAD]
    return (undecided or outcomes)[0]


def _ask_at(url: str, question: _Question, client: Client) -> _Outcome:
    check = question.check
    fill = _Filled(question)
    content, kind = fill.body()
    headers = {name: fill.plain(text) for name, text in check.headers}
    if kind:
        headers["Content-Type"] = kind
    if check.basic is not None:
        headers["Authorization"] = fill.basic(check.basic)
    try:
        answer = client.send(check.method, fill.target(url), headers=headers, content=content, repeatable=True)
    except SourceError as error:
        return _Outcome(Live.NONE, error.reason, str(error))
    return _meaning(answer, check, client.host)


class _Filled:
    """Fills the key into templates. What comes out is as secret as the key."""

    def __init__(self, question: _Question) -> None:
        self._check = question.check
        self._values = {"{key}": question.key, "{pair}": question.pair}

    def target(self, url: str) -> Text:
        path = self._fill(urlsplit(url).path, lambda value: quote(value, safe=":"))
        query = urlencode([(name, self._fill(text)) for name, text in self._check.query])
        return Secret(f"{path}?{query}" if query else path, "")

    def plain(self, template: str) -> Text:
        return Secret(self._fill(template), "")

    def basic(self, templates: tuple[str, str]) -> Text:
        pair = ":".join(map(self._fill, templates))
        return Secret(f"Basic {base64.b64encode(pair.encode()).decode()}", "")

    def body(self) -> tuple[Secret | None, str]:
        """Return the body and its type."""
        if self._check.form:
            text = urlencode([(name, self._fill(value)) for name, value in self._check.form])
            return Secret(text, ""), "application/x-www-form-urlencoded"
        if self._check.json:
            return Secret(self._check.json, ""), "application/json"
        return (Secret("", ""), "") if self._check.method == "POST" else (None, "")

    def _fill(self, template: str, encode: Callable[[str], str] = str) -> str:
        text = template
        for name, value in self._values.items():
            if value is not None:
                text = text.replace(name, encode(value.reveal()))
        return text


def _meaning(answer: Answer, check: LiveCheck, host: str) -> _Outcome:
    """Return what an answer says about the key. A sign that names a field tells more than one that is a mere status."""
    said = f"{host} answered {answer.status}"
    if answer.media_type == _PAGE:
        return _Outcome(Live.NONE, Reason.UNKNOWN, f"{said} with a page for people")
    if _is_a_limit(answer):
        return _Outcome(Live.NONE, Reason.RATE_LIMITED, f"{said}, too many requests")
    signs = [*((Live.LIVE, sign) for sign in check.live), *((Live.DEAD, sign) for sign in check.dead)]
    for verdict, sign in sorted(signs, key=lambda pair: not pair[1].at):
        if _shows(answer, sign) and verdict is Live.LIVE:
            return _Outcome(verdict, Reason.ACTIVE, said, _end(answer, check))
        if _shows(answer, sign):
            return _Outcome(verdict, sign.reason, said)
    return _Outcome(Live.NONE, Reason.UNKNOWN, f"{said}, which does not tell")


def _end(answer: Answer, check: LiveCheck) -> datetime | None:
    """Return when a key that works ends, as far as its issuer says so; an end that is past is none."""
    for value in _values(answer.body, check.expires.split(".")) if check.expires else ():
        try:
            end = parse_time(value) if isinstance(value, str) else None
        except ValueError:
            end = None
        if end is not None and end > datetime.now(UTC):
            return end
    return None


def _is_a_limit(answer: Answer) -> bool:
    """Some answer 403 to who asks too often, whatever the key."""
    return answer.status == 403 and (
        "retry-after" in answer.headers or answer.headers.get("x-ratelimit-remaining") == "0"
    )


def _shows(answer: Answer, sign: Sign) -> bool:
    if answer.status != sign.status:
        return False
    return not sign.at or any(_matches(value, sign) for value in _values(answer.body, sign.at.split(".")))


def _matches(value: object, sign: Sign) -> bool:
    if sign.begins:
        return isinstance(value, str) and value.startswith(sign.begins)
    if sign.values:
        return any(type(value) is type(wanted) and value == wanted for wanted in sign.values)
    return value is not None


def _values(node: Any, way: Sequence[str]) -> Iterable[object]:
    """Yield what stands at the end of a way through JSON; `*` is every element of a list."""
    if not way:
        yield node
    elif way[0] == "*" and isinstance(node, list):
        for item in node:
            yield from _values(item, way[1:])
    elif isinstance(node, dict) and way[0] in node:
        yield from _values(node[way[0]], way[1:])

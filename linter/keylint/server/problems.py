"""What the service answers when it cannot do as asked: RFC 9457, and never a word of what was sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

TYPE = "urn:keylint:problem:"
"""How the `type` of every problem begins."""


class Kind(NamedTuple):
    """A type of problem: its status code and its title."""

    status: int
    title: str


KINDS = {
    "invalid-request": Kind(400, "The request is not one of the protocol"),
    "bad-prefix": Kind(400, "The prefix is not made of 1 to 8 lower-case hex digits"),
    "not-a-fingerprint": Kind(400, "Only fingerprints are taken, never keys"),
    "holds-a-key": Kind(400, "The entry holds a key in plain text"),
    "batch-too-large": Kind(400, "More fingerprints than batch_max"),
    "unauthenticated": Kind(401, "A bearer token is needed"),
    "forbidden": Kind(403, "This token does not allow it"),
    "not-found": Kind(404, "There is nothing of this name"),
    "method-not-allowed": Kind(405, "This cannot be done with it"),
    "timeout": Kind(408, "The request took too long to arrive"),
    "unknown-pepper": Kind(409, "A fingerprint of another pepper"),
    "too-large": Kind(413, "The request is too large"),
    "unsupported-media-type": Kind(415, "The request is not application/json"),
    "internal": Kind(500, "An error of the service"),
    "unavailable": Kind(503, "The service cannot answer now"),
}
"""The problems that this service knows, by the last part of their `type`."""


class ProblemError(Exception):
    """A request that is not carried out. `detail` is for people and repeats nothing of the request."""

    def __init__(self, name: str, detail: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.kind = KINDS[name]
        self.headers = dict(headers or {})
        self.document = {"type": TYPE + name, "title": self.kind.title, "status": self.kind.status}
        if detail:
            self.document["detail"] = detail

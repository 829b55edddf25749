"""This call will fail: what a bad key, or none, does to the line that uses it."""

from __future__ import annotations

from keylint.model import Key, Trace
from keylint.rule import at, named


def the_key(trace: Trace, key: Key | None) -> str:
    """Return `the OpenAI project key from .env:3`."""
    if trace.definition is None:
        return f"the {named(key)}"
    if trace.definition.place.path == trace.use.place.path and trace.definition.place.line == trace.use.place.line:
        return f"the {named(key)} written here"
    return f"the {named(key)} from {at(trace.definition.place)}"

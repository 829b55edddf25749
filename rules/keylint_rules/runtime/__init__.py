"""This call will fail: what a bad key, or none, does to the line that uses it."""

from __future__ import annotations

from keylint.model import Key, Provider, Trace
from keylint.rule import Context, at, named


def provider_of(trace: Trace, key: Key | None, context: Context) -> Provider | None:
    """Return the provider that answers the call; the key's own where the call does not say."""
    return context.provider(trace.use.provider) or (key.provider if key is not None else None)


def the_key(trace: Trace, key: Key | None) -> str:
    """Return `the OpenAI project key from .env:3`."""
    if trace.definition is None:
        return f"the {named(key)}"
    if trace.definition.place.path == trace.use.place.path and trace.definition.place.line == trace.use.place.line:
        return f"the {named(key)} written here"
    return f"the {named(key)} from {at(trace.definition.place)}"


def without_a_key(trace: Trace, context: Context) -> str:
    """Return what the call does when it gets no key: `: openai.OpenAIError at construction`; empty when not known."""
    sink = context.sink(trace.use)
    return f": {sink.missing}" if sink is not None and sink.missing else ""

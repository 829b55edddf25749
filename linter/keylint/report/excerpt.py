"""What a report shows of a source line: the binding's name and the masked value. No raw line reaches a reporter."""

from __future__ import annotations

from keylint.model import Channel, Definition

_LONGEST_NAME = 60
_CODE = (Channel.PYTHON, Channel.NOTEBOOK, Channel.SOURCE)


def of_definition(definition: Definition, masked: str) -> tuple[str, tuple[int, int]]:
    """Return `name = "masked"` in the channel's own notation, and the span of the mask in it."""
    name = (definition.name or "").rsplit("\n", 1)[-1][-_LONGEST_NAME:]
    before, after = _notation(definition.channel, name)
    if not name:
        before, after = "", ""
    return f"{before}{masked}{after}", (len(before), len(before) + len(masked))


def _notation(channel: Channel, name: str) -> tuple[str, str]:
    if channel in _CODE:
        return f'{name} = "', '"'
    if channel in (Channel.DOTENV, Channel.INI, Channel.TEXT, Channel.DOCKERFILE, Channel.SYSTEMD):
        return f"{name}=", ""
    if channel in (Channel.TOML, Channel.TERRAFORM):
        return f'{name} = "', '"'
    if channel is Channel.JSON:
        return f'"{name}": "', '"'
    return f"{name}: ", ""

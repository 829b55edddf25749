"""Commands that take keys: they answer a wrong command line without repeating anything of it."""

from __future__ import annotations

import re
import sys
from typing import IO, Any

import click

_HELP_ONLY: Any = getattr(click.exceptions, "NoArgsIsHelpError", ())  # click 8.2
_MAX_BYTES = 65_536
_LONGEST_TYPED = 4095  # a line of a Linux terminal
_OF_SEVERAL_LINES = ("-----BEGIN ", "{")  # PEM, and key files in JSON
_LINE_END = re.compile(r"[\r\n]")
_NEVER = "a key is read from standard input, never from the command line"


class UserError(click.ClickException):
    """The command cannot be done as asked; one line, exit status 2."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        """Write the message to standard error."""
        click.echo(f"keylint: error: {self.format_message()}", err=True, file=file)


class Discreet(click.Command):
    """Answers a wrong command line in one line that repeats nothing of it: what stands there may be a key."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Parse the command line; see `click.Command`."""
        try:
            return super().make_context(*args, **kwargs)
        except _HELP_ONLY:
            raise
        except click.UsageError as error:
            raise UserError(_said(error)) from None


class DiscreetGroup(Discreet, click.Group):
    """A group of such commands."""

    command_class = Discreet

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; see `click.Group`."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            raise UserError(f"{self.name} has the commands {', '.join(sorted(self.commands))}") from None


def _said(error: click.UsageError) -> str:
    parameter = error.param if isinstance(error, click.BadParameter) else None
    option = " / ".join(parameter.opts) if parameter is not None else ""
    if isinstance(error, click.MissingParameter):
        return f"{option} is missing"
    if parameter is not None and isinstance(parameter.type, click.Choice):
        return f"{option} is one of {', '.join(map(str, parameter.type.choices))}"
    if isinstance(error, click.BadParameter):
        return f"{option}: {error.message}"
    if isinstance(error, click.NoSuchOption):
        return f"no such option; {_NEVER}"
    if isinstance(error, click.BadOptionUsage):
        return f"{error.option_name} needs a value"
    return (
        f"no arguments but options are taken; {_NEVER}: arguments stay in the shell's history, and everybody on this "
        "machine sees them in the list of processes"
    )


def read_key() -> str:
    """Return the text on standard input; on a terminal, what is typed at a prompt that does not show it.

    Raises:
        UserError: there is no text, too much of it, or several lines that are not one key.
    """
    from keylint.status.fingerprint import normalise

    text = _typed() if sys.stdin is not None and sys.stdin.isatty() else _piped()
    key = normalise(text)
    if not key:
        raise UserError("no key on standard input")
    if "\0" in key:
        raise UserError("standard input is not UTF-8 text")
    if _LINE_END.search(key) and not key.startswith(_OF_SEVERAL_LINES):
        raise UserError("standard input holds several lines; give one key at a time")
    return text


def read_pair() -> tuple[str, str]:
    """Return two keys: the two lines on standard input; on a terminal, what is typed at two prompts.

    Raises:
        UserError: these are not two lines, or one of them is no text.
    """
    if sys.stdin is not None and sys.stdin.isatty():
        pair = [_typed("Old key"), _typed("New key")]
    else:
        pair = [line for line in _LINE_END.split(_piped()) if line.strip()]
    if len(pair) != 2 or not all(key.strip() for key in pair):
        raise UserError("two keys are needed, each on a line of its own: the old one and the new one")
    if any("\0" in key for key in pair):
        raise UserError("standard input is not UTF-8 text")
    return pair[0], pair[1]


def _typed(prompt: str = "Key") -> str:
    text: str = click.prompt(prompt, hide_input=True, err=True, default="", show_default=False)
    if len(text) >= _LONGEST_TYPED:
        raise UserError(f"a terminal passes on no more than {_LONGEST_TYPED:,} characters; pipe the key in instead")
    return text


def _piped() -> str:
    if sys.stdin is None:
        raise UserError("standard input is closed")
    data = sys.stdin.buffer.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise UserError(f"standard input holds more than {_MAX_BYTES:,} bytes: that is no key")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise UserError("standard input is not UTF-8 text") from None

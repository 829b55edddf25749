"""The command line. Commands are loaded when they are called: `keylint --help` imports click and nothing else."""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import re
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn, TextIO, cast

import click

from keylint import __version__

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# name -> (module, attribute, one line for --help)
_COMMANDS = {
    "baseline": ("keylint.cli.baseline", "baseline", "Look after a baseline of findings that are not reported."),
    "cache": ("keylint.cli.cache", "cache", "Look after what is kept between runs."),
    "check": ("keylint.cli.check", "check", "Check files and directories (the default command)."),
    "completion": ("keylint.cli.completion", "completion", "Print the shell completion script for bash, zsh or fish."),
    "identify": ("keylint.cli.identify", "identify", "Say what a key is, and what is wrong with it."),
    "inventory": ("keylint.cli.inventory", "inventory", "Manage an inventory of keys and their status."),
    "keys": ("keylint.cli.keys", "keys", "List the keys of a project: status, definitions, uses, outcomes."),
    "providers": ("keylint.cli.providers", "providers", "List the providers, or check a provider file of your own."),
    "rule": ("keylint.cli.rule", "rule", "Explain a rule, or list all of them."),
    "serve": ("keylint.cli.serve", "serve", "Serve the status of keys to others."),
    "status": ("keylint.cli.status", "status", "Try the sources of key status, or ask them about one key."),
    "trace": ("keylint.cli.trace", "trace", "Show every way that a key takes through a line."),
}

_EPILOG = """\b
Examples:
  keylint .                                check this project
  keylint app.py config/ .env              check these paths; the whole project stays the context
  keylint . --status keys.yaml             cross-check every key against an inventory
  keylint . --as-of 2027-01-01             what will be broken by then
  keylint . --output-format sarif -o r.sarif
  keylint --staged                         check what is about to be committed
  keylint . --write-baseline keylint-baseline.jsonl
  keylint identify < key.txt               what is this key, and what is wrong with it?
  keylint keys                             the project's keys, where they are used, and what fails
  keylint trace app/main.py:30             what reaches the call on that line, and from where
  keylint status test                      do all sources of key status answer?
  keylint providers stripe                 what is known of a provider and its keys
  keylint rule KL401                       explain a rule

A path that is named like a command is written ./check.
Exit status: 0 clean, 1 findings, 2 usage, configuration or unreadable input,
3 a status that was demanded could not be had, 70 internal error."""


class _Commands(click.Group):
    """Loads a command's module when the command is called; what is no command's name is a path for `check`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, attribute, _ = _COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in sorted(_COMMANDS.items())])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if ctx.resilient_parsing and not args:  # completion: what comes next can be a command or a path
            return super().parse_args(ctx, args)
        first = args[0] if args else None
        if first is None or (first not in _COMMANDS and first not in ("--help", "-h", "--version")):
            args = ["check", *args]
        elif os.path.exists(first) and (first != "check" or len(args) == 1):
            click.echo(f"keylint: note: running the command {first!r}; for the path write ./{first}", err=True)
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        return [*super().shell_complete(ctx, incomplete), CompletionItem(incomplete, type="file")]


@click.group(
    cls=_Commands, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=False
)
@click.version_option(__version__, prog_name="keylint")
def cli() -> None:
    """Find the API keys in code and config, and the calls that will get "Invalid API Key".

    `keylint [PATHS]…` checks; with no path, the current directory. `keylint check --help` shows all options.
    """


def main() -> None:
    """Run the command line; an error that nobody foresaw ends with status 70 and no data of the scanned files."""
    gc.set_threshold(_COLLECTED_EVERY)
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _stop)
    pasted = [word for argument in sys.argv[1:] for word in _LONG_WORD.findall(argument) if _is_like_a_key(word)]
    if pasted:
        sys.stderr = cast(TextIO, _Masking(sys.stderr, pasted))
    try:
        cli(prog_name="keylint")
    except BrokenPipeError:
        _abandon_output()
        sys.exit(141)  # what a shell shows for a program that SIGPIPE ended
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EDQUOT):
            _internal_error(error)
        _abandon_output()
        _complain(f"error: cannot write the output: {error.strerror}")
        sys.exit(2)
    except Exception as error:  # noqa: BLE001 - the last resort; locals of a traceback could hold a key
        _internal_error(error)


# Trees of syntax are large and hold no cycles: at the default of 700, looking for those takes a third of the time of a parse.
_COLLECTED_EVERY = 50_000
_LONG_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+-]{19,}")
_SHOWN = 6


def _is_like_a_key(word: str) -> bool:
    """Say whether a word is more like a key than like a file's name."""
    digits = sum(map(str.isdigit, word))
    mixed = any(map(str.islower, word)) and any(map(str.isupper, word))
    return digits >= 8 or (mixed and digits >= 2)


class _Masking:
    """Standard error that repeats no key which was pasted where a path or an option belongs."""

    def __init__(self, stream: TextIO, words: Sequence[str]) -> None:
        self._stream = stream
        self._words = sorted(set(words), key=len, reverse=True)

    def write(self, text: str) -> int:
        for word in self._words:
            text = text.replace(word, f"{word[:_SHOWN]}…")
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _stop(number: int, _frame: object) -> NoReturn:
    """End through the context managers, so that no worker process is left behind."""
    sys.exit(128 + number)


def _internal_error(error: Exception) -> NoReturn:
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = f"{os.path.basename(frame.tb_frame.f_code.co_filename)}:{frame.tb_lineno}" if frame else "?"
    _complain(f"internal error: {type(error).__name__} at {where} (keylint {__version__})")
    sys.exit(70)


def _complain(text: str) -> None:
    with contextlib.suppress(OSError, AttributeError):
        click.echo(f"keylint: {text}", err=True)


def _abandon_output() -> None:
    """Send what is still buffered nowhere, so that the interpreter does not stumble over it when it exits."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

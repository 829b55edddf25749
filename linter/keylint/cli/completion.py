"""`keylint completion SHELL`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for SHELL.

    \b
    bash:  echo 'eval "$(keylint completion bash)"' >> ~/.bashrc
    zsh:   echo 'eval "$(keylint completion zsh)"' >> ~/.zshrc
    fish:  keylint completion fish > ~/.config/fish/completions/keylint.fish
    """
    from keylint.cli import cli

    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - the three shells are click's own
    click.echo(kind(cli, {}, "keylint", "_KEYLINT_COMPLETE").source())

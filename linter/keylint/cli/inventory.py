"""`keylint inventory add` and `keylint inventory list`."""

from __future__ import annotations

import json
import os
import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from keylint.cli.discreet import DiscreetGroup, UserError, read_key
from keylint.config import Config

if TYPE_CHECKING:
    from keylint.status.inventory import Entry, Inventory
    from keylint.status.plaintext import LooksLikeKey

_LONG_ENOUGH_TO_HINT = 32
_PREFIX = re.compile(r"[A-Za-z0-9]{1,7}[_.-]")
_LEAST_TO_SEARCH = 8

_ADD_EXAMPLES = """\b
Examples:
  keylint inventory add --file keys.yaml --provider stripe --status active
  pass show old/stripe | keylint inventory add --file keys.yaml --provider stripe \\
      --status rotated --replaced-by "vault: payments/stripe"
  keylint inventory add --file keys.yaml --provider acme --status active \\
      --environment production --expires-at 2027-01-04 < key.txt"""
_LIST_EXAMPLES = """\b
Examples:
  keylint inventory list --file keys.yaml
  keylint inventory list --file keys.yaml --output-format json"""
_EXAMPLES = """\b
Examples:
  keylint inventory add --file keys.yaml --provider stripe --status revoked < old-key.txt
  keylint inventory list --file keys.yaml
  keylint . --status keys.yaml             check a project against it"""


def _time(ctx: click.Context, param: click.Parameter, text: str | None) -> datetime | None:
    from keylint.status.inventory import parse_time

    try:
        return parse_time(text).replace(microsecond=0) if text is not None else None
    except ValueError:
        raise click.BadParameter("not an ISO date or time (2027-01-04, 2027-01-04T12:00:00Z)", ctx, param) from None


def _text(ctx: click.Context, param: click.Parameter, text: str | None) -> str | None:
    from keylint.status.inventory import text_problem

    problem = text_problem(text) if text is not None else None
    if problem is not None:
        raise click.BadParameter(problem, ctx, param)
    return text


def _provider(ctx: click.Context, param: click.Parameter, text: str) -> str:
    from keylint.status.inventory import PROVIDER

    if not PROVIDER.fullmatch(text):
        raise click.BadParameter("an id is made of lower-case letters, digits, `.`, `_` and `-`", ctx, param)
    return text


@click.group(cls=DiscreetGroup, epilog=_EXAMPLES)
def inventory() -> None:
    """Manage an inventory: a YAML file of keys, by fingerprint, with their status.

    It holds no key and can be committed. `keylint . --status FILE` checks a project against it.
    """


@inventory.command(epilog=_ADD_EXAMPLES, short_help="Add a key, or change what is known about it.")
@click.option("--file", "path", required=True, metavar="FILE", help="The inventory; created if it is not there.")
@click.option(
    "--provider", required=True, metavar="ID", callback=_provider, help="Who issued the key: `stripe`, `acme`."
)
@click.option(
    "--status",
    required=True,
    type=click.Choice(["active", "expired", "revoked", "disabled", "rotated", "unknown"]),
    help="What its issuer says about the key.",
)
@click.option("--expires-at", metavar="ISO", callback=_time, help="When the key expires (UTC unless a zone is given).")
@click.option("--replaced-by", metavar="TEXT", callback=_text, help="Where its successor is found; never a key.")
@click.option("--environment", metavar="ENV", callback=_text, help="Where the key is used: `production`, `staging`.")
@click.option("--owner", metavar="TEXT", callback=_text, help="Who answers for the key.")
@click.option("--id", "key_id", metavar="TEXT", callback=_text, help="The key's public identifier at its issuer.")
@click.option("--checked-at", metavar="ISO", callback=_time, help="When the status was looked up.  [default: now]")
def add(path: str, provider: str, status: str, **options: Any) -> None:
    """Add the key that stands on standard input, or change what is known about it.

    On a terminal the key is asked for without being shown; it is never an argument. FILE keeps its comments, and what a
    second `add` does not mention. Prints one line of JSON with the key's `fingerprint`.
    """
    from keylint.status.editing import add as write
    from keylint.status.fingerprint import normalise
    from keylint.status.inventory import Entry, InventoryError, Status

    key = normalise(read_key())
    config = _configuration()
    looks_like_key = _detector(config)
    _refuse_keys(options, key, looks_like_key)
    entry = Entry(
        _fingerprint(key, config),
        provider,
        Status(status),
        environment=options["environment"],
        owner=options["owner"],
        id=options["key_id"],
        hint=_hint(key),
        expires_at=options["expires_at"],
        replaced_by=options["replaced_by"],
        checked_at=options["checked_at"] or datetime.now(UTC).replace(microsecond=0),
    )
    try:
        added = write(path, entry, looks_like_key)
    except InventoryError as error:
        raise UserError(str(error)) from None
    row = {"fingerprint": entry.fingerprint, "provider": provider, "status": status, "file": path, "added": added}
    click.echo(json.dumps(row))


def _configuration() -> Config:
    from keylint.config import ConfigError, load

    try:
        return load(os.getcwd(), None, False, os.environ)
    except ConfigError as error:
        raise UserError(str(error)) from None


def _detector(config: Config) -> LooksLikeKey:
    from keylint.config import user_cache_dir
    from keylint.registry import Registry, RegistryError
    from keylint.status.plaintext import detector

    try:
        return detector(Registry(config.providers, user_cache_dir()).catalogue)
    except RegistryError as error:
        raise UserError(str(error)) from None


def _refuse_keys(options: dict[str, Any], key: str, looks_like_key: LooksLikeKey) -> None:
    from keylint.status.fingerprint import FINGERPRINT
    from keylint.status.plaintext import is_opaque

    for name, option in (
        ("replaced_by", "--replaced-by"), ("environment", "--environment"), ("owner", "--owner"), ("key_id", "--id")
    ):  # fmt: skip
        text = options[name]
        if text is None or FINGERPRINT.fullmatch(text):
            continue
        if text.strip() == key or (len(key) >= _LEAST_TO_SEARCH and key in text):
            raise UserError(f"{option}: this is the key itself; an inventory holds no key")
        if looks_like_key(text) or (name == "replaced_by" and is_opaque(text)):
            raise UserError(f"{option}: this looks like a key; say where it is found or how it is called")


def _fingerprint(key: str, config: Config) -> str:
    from keylint.config import user_config_dir
    from keylint.status.fingerprint import Fingerprinter, PepperError, load_pepper

    try:
        loaded = load_pepper(os.environ, user_config_dir(), config.pepper_file)
    except PepperError as error:
        raise UserError(str(error)) from None
    if not loaded.persistent:
        raise UserError(
            f"there is no pepper, and none can be kept in {user_config_dir()}: set KEYLINT_PEPPER, or no later run will "
            "know these fingerprints"
        )
    if loaded.created is not None:
        click.echo(
            f"keylint: note: created a pepper for key fingerprints: {loaded.created} "
            "(share one with your team and CI through KEYLINT_PEPPER)",
            err=True,
        )
    return Fingerprinter(loaded.pepper).of(key)


def _hint(key: str) -> Any:
    from keylint.status.inventory import Hint

    if len(key) < _LONG_ENOUGH_TO_HINT or "\n" in key:
        return Hint(len(key))
    prefix = _PREFIX.match(key)
    return Hint(len(key), prefix[0] if prefix else None, key[-4:] if key[-4:].isalnum() else None)


@inventory.command("list", epilog=_LIST_EXAMPLES)
@click.option("--file", "path", required=True, metavar="FILE", help="The inventory.")
@click.option(
    "--output-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to write the answer.",
)
def show(path: str, output_format: str) -> None:
    """List the keys of an inventory. No pepper is needed for that."""
    from keylint.status.inventory import InventoryError, load

    try:
        loaded = load(path, None, _detector(_configuration()))
    except InventoryError as error:
        raise UserError(str(error)) from None
    if output_format == "json":
        click.echo(json.dumps(_document(loaded), indent=2))
        return
    rows: list[tuple[str, ...]] = [("PROVIDER", "STATUS", "ENVIRONMENT", "EXPIRES", "OWNER", "HINT", "FINGERPRINT")]
    rows += map(_row, loaded.entries)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        _print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    many = "" if len(loaded.entries) == 1 else "s"
    click.echo(f"{len(loaded.entries):,} key{many}, pepper {loaded.pepper_id or 'unknown'}")


def _print(line: str) -> None:
    """Print a line; what the stream cannot show is written as an escape."""
    encoding = sys.stdout.encoding or "ascii"
    click.echo(line.encode(encoding, "backslashreplace").decode(encoding))


def _row(entry: Entry) -> tuple[str, ...]:
    hint = entry.hint
    return (
        entry.provider,
        entry.status.value,
        entry.environment or "",
        entry.expires_at.date().isoformat() if entry.expires_at is not None else "",
        entry.owner or "",
        f"{hint.prefix or ''}…{hint.last4 or ''}" if hint is not None and (hint.prefix or hint.last4) else "",
        entry.fingerprint.rsplit(":", 1)[1][:8],
    )


def _document(loaded: Inventory) -> dict[str, Any]:
    from keylint.status.editing import as_json

    return {
        "file": loaded.path,
        "pepper_id": loaded.pepper_id,
        "complete_for": [
            {"provider": scope.provider, **({"env": scope.environment} if scope.environment else {})}
            for scope in loaded.complete_for
        ],
        "keys": [as_json(entry) for entry in loaded.entries],
    }

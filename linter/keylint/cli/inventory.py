"""`keylint inventory …`: keys are added, revoked, rotated, imported and listed."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from keylint.cli.discreet import DiscreetGroup, UserError, read_key, read_pair
from keylint.config import Config

if TYPE_CHECKING:
    from keylint.status.fingerprint import Pepper
    from keylint.status.inventory import Entry, Inventory, Status
    from keylint.status.plaintext import LooksLikeKey

_LEAST_TO_SEARCH = 8
_LARGEST_LIST = 16 * 1024 * 1024
_NAMED = 10

_ADD_EXAMPLES = """\b
Examples:
  keylint inventory add --file keys.yaml --provider stripe --status active
  pass show old/stripe | keylint inventory add --file keys.yaml --provider stripe \\
      --status rotated --replaced-by "vault: payments/stripe"
  keylint inventory add --file keys.yaml --provider acme --status active \\
      --environment production --expires-at 2027-01-04 < key.txt
  keylint inventory add --file public.yaml --list-id acme-2026 --provider acme --status revoked < key.txt"""
_REVOKE_EXAMPLES = """\b
Examples:
  keylint inventory revoke --file keys.yaml < key.txt
  keylint inventory revoke --file keys.yaml --revoked-at 2026-11-01 --replaced-by "vault: payments/stripe" < key.txt"""
_ROTATE_EXAMPLES = """\b
Examples:
  keylint inventory rotate --file keys.yaml --grace 7d --replaced-by "vault: payments/stripe" < old-key.txt
  keylint inventory rotate --file keys.yaml --grace-until 2027-01-04 --successor    ask for both keys
  cat old-key.txt new-key.txt | keylint inventory rotate --file keys.yaml --successor"""
_IMPORT_EXAMPLES = """\b
Examples:
  keylint inventory import --file keys.yaml --from csv --input keys.csv
  keylint inventory import --file keys.yaml --from detect-secrets --input .secrets.baseline
  aws iam list-access-keys --user-name ci | keylint inventory import --file keys.yaml --from aws
  gcloud iam service-accounts keys list --iam-account ci@acme.iam.gserviceaccount.com --format json \\
      | keylint inventory import --file keys.yaml --from gcloud"""
_LIST_EXAMPLES = """\b
Examples:
  keylint inventory list --file keys.yaml
  keylint inventory list --file keys.yaml --output-format json"""
_EXAMPLES = """\b
Examples:
  keylint inventory add --file keys.yaml --provider stripe --status revoked < old-key.txt
  keylint inventory rotate --file keys.yaml --grace 7d < old-key.txt
  keylint inventory import --file keys.yaml --from csv --input keys.csv
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


def _provider(ctx: click.Context, param: click.Parameter, text: str | None) -> str | None:
    from keylint.status.inventory import PROVIDER

    if text is not None and not PROVIDER.fullmatch(text):
        raise click.BadParameter("an id is made of lower-case letters, digits, `.`, `_` and `-`", ctx, param)
    return text


def _list_id(ctx: click.Context, param: click.Parameter, text: str | None) -> str | None:
    from keylint.status.fingerprint import PEPPER_ID

    if text is not None and not PEPPER_ID.fullmatch(text):
        raise click.BadParameter("an id is made of letters, digits, `.`, `_` and `-`", ctx, param)
    return text


def _span(ctx: click.Context, param: click.Parameter, text: str | None) -> timedelta | None:
    from keylint.config import duration

    try:
        return duration(text) if text is not None else None
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from None


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
@click.option(
    "--list-id",
    metavar="ID",
    callback=_list_id,
    help="Make a fingerprint without a pepper, for a list with this id that is handed on.",
)
def add(path: str, provider: str, status: str, **options: Any) -> None:
    """Add the key that stands on standard input, or change what is known about it.

    On a terminal the key is asked for without being shown; it is never an argument. FILE keeps its comments, and what a
    second `add` does not mention. Prints one line of JSON with the key's `fingerprint`.
    """
    from keylint.status.editing import add as write
    from keylint.status.fingerprint import ListFingerprinter, normalise
    from keylint.status.inventory import Entry, InventoryError, Status, hint_of

    key = normalise(read_key())
    config = _configuration()
    looks_like_key = _detector(config)
    _refuse_keys({**options, "provider": provider}, key, looks_like_key)
    list_id = options["list_id"]
    entry = Entry(
        ListFingerprinter(list_id).of(key) if list_id is not None else _fingerprinter(config)(key),
        provider,
        Status(status),
        environment=options["environment"],
        owner=options["owner"],
        id=options["key_id"],
        hint=hint_of(key),
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
    from keylint.status.plaintext import may_be_key

    for name, field, option in (
        ("replaced_by", "replaced_by", "--replaced-by"), ("environment", "env", "--environment"),
        ("owner", "owner", "--owner"), ("key_id", "id", "--id"), ("list_id", "", "--list-id"),
        ("provider", "provider", "--provider"),
    ):  # fmt: skip
        text = options.get(name)
        if text is None or FINGERPRINT.fullmatch(text):
            continue
        if text.strip() == key or (len(key) >= _LEAST_TO_SEARCH and key in text):
            raise UserError(f"{option}: this is the key itself; an inventory holds no key")
        if looks_like_key(text) or may_be_key(field, text, options.get("provider")):
            by_hand = "; an id that looks like one has to be written into the file by hand" if field == "id" else ""
            raise UserError(f"{option}: this looks like a key; say where it is found or how it is called{by_hand}")


def _fingerprinter(config: Config) -> Callable[[str], str]:
    """Return what makes fingerprints under the user's pepper."""
    from keylint.status.fingerprint import Fingerprinter

    return Fingerprinter(_pepper(config)).of


def _pepper(config: Config) -> Pepper:
    from keylint.config import user_config_dir
    from keylint.status.fingerprint import PepperError, load_pepper

    try:
        loaded = load_pepper(os.environ, user_config_dir(), config.pepper_file)
    except PepperError as error:
        raise UserError(str(error)) from None
    if not loaded.persistent:
        raise UserError(
            f"there is no pepper, and none can be kept in {user_config_dir() or 'a home directory'}: set KEYLINT_PEPPER, or "
            "no later run will know these fingerprints"
        )
    if loaded.created is not None:
        click.echo(
            f"keylint: note: created a pepper for key fingerprints: {loaded.created} "
            "(share one with your team and CI through KEYLINT_PEPPER)",
            err=True,
        )
    return loaded.pepper


def _peppers(config: Config) -> tuple[Pepper, ...]:
    """Return the user's pepper, and the one that it replaces while inventories of both are about."""
    from keylint.status.fingerprint import PepperError, load_previous

    try:
        previous = load_previous(os.environ, config.previous_pepper_file)
    except PepperError as error:
        raise UserError(str(error)) from None
    return (_pepper(config), *([previous] if previous is not None else []))


@inventory.command(epilog=_REVOKE_EXAMPLES, short_help="Say that a key was revoked.")
@click.option("--file", "path", required=True, metavar="FILE", help="The inventory.")
@click.option("--revoked-at", metavar="ISO", callback=_time, help="When it was revoked.  [default: now]")
@click.option("--replaced-by", metavar="TEXT", callback=_text, help="Where its successor is found; never a key.")
def revoke(path: str, revoked_at: datetime | None, replaced_by: str | None) -> None:
    """Say of the key on standard input, which FILE lists, that it was revoked. Tell its issuer, too: keylint does not.

    Prints one line of JSON with the key's `fingerprint`.
    """
    from keylint.status.fingerprint import normalise
    from keylint.status.inventory import Status

    key, now = normalise(read_key()), _now()
    config = _configuration()
    looks_like_key = _detector(config)
    _refuse_keys({"replaced_by": replaced_by}, key, looks_like_key)
    old = _listed(path, key, config, looks_like_key)
    revoked = _said(old, Status.REVOKED, now, revoked_at=revoked_at or now, replaced_by=replaced_by)
    _write(path, [revoked], looks_like_key)
    click.echo(json.dumps(_row_of(revoked, path)))


@inventory.command(epilog=_ROTATE_EXAMPLES, short_help="Say that a key was replaced by another one.")
@click.option("--file", "path", required=True, metavar="FILE", help="The inventory.")
@click.option("--rotated-at", metavar="ISO", callback=_time, help="When it was replaced.  [default: now]")
@click.option("--grace", metavar="TIME", callback=_span, help="How long the old key still works: 90m, 24h, 7d.")
@click.option("--grace-until", metavar="ISO", callback=_time, help="Until when the old key still works.")
@click.option(
    "--replaced-by",
    metavar="TEXT",
    callback=_text,
    help="Where its successor is found; never a key.  [default: its fp]",
)
@click.option("--successor", is_flag=True, help="Read the new key from the second line, and add it.")
def rotate(path: str, **options: Any) -> None:
    """Say of the key on standard input, which FILE lists, that it was replaced.

    Without a grace period the old key counts as dead. Prints one line of JSON with the key's `fingerprint`.
    """
    from keylint.status.fingerprint import normalise
    from keylint.status.inventory import Entry, Status, hint_of

    if options["grace"] is not None and options["grace_until"] is not None:
        raise UserError("either --grace or --grace-until")
    texts = read_pair() if options["successor"] else (read_key(),)
    key, *successors = map(normalise, texts)
    config, now = _configuration(), _now()
    looks_like_key = _detector(config)
    for each in (key, *successors):
        _refuse_keys({"replaced_by": options["replaced_by"]}, each, looks_like_key)
    old = _listed(path, key, config, looks_like_key)
    at = options["rotated_at"] or now
    fresh = [
        Entry(
            _fingerprints(old, config)(each), old.provider, Status.ACTIVE, old.environment, old.owner,
            hint=hint_of(each), created_at=at, checked_at=now,
        )
        for each in successors
    ]  # fmt: skip
    if any(entry.fingerprint == old.fingerprint for entry in fresh):
        raise UserError("the successor is the same key")
    replaced_by = options["replaced_by"] or next((entry.fingerprint for entry in fresh), None)
    until = at + options["grace"] if options["grace"] is not None else options["grace_until"]
    rotated = _said(old, Status.ROTATED, now, rotated_at=at, grace_until=until, replaced_by=replaced_by)
    _write(path, [rotated, *fresh], looks_like_key)
    click.echo(json.dumps(_row_of(rotated, path) | {"successor": next((e.fingerprint for e in fresh), None)}))


@inventory.command("import", epilog=_IMPORT_EXAMPLES, short_help="Add the keys that another tool lists.")
@click.option("--file", "path", required=True, metavar="FILE", help="The inventory; created if it is not there.")
@click.option(
    "--from",
    "origin",
    required=True,
    type=click.Choice(["csv", "detect-secrets", "aws", "gcloud"]),
    help="What the list comes from.",
)
@click.option("--input", "source", metavar="FILE", help="The file with the list.  [default: standard input]")
@click.option(
    "--provider", metavar="ID", callback=_provider, help="With detect-secrets: who issued keys of no known kind."
)
def import_(path: str, origin: str, source: str | None, provider: str | None) -> None:
    """Add the keys of a list, or change what is known about them. Plain text is hashed and never written.

    `csv`: the fields of an inventory as columns; `key` may stand in place of `fp`. `detect-secrets`: a baseline, whose
    values are looked up in the files that it names. `aws`, `gcloud`: the JSON of `aws iam list-access-keys` and of `gcloud
    iam service-accounts keys list`; keys are known by their ids. Prints one line of JSON with the numbers.
    """
    from keylint.cli.catalogue import load as load_catalogue
    from keylint.cli.importing import READERS, Tools, read_list, refuse_keys

    config = _configuration()
    catalogue = load_catalogue(None, False)
    looks_like_key = _detector(config)
    text = read_list(source, sys.stdin.buffer.read(_LARGEST_LIST + 1) if source is None else None)
    directory = os.path.dirname(os.path.abspath(source)) if source is not None else os.getcwd()
    tools = Tools(_fingerprinter(config), catalogue, looks_like_key, _now(), provider, directory)
    listed = READERS[origin](text, tools)
    refuse_keys(listed.entries, looks_like_key)
    for line in listed.left_out[:_NAMED]:
        click.echo(f"keylint: note: left out: {line}", err=True)
    if len(listed.left_out) > _NAMED:
        click.echo(f"keylint: note: left out: {len(listed.left_out) - _NAMED} more", err=True)
    entries = _known_by_id(path, listed.entries, looks_like_key)
    added = _write(path, entries, looks_like_key) if entries else 0
    counts = {
        "added": added,
        "changed": len({e.fingerprint for e in entries}) - added,
        "left_out": len(listed.left_out),
    }
    click.echo(json.dumps({"file": path, "from": origin, **counts}))


def _known_by_id(path: str, entries: Sequence[Entry], looks_like_key: LooksLikeKey) -> list[Entry]:
    """Return the entries, those with a fingerprint of the id under that of the key, where the inventory has it by now."""
    if not os.path.exists(path):
        return list(entries)
    by_id: dict[tuple[str, str], list[str]] = {}
    for old in _loaded(path, looks_like_key).entries:
        if old.id is not None:
            by_id.setdefault((old.provider, old.id), []).append(old.fingerprint)
    known = {whose: prints[0] for whose, prints in by_id.items() if len(prints) == 1}
    return [replace(e, fingerprint=known.get((e.provider, e.id or ""), e.fingerprint)) for e in entries]


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _said(old: Entry, status: Status, now: datetime, **fields: Any) -> Entry:
    """Return what is new about a key that is listed."""
    from keylint.status.inventory import Entry

    return Entry(old.fingerprint, old.provider, status, checked_at=now, **fields)


def _row_of(entry: Entry, path: str) -> dict[str, object]:
    status = entry.status.value
    return {
        "fingerprint": entry.fingerprint,
        "provider": entry.provider,
        "status": status,
        "file": path,
        "added": False,
    }


def _loaded(path: str, looks_like_key: LooksLikeKey) -> Inventory:
    from keylint.status.inventory import InventoryError, load

    try:
        return load(path, None, looks_like_key)
    except InventoryError as error:
        raise UserError(str(error)) from None


def _write(path: str, entries: Sequence[Entry], looks_like_key: LooksLikeKey) -> int:
    from keylint.status.editing import add_all
    from keylint.status.inventory import InventoryError

    try:
        return add_all(path, entries, looks_like_key)
    except InventoryError as error:
        raise UserError(str(error)) from None


def _listed(path: str, key: str, config: Config, looks_like_key: LooksLikeKey) -> Entry:
    """Return the entry of a key. Raises UserError: there is none."""
    from keylint.status.fingerprint import Fingerprinter, ListFingerprinter

    loaded = _loaded(path, looks_like_key)
    peppers = _peppers(config) if loaded.pepper_id is not None else ()
    makers = [
        *(ListFingerprinter(name).of for name in sorted(loaded.lists())),
        *(Fingerprinter(pepper).of for pepper in peppers),
    ]
    mine = {make(key) for make in makers}
    entry = next((entry for entry in loaded.entries if entry.fingerprint in mine), None)
    if entry is not None:
        return entry
    here = [pepper.id for pepper in peppers]
    if loaded.pepper_id not in (None, *here):
        raise UserError(f"{path}: of pepper {loaded.pepper_id}, and the pepper here is {' and '.join(here)}")
    raise UserError(f"{path}: does not list this key; `keylint inventory add` does that")


def _fingerprints(like: Entry, config: Config) -> Callable[[str], str]:
    """Return what makes fingerprints of the same sort as that of an entry, which was found by one of the peppers here."""
    from keylint.status.fingerprint import SCRYPT, Fingerprinter, ListFingerprinter

    _, algorithm, identity, _ = like.fingerprint.split(":")
    if algorithm == SCRYPT:
        return ListFingerprinter(identity).of
    return Fingerprinter(next(pepper for pepper in _peppers(config) if pepper.id == identity)).of


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
    loaded = _loaded(path, _detector(_configuration()))
    if output_format == "json":
        click.echo(json.dumps(_document(loaded), indent=2))
        return
    rows: list[tuple[str, ...]] = [("PROVIDER", "STATUS", "ENVIRONMENT", "EXPIRES", "OWNER", "HINT", "FINGERPRINT")]
    rows += map(_row, loaded.entries)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        _print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    many = "" if len(loaded.entries) == 1 else "s"
    named = [f"pepper {loaded.pepper_id}"] if loaded.pepper_id is not None else []
    named += [f"list {name}" for name in sorted(loaded.lists())]
    click.echo(f"{len(loaded.entries):,} key{many}, {', '.join(named) or 'pepper unknown'}")


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
    from keylint.model import cut
    from keylint.status.editing import as_json

    return {
        "file": loaded.path,
        "pepper_id": loaded.pepper_id,
        "complete_for": [
            {"provider": scope.provider, **({"env": scope.environment} if scope.environment else {})}
            for scope in loaded.complete_for
        ],
        "keys": [as_json(entry) | ({"id": cut(entry.id or "")} if entry.doubtful else {}) for entry in loaded.entries],
    }

"""`keylint serve`: the reference service of the protocol "keylint-status v1"."""

from __future__ import annotations

import os
import socket
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from keylint.cli.discreet import Discreet, UserError

if TYPE_CHECKING:
    import uvicorn

    from keylint.server.app import Service
    from keylint.status.inventory import Inventory
    from keylint.status.plaintext import LooksLikeKey

_EXAMPLES = """\b
Examples:
  export KEYLINT_SERVE_TOKEN=$(openssl rand -hex 32)
  keylint serve --inventory keys.yaml
  keylint serve --pepper-id p-2026-01 --database status.db --token-file tokens.txt
  keylint serve --host 0.0.0.0 --tls-certificate cert.pem --tls-key key.pem \\
      --database postgresql://keylint@db/keylint --token-file tokens.txt

A line of a token file is `reader sha256:HASH` or `admin sha256:HASH`; HASH is what
`printf %s "$KEYLINT_SERVE_TOKEN" | sha256sum` prints."""
_LOOPBACK = ("127.", "::1", "localhost")
_BACKLOG = 2048
_GRACE_SECONDS = 5


def _pepper_id(ctx: click.Context, param: click.Parameter, text: str | None) -> str | None:
    from keylint.status.fingerprint import PEPPER_ID

    if text is not None and not PEPPER_ID.fullmatch(text):
        raise click.BadParameter("an id is made of letters, digits, `.`, `_` and `-`", ctx, param)
    return text


@click.command(cls=Discreet, epilog=_EXAMPLES, short_help="Serve the status of keys to others.")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="The address to listen at.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8750, show_default=True, help="The port; 0 is any free one."
)
@click.option(
    "--database",
    metavar="DB",
    envvar="KEYLINT_SERVE_DATABASE",
    help="A file, or postgresql://USER@HOST/NAME (also KEYLINT_SERVE_DATABASE).  [default: in your data directory]",
)
@click.option("--token-file", metavar="FILE", help="Who may read and write: hashes of tokens.")
@click.option(
    "--inventory", "inventories", multiple=True, metavar="FILE", help="Take over the entries of an inventory first."
)
@click.option("--pepper-id", metavar="ID", callback=_pepper_id, help="Of which pepper a new database is.")
@click.option("--tls-certificate", metavar="FILE", help="Serve https, with this certificate (PEM).")
@click.option("--tls-key", metavar="FILE", help="The key of the certificate (PEM).")
def serve(host: str, port: int, **options: Any) -> None:
    """Answer questions about keys, asked by fingerprint, over the protocol "keylint-status v1".

    Clients need a bearer token: KEYLINT_SERVE_TOKEN allows to read, KEYLINT_SERVE_ADMIN_TOKEN to write too. The service
    knows no key and no pepper. It stops on SIGTERM and Ctrl-C, when what it is doing is done.
    """
    try:
        import uvicorn  # noqa: F401

        from keylint.server.app import Service
        from keylint.server.store import Store, StoreError
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "keylint":
            raise
        raise UserError("serve needs `pip install 'keylint[serve]'`") from None
    from keylint.server.tokens import TokenError, load_tokens

    if (options["tls_certificate"] is None) != (options["tls_key"] is None):
        raise UserError("--tls-certificate and --tls-key belong together")
    _refuse_password(options["database"])
    looks_like_key = _detector()
    if looks_like_key(options["pepper_id"] or ""):
        raise UserError("--pepper-id: this looks like a key; a service knows the id of a pepper and no secret")
    inventories = _inventories(options["inventories"], looks_like_key)
    try:
        tokens = load_tokens(os.environ, options["token_file"])
        store = Store(options["database"] or _default_database(), _of_pepper(inventories, options["pepper_id"]))
        if inventories:
            store.load(inventories)
    except (TokenError, StoreError) as error:
        raise UserError(str(error)) from None
    try:
        service = Service(store, tokens, looks_like_key)
        server = _server(service, options["tls_certificate"], options["tls_key"])
        entries = service.warm_up()
        listening = _listening(host, port)
        scheme = "https" if options["tls_key"] else "http"
        where = f"{scheme}://{_shown(host)}:{listening.getsockname()[1]}"
        click.echo(f"keylint serve: {where} (entries: {entries:,}, pepper {store.pepper_id})", err=True)
        if scheme == "http" and not host.startswith(_LOOPBACK):
            click.echo(
                "keylint: warning: tokens cross the network in plain text; put TLS in front, or --tls-certificate",
                err=True,
            )
        _run(server, listening)
    finally:
        store.close()


def _refuse_password(database: str | None) -> None:
    from keylint.status.settings import holds_password

    given = click.get_current_context().get_parameter_source("database")
    if given is ParameterSource.COMMANDLINE and holds_password(database or ""):
        raise UserError(
            "--database: the URL holds a password, and others can read the command line: give it in KEYLINT_SERVE_DATABASE, or "
            "leave the password to PGPASSWORD or ~/.pgpass"
        )


def _server(service: Service, certificate: str | None, key: str | None) -> uvicorn.Server:
    import uvicorn

    config = uvicorn.Config(
        service.application(), log_config=None, access_log=False, server_header=False, lifespan="off", ws="none",
        proxy_headers=False, timeout_graceful_shutdown=_GRACE_SECONDS, ssl_certfile=certificate, ssl_keyfile=key,
    )  # fmt: skip
    try:
        config.load()
    except OSError as error:
        raise UserError(f"the certificate or its key cannot be used: {error.strerror or 'not PEM'}") from None
    return uvicorn.Server(config)


def _run(server: uvicorn.Server, listening: socket.socket) -> None:
    import logging

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    try:
        server.run(sockets=[listening])
    except (SystemExit, KeyboardInterrupt):
        # uvicorn raises the signal again that it has just obeyed.
        if not server.should_exit:
            raise


def _detector() -> LooksLikeKey:
    from keylint.cli.catalogue import load
    from keylint.status.plaintext import detector

    return detector(load(None, False))


def _inventories(paths: tuple[str, ...], looks_like_key: LooksLikeKey) -> list[Inventory]:
    from keylint.status.inventory import InventoryError, load

    try:
        return [_without_doubtful_ids(load(path, None, looks_like_key)) for path in paths]
    except InventoryError as error:
        raise UserError(str(error)) from None


def _without_doubtful_ids(inventory: Inventory) -> Inventory:
    """What may be a key is not handed on, and a service has no pepper to find out."""
    doubtful = sum(entry.doubtful for entry in inventory.entries)
    if doubtful:
        ids = "1 id that looks like a key is" if doubtful == 1 else f"{doubtful:,} ids that look like keys are"
        click.echo(f"keylint: note: {inventory.path}: {ids} left out", err=True)
    return replace(inventory, entries=tuple(replace(e, id=None) if e.doubtful else e for e in inventory.entries))


def _of_pepper(inventories: list[Inventory], given: str | None) -> str | None:
    """Return the pepper that all of them are of; `None` if nobody says."""
    ids = {part.pepper_id for part in inventories if part.pepper_id is not None} | ({given} if given else set())
    if len(ids) > 1:
        raise UserError(f"a service is of one pepper, and these are {len(ids)}: {', '.join(sorted(ids))}")
    return ids.pop() if ids else None


def _default_database() -> str:
    from keylint.config import user_data_dir

    directory = user_data_dir()
    if directory is None:
        raise UserError("there is no home directory to keep a database in: say where with --database")
    return str(Path(directory) / "status.db")


def _listening(host: str, port: int) -> socket.socket:
    with ExitStack() as stack:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(
                host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            listening = stack.enter_context(socket.socket(family, kind, protocol))
            if os.name == "posix":
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(_BACKLOG)
        except OSError as error:
            raise UserError(f"cannot listen at {_shown(host)}:{port}: {error.strerror}") from None
        stack.pop_all()
    return listening


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host

"""From paths to a report: the one path, and the only place that knows all rooms."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from keylint import __version__, sources
from keylint.config import Config, quoted
from keylint.engine.project import Project, Setup, problems
from keylint.engine.request import Request, UserError
from keylint.engine.sniffed import SECRETS
from keylint.model import Report, Skipped
from keylint.registry import Registry

if TYPE_CHECKING:
    from keylint.baseline import Ledger
    from keylint.rule import Rule
    from keylint.status import Progress

# A shorter path holds no key.
_LONG_NAME = 20

__all__ = ["Request", "UserError", "check", "request"]


def request(
    paths: Sequence[str], *, as_of: datetime, stdin: bytes | None = None, staged: bool = False, root: str | None = None
) -> Request:
    """Return what to check; `root` is found from the paths unless given."""
    absolute = tuple(os.path.abspath(path) for path in paths or (".",))
    return Request(root or sources.project_root(absolute), absolute, as_of, staged, stdin)


def check(
    request: Request,
    config: Config,
    rules: Sequence[Rule] | None = None,
    progress: Progress | None = None,
    ledger: Ledger | None = None,
) -> Report:
    """Check what `request` asks for, with these rules (default: the installed ones that the configuration selects).

    `progress` is told how many answers of status sources there are, and how many are waited for. `ledger` is the baseline
    to use instead of the one that the configuration names; it knows afterwards what it was used for.

    Raises:
        UserError: the request cannot be carried out (not a repository, an inventory or a baseline that cannot be used).
        RegistryError: a provider file or an installed plugin cannot be used.
    """
    start = time.monotonic()
    registry = Registry(config.providers, config.cache_dir)
    _demand_codes(config, registry)
    asking = identity = None
    if ledger is None and config.baseline is not None:
        from keylint.engine.silencing import ledger_of

        ledger = ledger_of(config, request)
    if config.asks:
        from keylint.engine.asking import Asking
        from keylint.engine.identity import Identity

        identity = Identity(config)
        asking = Asking(config, registry, identity, progress)
    known = asking.known if asking else None
    setup = Setup(
        request.root,
        config.providers,
        config.cache_dir,
        known,
        config.selects(SECRETS, True),
        config.confidence == "low",
        config.detect_secrets_plugins,
        config.detect_secrets_filters,
    )
    own = sources.relative_path(os.path.abspath(ledger.name), request.root) if ledger is not None else None
    exclude = config.exclude if own is None else (*config.exclude, sources.pattern_of(own))
    project = Project(request, exclude, setup, registry)
    project.run()
    _demand_files(request, project)
    left_out = (replace(s, reason="baseline") if s == Skipped(own or "", "excluded") else s for s in project.skipped)
    skipped = [_named(s, registry) for s in (*left_out, *problems(project.facts, project.reported))]
    report = Report(
        version=__version__,
        root=request.root,
        as_of=request.as_of,
        files=project.files,
        bytes=project.bytes,
        duration_s=0.0,
        skipped=tuple(sorted(skipped, key=_by_place)),
        notes=_notes(project, skipped),
    )
    if project.facts or project.secrets or project.with_ignores():
        from keylint.engine.judging import judged

        report = judged(report, request, config, registry, project, asking, identity, rules, ledger)
        report = replace(report, skipped=tuple(sorted((*report.skipped, *project.left_out()), key=_by_place)))
    project.remember()
    if ledger is not None:
        report = _settled(ledger, report, project, config, request, registry if rules is None else None)
    return replace(_discreet(report, project, registry, ledger), duration_s=time.monotonic() - start)


def _settled(
    ledger: Ledger, report: Report, project: Project, config: Config, request: Request, registry: Registry | None
) -> Report:
    """Return the report with what the baseline has to say. `registry`: whose rules ran, where no finding says so."""
    from keylint.engine.findings import selected
    from keylint.engine.silencing import settled

    ran = report.rules or (selected(registry.rules, config) if registry is not None else ())
    settled(ledger, report, frozenset(rule.code for rule in ran), project, config, request)
    return replace(report, notes=(*report.notes, *ledger.notes))


def _discreet(report: Report, project: Project, registry: Registry, ledger: Ledger | None) -> Report:
    """Return the report with no key in the names of files; the ledger's findings, too."""
    written = (entry.path for entry in ledger.named) if ledger is not None else ()
    secrets = (definition.place.path for definition in project.secrets)
    paths = (*project.facts, *secrets, *(skipped.path for skipped in report.skipped), *written)
    named = {path for path in paths if len(path) >= _LONG_NAME}
    if not named:
        return report
    from keylint.engine.keyed_paths import keys_in, without

    keys = keys_in(named, registry.catalogue)
    if keys and ledger is not None:
        ledger.mask(lambda finding: without(keys, finding))
    return without(keys, report) if keys else report


def _demand_codes(config: Config, registry: Registry) -> None:
    """Refuse a selection that selects nothing: a misspelt code would pass for a clean run."""
    written = [*config.select, *config.ignore, *(code for _, codes in config.per_file_ignores for code in codes)]
    for code in written:
        if code != "ALL" and not any(known.startswith(code) for known in registry.codes):
            raise UserError(f"there is no rule {quoted(code)}; `keylint rule --all` lists them")


def _demand_files(request: Request, project: Project) -> None:
    """Refuse a run in which there is nothing to look at; that everything is excluded, or binary, is said instead."""
    if not project.reported and not request.staged and not project.skipped:
        raise UserError(f"no file to check in {', '.join(map(os.path.relpath, request.paths))}")


def _by_place(skipped: Skipped) -> tuple[str, str]:
    return skipped.path, skipped.reason


def _named(skipped: Skipped, registry: Registry) -> Skipped:
    """Return what was skipped with no key in its name: what is no file may be a key that was pasted for one."""
    if not skipped.fatal:
        return skipped
    from keylint.engine.keys import without_keys

    return replace(skipped, path=without_keys(skipped.path, registry.catalogue) or "")


def _notes(project: Project, skipped: Sequence[Skipped]) -> tuple[str, ...]:
    fatal = tuple(f"error: {s.path}: {s.reason}" for s in skipped if s.fatal)
    if project.files or fatal:
        return fatal
    reasons = ", ".join(sorted({s.reason for s in skipped}))
    return (f"nothing to check{f' ({reasons})' if reasons else ''}",)

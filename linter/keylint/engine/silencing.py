"""What is found and not reported: ignore comments, the comments of other tools, baselines. All of it is counted."""

from __future__ import annotations

import os
import re
from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from keylint import sources, suppress
from keylint.config import SECRETS_BASELINE, Config
from keylint.engine.project import Project
from keylint.engine.reading import decode
from keylint.engine.request import Request, UserError
from keylint.model import Channel, Definition, Finding, Report
from keylint.status.fingerprint import normalise

if TYPE_CHECKING:
    from keylint.baseline import Binding, Entry, Ledger
    from keylint.baseline.detectsecrets import SecretsBaseline

_LINE_END = re.compile(r"\r\n|\r|\n")
# What these families say of a key depends on who was asked about it.
_BY_STATUS = ("KL3", "KL4")


@dataclass(frozen=True, slots=True)
class Silenced:
    """What is left of the findings, how many of them each way silenced, and what is to be said."""

    findings: tuple[Finding, ...]
    inline: int
    baseline: int
    detect_secrets: int
    notes: tuple[str, ...]


def silenced(
    findings: Sequence[Finding],
    project: Project,
    config: Config,
    request: Request,
    ledger: Ledger | None,
    codes: frozenset[str],
) -> Silenced:
    """Return what is left of the findings of the rules with these codes.

    Raises:
        UserError: the project's `.secrets.baseline` cannot be used.
    """
    own = suppress.apply(findings, _ignores(project), request.as_of.date())
    left, foreign = suppress.apply_foreign(own.findings, _Lines(project), config.ignore_comments)
    imported = _secrets_baseline(request.root, config, left)
    known = frozenset(id(f) for f in left if imported is not None and _is_known(f, imported))
    # keylint's own comes first, so that an entry of both is no unused one. What detect-secrets knows is not written down again.
    asked = left if ledger is None or not ledger.recording else tuple(f for f in left if id(f) not in known)
    kept = asked if ledger is None else ledger.silence(asked, binding_of)
    remaining = tuple(f for f in kept if id(f) not in known)
    baselined = len(asked) - len(kept)
    return Silenced(
        remaining,
        own.count + foreign,
        baselined,
        len(left) - len(remaining) - baselined,
        (*_unused(own.unused, codes), *_ended(own.ended)),
    )


def _ignores(project: Project) -> list[suppress.Ignore]:
    found: list[suppress.Ignore] = []
    for path in project.with_ignores():
        data = project.data(path)
        if data is not None:
            found += suppress.find(path, decode(data)[0])
    return found


def _unused(ignores: Sequence[suppress.Ignore], codes: frozenset[str]) -> tuple[str, ...]:
    """Name the ignores that silenced nothing; one of a rule that did not run may still be needed."""
    return tuple(
        f"{ignore.path}:{ignore.line}: {ignore.problem or 'unused ignore of ' + ', '.join(ignore.codes)}"
        for ignore in ignores
        if ignore.problem or codes.intersection(ignore.codes)
    )


def _ended(ignores: Sequence[suppress.Ignore]) -> tuple[str, ...]:
    return tuple(
        f"{ignore.path}:{ignore.line}: the ignore of {', '.join(ignore.codes)} ended on {ignore.until}"
        for ignore in ignores
    )


class _Lines:
    """Returns the lines that a finding stands among. Only files with a leak are read for that, each once."""

    def __init__(self, project: Project) -> None:
        self._text = cache(lambda path: decode(project.data(path) or b"")[0])
        self._lines = cache(self._split)

    def __call__(self, finding: Finding) -> Sequence[str]:
        place = finding.place
        definition = _definition_of(finding)
        if definition is not None and definition.channel is Channel.NOTEBOOK_OUTPUT:
            return ()  # an output has no comments
        return self._lines(place.path, place.cell)

    def _split(self, path: str, cell: int | None) -> list[str]:
        text: str = self._text(path)
        if cell is not None:
            from keylint.readers.notebook import cell_source

            text = cell_source(text, cell)
        return _LINE_END.split(text)


def _secrets_baseline(root: str, config: Config, findings: Sequence[Finding]) -> SecretsBaseline | None:
    name = config.detect_secrets_baseline
    if name is None or not any(finding.code.startswith(suppress.LEAKS) for finding in findings):
        return None
    path = os.path.join(root, name)
    if name == SECRETS_BASELINE and not os.path.lexists(path):
        return None  # nobody has said that there is one
    from keylint.baseline import BaselineError
    from keylint.baseline.detectsecrets import load

    try:
        return load(path, os.path.relpath(path))
    except BaselineError as error:
        raise UserError(f"{error} (`detect-secrets-baseline = false` in the configuration does without)") from None


def _is_known(finding: Finding, imported: SecretsBaseline) -> bool:
    return finding.code.startswith(suppress.LEAKS) and imported.holds(finding.place.path, texts_of(finding))


def texts_of(finding: Finding) -> tuple[str, ...]:
    """Return the texts that can be taken for the secret of a finding: the key, and what it stands in."""
    key, definition = _key_of(finding), _definition_of(finding)
    whole = definition.secret.reveal() if definition is not None else None
    texts = (key, whole, whole.strip() if whole is not None else None)
    return tuple(dict.fromkeys(text for text in texts if text))


def _definition_of(finding: Finding) -> Definition | None:
    definitions = finding.key.definitions if finding.key is not None else ()
    return next((d for d in definitions if d.place == finding.place), None)


def _key_of(finding: Finding) -> str | None:
    """Return the key in plain text, without what surrounds it: all its definitions have the same."""
    return normalise(finding.key.definitions[0].judgement.key) if finding.key is not None else None


def binding_of(finding: Finding) -> Binding:
    """Return what a baseline knows a finding by."""
    from keylint.baseline import Binding

    key = _key_of(finding)
    return Binding(finding.code, finding.place.path, key, finding.subject if key is None else "")


def ledger_of(config: Config, request: Request) -> Ledger | None:
    """Return the baseline that the configuration names. Raises UserError."""
    if config.baseline is None:
        return None
    from keylint.baseline import BaselineError, Ledger, load

    name = os.path.relpath(config.baseline)
    try:
        return Ledger(load(config.baseline, name), name, request.as_of.date())
    except BaselineError as error:
        raise UserError(str(error)) from None


def settled(
    ledger: Ledger, report: Report, codes: frozenset[str], project: Project, config: Config, request: Request
) -> None:
    """Tell the ledger what this run has looked at, by the rules with these codes."""
    on_disk = () if request.staged or request.stdin is not None else request.paths
    below = {sources.relative_path(path, request.root) for path in on_disk}
    whole = any(os.path.abspath(path) == request.root for path in on_disk)
    left_out = {skipped.path.rstrip("/") for skipped in report.skipped}

    def covers(entry: Entry) -> bool:
        looked_for = entry.code in codes and config.shows(entry.confidence or "high")
        asked = config.asks or entry.kind is None or not entry.code.startswith(_BY_STATUS)
        if not looked_for or not asked or _is_below(entry.path, left_out):
            return False
        return whole or entry.path in project.reported or _is_below(entry.path, below)

    ledger.settle(covers)


def _is_below(path: str, paths: Container[str]) -> bool:
    """Say whether a path, or a directory that it lies in, is one of `paths`."""
    while path and path not in paths:
        path = path.rpartition("/")[0]
    return bool(path)

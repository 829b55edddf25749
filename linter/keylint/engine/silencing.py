"""What is found and not reported: ignore comments, the comments of other tools, baselines. All of it is counted."""

from __future__ import annotations

import os
import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from keylint import sources, suppress
from keylint.config import SECRETS_BASELINE, Config
from keylint.engine.project import Project
from keylint.engine.reading import decode
from keylint.engine.request import Request, UserError
from keylint.engine.sniffed import SECRETS
from keylint.model import Channel, Confidence, Definition, Finding, Place, Report
from keylint.status.fingerprint import normalise

if TYPE_CHECKING:
    from keylint.baseline import Binding, Entry, Ledger
    from keylint.baseline.detectsecrets import SecretsBaseline
    from keylint.catalogue import Catalogue

_NOTEBOOK = ".ipynb"
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
    catalogue: Catalogue,
) -> Silenced:
    """Return what is left of the findings of the rules with these codes, of those that the configuration wants to hear.

    Raises:
        UserError: the project's `.secrets.baseline` cannot be used.
    """
    shown = [finding for finding in findings if config.shows(finding.confidence)]
    commented = [finding for finding in shown if not is_output(finding)]
    own = suppress.apply(commented, _ignores(project), request.as_of.date(), _secret_of)
    gone = {id(finding) for finding in commented} - {id(finding) for finding in own.findings}
    uncommented = [finding for finding in shown if id(finding) not in gone]
    left, foreign = suppress.apply_foreign(uncommented, _Lines(project), config.ignore_comments)
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
        (
            *_unused(_needless(own.unused, findings, project, config, catalogue), codes),
            *_ended(own.ended),
            *(f"{_at(ignore)}: an ignore is about one secret: another one there is reported" for ignore in own.shared),
        ),
    )


def _ignores(project: Project) -> list[suppress.Ignore]:
    found: list[suppress.Ignore] = []
    for path in project.with_ignores():
        data = project.data(path)
        if data is not None:
            text = decode(data)[0]
            found += _in_cells(path, text) if path.endswith(_NOTEBOOK) else suppress.find(path, text)
    return found


def _in_cells(path: str, text: str) -> Iterator[suppress.Ignore]:
    from keylint.readers.notebook import cells_of, not_python, python_of

    for cell in cells_of(text):
        if cell.kind != "code":
            yield from suppress.find_in_cell(path, cell.number, cell.source, "prose")
            continue
        python = python_of(cell.source)
        yield from suppress.find_in_cell(path, cell.number, python, "python")
        yield from suppress.find_in_cell(path, cell.number, not_python(cell.source, python), "code")


def is_output(finding: Finding) -> bool:
    """Say whether a finding stands in the output of a notebook's cell: its lines are not those of the source."""
    definition = _definition_of(finding) if finding.place.cell is not None else None
    return definition is not None and definition.channel is Channel.NOTEBOOK_OUTPUT


def _needless(
    ignores: Sequence[suppress.Ignore],
    findings: Sequence[Finding],
    project: Project,
    config: Config,
    catalogue: Catalogue,
) -> Sequence[suppress.Ignore]:
    """Return the ignores that silence nothing at any confidence: what is hidden now can be asked for tomorrow."""
    left = suppress.needless(ignores, [(f.code, f.place) for f in findings if not is_output(f)])
    if config.shows(Confidence.LOW):
        return left
    paths = {ignore.path for ignore in left if SECRETS in ignore.codes}
    guesses = [(SECRETS, place) for path in sorted(paths) for place in _guesses(path, project, catalogue)]
    return suppress.needless(left, guesses)


def _guesses(path: str, project: Project, catalogue: Catalogue) -> list[Place]:
    """Return where secrets of no known kind stand in a file, those of low confidence too: a run does not look for these."""
    from keylint.engine.unmarked import is_told
    from keylint.generic.reading import secrets

    text = decode(project.data(path) or b"")[0]
    return [definition.place for definition in secrets(path, text, lambda value: is_told(value, path, catalogue))]


def _unused(ignores: Sequence[suppress.Ignore], codes: frozenset[str]) -> tuple[str, ...]:
    """Name the ignores that silenced nothing; one of a rule that did not run may still be needed."""
    return tuple(
        f"{_at(ignore)}: {ignore.problem or 'unused ignore of ' + ', '.join(ignore.codes)}"
        for ignore in ignores
        if ignore.problem or codes.intersection(ignore.codes)
    )


def _ended(ignores: Sequence[suppress.Ignore]) -> tuple[str, ...]:
    return tuple(
        f"{_at(ignore)}: the ignore of {', '.join(ignore.codes)} ended on {ignore.until}" for ignore in ignores
    )


def _at(ignore: suppress.Ignore) -> str:
    cell = f"cell {ignore.cell}:" if ignore.cell is not None else ""
    return f"{ignore.path}:{cell}{ignore.line}"


class _Lines:
    """Returns the lines that a finding stands among. Only files with a leak are read for that, each once."""

    def __init__(self, project: Project) -> None:
        self._text = cache(lambda path: decode(project.data(path) or b"")[0])
        self._lines = cache(self._split)

    def __call__(self, finding: Finding) -> Sequence[str]:
        place = finding.place
        return () if is_output(finding) else self._lines(place.path, place.cell)  # an output has no comments

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


def _secret_of(finding: Finding) -> tuple[str | None, str]:
    binding = binding_of(finding)
    return binding.key, binding.subject


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

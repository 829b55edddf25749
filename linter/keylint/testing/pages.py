"""The documentation of rules, from their docstrings and examples, and of providers, from their files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from keylint.model import LiveCheck, Provider
from keylint.rule import Example, Rule
from keylint.testing import examples

if TYPE_CHECKING:
    from keylint.catalogue import Catalogue

_GROUPS = {
    "KL1": "hardcoded: a secret where everybody can read it",
    "KL2": "malformed: a value that cannot be a working key",
    "KL3": "stale: a key that was once right",
    "KL4": "runtime: this call",
}
_LANGUAGES = {".py": "python", ".sh": "bash", ".yml": "yaml", ".yaml": "yaml", ".toml": "toml", ".ipynb": "json"}
_SHOWN = 3


def rule_pages(rules: Sequence[Rule]) -> Mapping[str, str]:
    """Return path -> text of the table of codes and of a page per rule, paths relative to the documentation's directory."""
    written = {f"rules/{rule.name}.md": rule_page(rule) for rule in rules}
    return {"codes.md": codes_page(rules), **written}


def provider_pages(catalogue: Catalogue, checks: Mapping[str, Sequence[LiveCheck]]) -> Mapping[str, str]:
    """Return path -> text of the index of providers and of a page per provider; `checks` are their live checks."""
    from keylint.catalogue.docs import provider_page

    providers = sorted(catalogue.providers.values(), key=lambda provider: provider.name.casefold())
    written = {f"providers/{each.id}.md": provider_page(each, catalogue, checks.get(each.id, ())) for each in providers}
    return {"providers/README.md": providers_page(providers, checks), **written}


def kind_pages(catalogue: Catalogue) -> Mapping[str, str]:
    """Return path -> text of the table of all kinds."""
    from keylint.testing.kinds import kinds_page

    return {"kinds.md": kinds_page(catalogue)}


def write(pages: Mapping[str, str], directory: Path) -> Iterator[Path]:
    """Write the pages below `directory`; yield those that changed."""
    for name, text in pages.items():
        path = directory / name
        if not path.is_file() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            yield path


def codes_page(rules: Sequence[Rule]) -> str:
    """Return the table of all codes, a section per hundred."""
    lines = ["# Codes", "", "A code is for ever: it is never given to another rule."]
    for prefix in sorted({rule.code[:3] for rule in rules}):
        lines += ["", f"## {prefix}xx {_GROUPS.get(prefix, '')}".rstrip(), ""]
        lines += ["| code | rule | severity | |", "|---|---|---|---|"]
        for rule in rules:
            if rule.code.startswith(prefix):
                off = "" if rule.default else " (off by default)"
                lines.append(
                    f"| {rule.code} | [{rule.name}](rules/{rule.name}.md) | {rule.severity}{off} | {rule.summary} |"
                )
    return "\n".join(lines) + "\n"


def providers_page(providers: Sequence[Provider], checks: Collection[str]) -> str:
    """Return the table of all providers."""
    kinds = sum(len(provider.kinds) for provider in providers)
    lines = ["# Providers", "", f"{len(providers)} providers, {kinds} kinds of key.", ""]
    lines += ["| provider | kinds of key | environment variables | calls of | live check |", "|---|---|---|---|---|"]
    for provider in providers:
        packages = sorted({sink.call.partition(".")[0] for sink in provider.sinks})
        cells = [[kind.id for kind in provider.kinds], [env.name for env in provider.env], packages]
        live = "yes" if provider.id in checks else ""
        lines.append(f"| [{provider.name}]({provider.id}.md) | {' | '.join((*map(_codes, cells), live))} |")
    return "\n".join(lines) + "\n"


def _codes(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def rule_page(rule: Rule) -> str:
    """Return a rule's page: docstring, then examples with the templates of keys as they are written in the rule."""
    state = "on by default" if rule.default else f"off by default: turn it on with `--select {rule.code}`"
    shown = list(examples(rule))
    bad = [case.example for case in shown if not case.valid][:_SHOWN]
    good = [case.example for case in shown if case.valid][:_SHOWN]
    body = rule.explanation.removeprefix(rule.summary).strip()
    blocks = [f"# {rule.name} ({rule.code})", f"{rule.summary} ({rule.severity}, {state})", body, "## Reported"]
    blocks += [block for example in bad for block in _example(example)]
    blocks += ["## Not reported", *(block for example in good for block in _example(example))]
    blocks.append("`{fake:KIND}` stands for a made-up key of that kind, `!` for what was done to it.")
    return "\n\n".join(blocks) + "\n"


def _example(example: Example) -> Iterator[str]:
    for path, text in example.files.items():
        language = _LANGUAGES.get(PurePosixPath(path).suffix, "text")
        yield f"`{path}`:\n\n```{language}\n{text.rstrip(chr(10))}\n```"
    for template, record in example.status.items():
        yield f"An inventory says of `{template}`: " + ", ".join(f"{k} `{v}`" for k, v in record.items()) + "."
    if example.git:
        day = f" since {example.committed}" if example.committed else ""
        yield f"The files are committed{day}, but for those that `.gitignore` names."
    if example.expect:
        yield "→ " + ", ".join(f"{code} at `{path}:{line}`" for code, path, line in example.expect)

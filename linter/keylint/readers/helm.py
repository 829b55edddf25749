"""Charts of Helm: the values of `values.yaml`, and the variables that templates fill in from them.

A value is bound as `values/PATH`, whatever its chart. Templates are no YAML before they are rendered; they are searched for the
shapes that variables of containers and entries of Secrets have. A name that is computed counts as the text that computes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

import yaml

from keylint.model import EnvBinding, EnvRead, FileFacts, Value
from keylint.readers import variable
from keylint.readers.collect import Collector
from keylint.readers.yaml_tree import Setter, is_null, joined, text, trees

VALUES = re.compile(r"(?:\A|/)(?:values(?:[-._][\w.-]+)?|[\w.-]+[-._]values)\.ya?ml\Z", re.IGNORECASE)
TEMPLATE = re.compile(r"\{\{[^}]*\.Values\b")

_VALUE, _OVERRIDE = 10, 20
_ENV, _ENV_FROM, _DATA = 40, 30, 10
_EXPRESSION = (
    r"[\"']?\{\{-?[ \t]*(?:(?:quote|b64enc|required[ \t]+\"[^\"]*\"|tpl|toString|trim)[ \t]+)*\(?"
    r"\.Values\.(?P<path>[\w.-]+)[^}]*\}\}[\"']?"
)
_NEXT = r"[ \t]*\r?\n[ \t]+"
_ITEM = rf"-[ \t]+name:[ \t]*[\"']?(?P<name>[A-Za-z_]\w*)[\"']?{_NEXT}"
_NAMED = re.compile(rf"{_ITEM}value:[ \t]*{_EXPRESSION}[ \t]*$", re.MULTILINE)
_REFERENCE = re.compile(
    rf"{_ITEM}valueFrom:{_NEXT}(?P<kind>secret|configMap)KeyRef:{_NEXT}"
    rf"(?:name:[ \t]*(?P<of>[^\r\n]+)\r?\n[ \t]+key:[ \t]*(?P<key>[^\r\n]+)"
    rf"|key:[ \t]*(?P<key2>[^\r\n]+)\r?\n[ \t]+name:[ \t]*(?P<of2>[^\r\n]+))"
)
_SOURCE = re.compile(r"(?P<kind>secret|configMap)Ref:[ \t]*\r?\n[ \t]+name:[ \t]*(?P<of>[^\r\n]+)")
_ENTRY = re.compile(rf"^[ \t]+(?P<name>[\w.-]+):[ \t]*{_EXPRESSION}[ \t]*$", re.MULTILINE)
_ALL = re.compile(
    r"env:[ \t]*\r?\n[ \t]*\{\{-?[ \t]*(?:toYaml[ \t]+\.Values\.(?P<path>[\w.-]+)"
    r"|range[^}\r\n]*:=[ \t]*\.Values\.(?P<range>[\w.-]+)"
    r"|(?:with|range)[ \t]+\.Values\.(?P<with>[\w.-]+))"
)
_OBJECT = re.compile(r"^kind:[ \t]*[\"']?(?P<kind>Secret|ConfigMap)\b", re.MULTILINE)
_NAME = re.compile(
    r"^metadata:[ \t]*\r?\n(?:[ \t]+[^\r\n]*\r?\n){0,3}?[ \t]+name:[ \t]*(?P<name>[^\r\n]+)", re.MULTILINE
)
_DOCUMENTS = re.compile(r"^---[^\r\n]*$", re.MULTILINE)
_SPACE = re.compile(r"[\s\"']+|-(?=\}\})|(?<=\{\{)-")
_MOST_CHARACTERS = 200_000


class Values(Setter):
    """Reads the values of a chart."""

    def read(self, events: Iterable[yaml.Event]) -> None:
        """Read all documents of a file."""
        rank = _OVERRIDE if self.collect.environment is not None else _VALUE
        for root in trees(events):
            for node, path, _ in self.nodes(root):
                name, value = text(self.tree.value(node, "name")), self.tree.value(node, "value")
                if name and value is not None and value.scalar is not None:
                    self._bind(name, value.scalar, re.sub(r"\[\d+\]\Z", "", path), rank)
                    continue
                for key, given in self.tree.pairs(node):
                    if given.scalar is not None and not is_null(given) and text(key):
                        self._bind(text(key) or "", given.scalar, path, rank)

    def _bind(self, name: str, scalar: yaml.ScalarEvent, path: str, rank: int) -> None:
        if self.take(name, scalar):
            spelling, label = self.spell(scalar), joined(path, name[:60])
            bound_as = f"values/{label}"
            self.add(variable.literal(self.collect, name, scalar.value, spelling, label, rank=rank, bound_as=bound_as))


def template(facts: FileFacts, collect: Collector) -> FileFacts:
    """Return the facts of a template with the variables that it sets."""
    if len(collect.text) > _MOST_CHARACTERS or TEMPLATE.search(collect.text) is None:
        return facts
    return replace(facts, env=(*facts.env, *_bindings(collect)))


def _bindings(collect: Collector) -> Iterator[EnvBinding]:
    for match in _NAMED.finditer(collect.text):
        yield _binding(collect, match["name"], f"values/{match['path']}", match, _ENV)
    for match in _REFERENCE.finditer(collect.text):
        of, key = match["of"] or match["of2"], match["key"] or match["key2"]
        yield _binding(collect, match["name"], f"{match['kind'].lower()}/{_plain(of)}/{_plain(key)}", match, _ENV)
    for match in _SOURCE.finditer(collect.text):
        yield _binding(collect, "*", f"{match['kind'].lower()}/{_plain(match['of'])}/*", match, _ENV_FROM)
    for match in _ALL.finditer(collect.text):
        path = match["path"] or match["range"] or match["with"]
        yield _binding(collect, "*", f"values/{path}.*", match, _ENV_FROM)
    ends = [m.start() for m in _DOCUMENTS.finditer(collect.text)]
    for start, end in zip([0, *ends], [*ends, len(collect.text)], strict=True):
        kind = _OBJECT.search(collect.text, start, end)
        name = _NAME.search(collect.text, start, end)
        if kind is not None and name is not None:
            for match in _ENTRY.finditer(collect.text, name.end(), end):
                whole = f"{kind['kind'].lower()}/{_plain(name['name'])}/{match['name']}"
                yield _binding(collect, whole, f"values/{match['path']}", match, _DATA)


def _binding(collect: Collector, name: str, source: str, match: re.Match[str], rank: int) -> EnvBinding:
    place = collect.place(match.start(), match.end())
    value: Value = EnvRead(source, place)
    return EnvBinding(name, value, place, collect.channel, collect.environment, rank)


def _plain(written: str) -> str:
    """Return a name without quotes, blanks and what trims them, so that the same expression is the same name."""
    return _SPACE.sub("", written.partition(" #")[0])

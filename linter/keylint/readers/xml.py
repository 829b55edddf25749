"""XML configuration by expat: texts and attributes, each by the path of elements that it stands in.

A document that declares entities is not read: what they stand for can be as long as one likes.
"""

from __future__ import annotations

import re
from dataclasses import replace
from xml.parsers import expat

from keylint.model import Channel, EnvBinding, FileFacts, Role, Workload
from keylint.readers import starts, variable
from keylint.readers import text as plain_text
from keylint.readers.collect import MAX_DEPTH, Collector, spelled
from keylint.readers.interface import Interest
from keylint.readers.offsets import Offsets

_RUN = re.compile(r"(?:\A|/)(?:\.idea/runConfigurations/[^/]+\.xml|\.run/[^/]+\.run\.xml|\.idea/workspace\.xml)\Z")
_OPTION = re.compile(r"<option\s+name=\"(?P<name>SCRIPT_NAME|MODULE_MODE)\"\s+value=\"(?P<value>[^\"]*)\"")
_RANK = 40
_MOST_CHARACTERS = 2_000_000
_TEMPLATE = re.compile(r"\{\{|\{%|<%")
_ATTRIBUTE = re.compile(r"\s+(?P<name>[^\s=<>\"'/]+)\s*=\s*(?:\"(?P<double>[^\"<]*)\"|'(?P<single>[^'<]*)')")
_TOKEN = re.compile(r"&#x[0-9a-fA-F]{1,6};|&#[0-9]{1,7};|&[a-z]+;|\r\n?|[^&\r]+|&")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"', "&apos;": "'"}
# An attribute that names what the element, or its `value`, is.
_NAMES = ("key", "name", "id", "Key", "Name")


class _RefusedError(Exception):
    pass


class _Element:
    __slots__ = ("begin", "leaf", "named", "tag")

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.begin = 0
        self.leaf = True
        self.named: str | None = None


def read(text: str, path: str, interest: Interest, environment: str | None = None) -> FileFacts:
    """Read an XML file; what is called like one and is none is read as text."""
    if not text.lstrip("\ufeff \t\r\n").startswith("<"):
        return plain_text.read(text, path, interest, environment)
    if len(text) > _MOST_CHARACTERS:
        return FileFacts(path, problem="larger than 2 MB: matched as text")
    walk = _Walk(Collector(text, path, interest, Channel.XML, environment))
    try:
        walk.run()
    except expat.ExpatError as error:
        if _TEMPLATE.search(text):
            return plain_text.read(text, path, interest, environment)
        return FileFacts(path, problem=f"line {error.lineno}: not valid XML")
    except _RefusedError as error:
        return FileFacts(path, problem=str(error))
    facts = FileFacts(path, definitions=tuple(walk.collect.definitions))
    return _launched(facts, walk) if _RUN.search(path) is not None else facts


def _launched(facts: FileFacts, walk: _Walk) -> FileFacts:
    """Return the facts of a run configuration of an editor with what it starts."""
    options = {match["name"]: match["value"] for match in _OPTION.finditer(walk.collect.text)}
    script = options.get("SCRIPT_NAME", "").replace("$PROJECT_DIR$/", "")
    runs = (
        starts.started(["python", *(["-m"] if options.get("MODULE_MODE") == "true" else []), script])
        if script
        else None
    )
    env = tuple(replace(binding, workload="run") for binding in walk.env)
    return replace(facts, env=env, workloads=(Workload("run", runs or None),))


class _Walk:
    def __init__(self, collect: Collector) -> None:
        self.collect = collect
        data = collect.text.encode("utf-8", "replace")
        self.data = data
        self.offsets = Offsets(data.decode(), data)
        self.open: list[_Element] = []
        self.env: list[EnvBinding] = []
        self.key: str | None = None
        """The text of a `<key>` that stands in front of its value (property lists)."""
        self.parser = expat.ParserCreate("utf-8")
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CommentHandler = self.comment
        self.parser.EntityDeclHandler = self.refuse
        self.parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def run(self) -> None:
        self.parser.Parse(self.data, True)

    def refuse(self, *_: object) -> None:
        raise _RefusedError("declares entities: matched as text")

    def at(self) -> int:
        return self.offsets.character(self.parser.CurrentByteIndex)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self.open) >= MAX_DEPTH:
            raise _RefusedError(f"nested deeper than {MAX_DEPTH}")
        at = self.at() + 1 + len(tag)
        element = _Element(tag.rpartition(":")[2])
        element.named = next((attributes[name] for name in _NAMES if name in attributes), None)
        if self.open:
            self.open[-1].leaf = False
        self.open.append(element)
        while (match := _ATTRIBUTE.match(self.collect.text, at)) is not None:
            group = "double" if match["double"] is not None else "single"
            given = match["name"].rpartition(":")[2]
            name = element.named if given.lower() == "value" and element.named is not None else given
            self.value(name, *match.span(group), sets=element.tag == "env" and name == element.named)
            at = match.end()
        close = self.collect.text.find(">", at)
        element.begin = close + 1 if close >= 0 else len(self.collect.text)

    def end(self, tag: str) -> None:
        element, stop = self.open[-1], self.at()
        if element.leaf and element.begin < stop:
            start = element.begin
            if self.collect.text.startswith("<![CDATA[", start):
                start, stop = start + 9, max(start + 9, self.collect.text.rfind("]]>", start, stop))
            self.value(element.named or self.key or element.tag, start, stop)
        self.open.pop()
        # In a property list a value goes by the `<key>` in front of it.
        self.key = self.collect.text[element.begin : stop].strip()[:100] if tag == "key" and element.leaf else None

    def comment(self, text: str) -> None:
        start = self.at() + 4
        self.collect.free(start, start + len(text), Role.COMMENT)

    def value(self, name: str, start: int, stop: int, *, sets: bool = False) -> None:
        """Gather a text or an attribute; blanks around a text are layout."""
        written = self.collect.text[start:stop]
        start += len(written) - len(written.lstrip())
        stop = max(start, stop - (len(written) - len(written.rstrip())))
        tokens = [(_meaning(m[0]), *m.span()) for m in _TOKEN.finditer(self.collect.text, start, stop)]
        value = "".join(token[0] for token in tokens)

        def label() -> str:
            tags = [element.tag for element in self.open]
            return ".".join([*(tags if tags[-1] == name else [*tags, name])])[-200:]

        if sets and value and _RUN.search(self.collect.path) is not None:
            spelling = spelled(value, start, stop, tokens)
            binding = variable.literal(self.collect, name, value, spelling, label(), rank=_RANK)
            self.env += [binding] if binding is not None else []
        elif value:
            self.collect.value(name, value, lambda: spelled(value, start, stop, tokens), label)


def _meaning(token: str) -> str:
    if token[0] == "\r":
        return "\n"
    if not token.startswith("&") or len(token) < 4:
        return token
    if token.startswith("&#"):
        code = int(token[3:-1], 16) if token[2] == "x" else int(token[2:-1])
        return chr(code) if code <= 0x10FFFF else token
    return _ENTITIES.get(token, token)

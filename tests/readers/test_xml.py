"""XML: texts and attributes where they stand; entities are never expanded."""

import pytest

from keylint.model import Role
from keylint.readers import read


def test_places_and_names(check):
    check(
        "xml",
        "web.config",
        '<?xml version="1.0"?>\n<configuration>\n  <appSettings>\n    <add key="«Token»" value="«v&amp;w»" />\n'
        "  </appSettings>\n"
        "  <é:apiKey\n    x='«q»'>\n    «text&#x41;»\n  </é:apiKey>\n  <a><![CDATA[«<c>»]]></a><b/>\n</configuration>\n",
        ["Token", "v&w", "q", "textA", "<c>"],
        [
            "configuration.appSettings.add.key", "configuration.appSettings.add.Token", "configuration.apiKey.x",
            "configuration.apiKey", "configuration.a",
        ],
    )  # fmt: skip


def test_values_go_by_what_names_them(words):
    text = '<r><string name="a_key">KEY1</string><dict><key>b_key</key><string>KEY2</string></dict></r>'
    facts = read("xml", text, "a.xml", words)
    assert [(d.secret.reveal(), d.name) for d in facts.definitions] == [
        ("KEY1", "r.string.a_key"), ("KEY2", "r.dict.string.b_key"),
    ]  # fmt: skip


def test_comments(words):
    (found,) = read("xml", "<a><!-- KEY1 --><b/></a>", "a.xml", words).definitions
    assert (found.role, found.place.column) == (Role.COMMENT, 9)


@pytest.mark.parametrize("text", ["a_key = KEY1\n", "<a>{{ b }} KEY1", "\n# KEY1"])
def test_what_is_no_xml_is_read_as_text(words, text):
    facts = read("xml", text, "app.config", words)
    assert [d.secret.reveal() for d in facts.definitions] == ["KEY1"]
    assert facts.problem is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("<a>", "line 1: not valid XML"),
        ('<!DOCTYPE a [<!ENTITY b "KEY1">]><a>&b;</a>', "entities"),
        ('<!DOCTYPE a [<!ENTITY % b SYSTEM "file:///etc/passwd">%b;]><a/>', "entities"),
        ("<a>" * 1_000 + "</a>" * 1_000, "deep"),
        ("<\0", "not valid"),
    ],
)
def test_what_is_not_read(words, text, problem):
    facts = read("xml", text, "a.xml", words)
    assert problem in (facts.problem or "")
    assert facts.definitions == ()

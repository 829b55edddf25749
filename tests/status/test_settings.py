"""One `[[source]]` table: every field is read or refused, and a credential is never written in it."""

import keyring
import pytest

from keylint.status.settings import Settings, SettingsError


def settings(fields, environ=None, directory="/nowhere"):
    return Settings("config.toml: source 1 (x)", fields, str(directory), environ or {})


def test_fields(tmp_path):
    table = settings({"type": "x", "url": "https://a", "hosts": ["b"], "internal": True})
    assert (table.text("url"), table.text("mode", "snapshot"), table.texts("hosts")) == (
        "https://a",
        "snapshot",
        ("b",),
    )
    assert (table.flag("internal"), table.flag("sealed"), table.texts("others")) == (True, False, ())
    table.only("url", "hosts", "internal")


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda table: table.text("absent"), "'absent' is missing"),
        (lambda table: table.text("number"), "'number' is a text"),
        (lambda table: table.text("empty"), "'empty' is a text that is not empty"),
        (lambda table: table.texts("number"), "'number' is a list of texts"),
        (lambda table: table.flag("number"), "'number' is true or false"),
        (lambda table: table.only("number"), "unknown key 'empty'; known keys: number"),
        (lambda table: table.credential("plain"), "env:NAME, file:PATH or keyring:SERVICE/USER"),
        (lambda table: table.credential("unset"), "TOKEN is not set"),
        (lambda table: table.credential("file"), "cannot be read"),
    ],
)
def test_refusals_name_the_table_and_the_field(ask, message):
    fields = {"type": "x", "number": 1, "empty": "", "plain": "a secret", "unset": "env:TOKEN", "file": "file:absent"}
    with pytest.raises(SettingsError, match=r"config\.toml: source 1") as caught:
        ask(settings(fields))
    assert message in str(caught.value)
    assert "a secret" not in str(caught.value)


def test_credentials(tmp_path):
    (tmp_path / "token").write_text("from a file\n")
    table = settings({"a": "env:TOKEN", "b": "file:token"}, {"TOKEN": "from a variable"}, tmp_path)
    assert table.credential("a").reveal() == "from a variable"
    assert table.credential("b").reveal() == "from a file"
    assert table.credential("c") is None
    assert "variable" not in repr(table)
    assert "variable" not in repr(table.credential("a"))


@pytest.mark.parametrize("value", ["", "  ", "two\nlines"])
def test_what_is_no_credential_is_not_sent(value):
    with pytest.raises(SettingsError, match="is no credential"):
        settings({"a": "env:TOKEN"}, {"TOKEN": value}).credential("a")


def test_a_machine_without_a_keyring(monkeypatch):
    def fail(*_):
        raise keyring.errors.NoKeyringError("a secret detail")

    monkeypatch.setattr(keyring, "get_password", fail)
    with pytest.raises(SettingsError, match="cannot be opened") as caught:
        settings({"a": "keyring:keylint/token"}).credential("a")
    assert "detail" not in str(caught.value)

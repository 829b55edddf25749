"""Live checks in provider files: what is read, and what is refused because it is not safe to do."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from keylint.catalogue import CatalogueError, load
from keylint.catalogue.load import installed_checks
from keylint.model import LiveCheck, Reason, Sign

_HEAD = """\
id = "acme"
hosts = ["acme.example"]

[[kind]]
id = "acme-key"
name = "Acme key"
forms = ["'acme_live_' base62{32}"]
pair = "acme-id"

[[kind]]
id = "acme-id"
name = "Acme id"
forms = ["'acme_id_' base62{32}"]
secrecy = "identifier"

[[check]]
"""
_GOOD = {
    "accepts": '["acme-key"]',
    "url": '"https://api.acme.example/me"',
    "headers": '{ Authorization = "Bearer {key}" }',
    "live": "[{ status = 200 }]",
    "side_effects": '"none"',
    "source": '"docs"',
}


def _file(tmp_path: Path, **changes: str | None) -> Path:
    rows = {**_GOOD, **changes}
    path = tmp_path / "acme.toml"
    path.write_text(_HEAD + "".join(f"{key} = {value}\n" for key, value in rows.items() if value is not None))
    return path


def _only(path: Path, monkeypatch: pytest.MonkeyPatch) -> LiveCheck:
    monkeypatch.setattr(sys.modules["keylint.catalogue.load"], "builtin_files", lambda: (path,))
    ((check,),) = installed_checks().values()
    return check


def test_a_short_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check = _only(_file(tmp_path), monkeypatch)
    assert check == LiveCheck(
        "acme",
        ("acme-key",),
        ("https://api.acme.example/me",),
        (Sign(200),),
        headers=(("Authorization", "Bearer {key}"),),
        source="docs",
    )
    assert not check.needs_pair


def test_a_long_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _file(
        tmp_path,
        prefixes='["acme_live_"]',
        method='"POST"',
        url='["https://us.acme.example/{pair}", "https://acme.example/"]',
        headers='{ X-Version = "1" }',
        query='{ a = "b" }',
        basic='["{pair}", "{key}"]',
        form='{ token = "{key}" }',
        expires='"data.ends"',
        live='[{ status = 403, at = "ok", is = true }, { status = 200, at = "id" }]',
        dead='[{ status = 400, at = "e.*.code", is = [1, "x"], reason = "expired" }, { status = 403, at = "m", begins = "N" }]',
    )
    check = _only(path, monkeypatch)
    assert check.urls == ("https://us.acme.example/{pair}", "https://acme.example/")
    assert (check.method, check.prefixes, check.basic) == ("POST", ("acme_live_",), ("{pair}", "{key}"))
    assert (check.query, check.form) == ((("a", "b"),), (("token", "{key}"),))
    assert check.live == (Sign(403, "ok", (True,)), Sign(200, "id"))
    assert check.dead == (Sign(400, "e.*.code", (1, "x"), reason=Reason.EXPIRED), Sign(403, "m", begins="N"))
    assert (check.needs_pair, check.expires) == (True, "data.ends")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"url": None}, "[[check]]: url is missing"),
        ({"accepts": None}, "[[check]]: accepts is missing"),
        ({"live": None}, "[[check]]: live is missing"),
        ({"source": None}, "[[check]]: source is missing"),
        ({"side_effects": None}, "[[check]]: side_effects is missing"),
        ({"side_effects": '"billable"'}, "[[check]]: side_effects is to be one of none"),
        ({"method": '"DELETE"'}, "[[check]]: method is to be one of GET, POST"),
        ({"follow": "true"}, "[[check]]: unknown key follow; known are"),
        ({"accepts": '["acme-token"]'}, "[[check]]: no kind is called acme-token"),
        ({"basic": '["{key}"]'}, "[[check]]: basic is to be a list of user and password"),
        ({"url": '"http://api.acme.example/me"'}, "url: is to begin with https://"),
        ({"url": '"https://api.acme.example:8443/me"'}, "url: is to begin with https://"),
        ({"url": '"https://a@api.acme.example/me"'}, "url: is to begin with https://"),
        ({"url": '"https://{key}.acme.example/me"'}, "url: is to begin with https://"),
        ({"url": '"https://[::1/me"'}, "url: is no URL"),
        ({"url": '"https://evil.example/me"'}, "url: evil.example is none of the provider's hosts"),
        ({"url": '"https://notacme.example/me"'}, "url: notacme.example is none of the provider's hosts"),
        ({"url": '["https://acme.example/", "https://acme.example.evil/"]'}, "url: acme.example.evil is none of"),
        ({"url": "[]"}, "url: is to begin with https://"),
        ({"url": '"https://api.acme.example"'}, "url: is to have a path"),
        ({"url": '"https://api.acme.example/?q={key}"'}, "url: is to have a path, and nothing behind it"),
        ({"url": '"https://api.acme.example/{id}"'}, "url: {id} is neither {key} nor {pair}"),
        ({"headers": '{ X = "{secret}" }'}, "headers: {secret} is neither {key} nor {pair}"),
        ({"headers": "{}"}, "url: {key} stands nowhere"),
        ({"headers": '{ Host = "x", A = "{key}" }'}, "headers: Host cannot be set"),
        ({"headers": '{ "X\\r\\nY" = "{key}" }'}, "cannot be set"),
        ({"json": "'{}'"}, "method: a GET has neither form nor json"),
        ({"method": '"POST"', "json": "'{'"}, "json: is no JSON"),
        ({"method": '"POST"', "json": "'{}'", "form": '{ a = "b" }'}, "json: there is a form already"),
        ({"live": "[]"}, "live: is empty"),
        ({"live": "[{ status = 200 }, { status = 403 }]"}, "live: a bare 403 may be anybody's refusal"),
        ({"live": "[{ status = 429 }]"}, "live: an answer with status 429 says nothing about a key"),
        ({"live": "[{ status = 302 }]"}, "live: an answer with status 302 says nothing about a key"),
        ({"live": '[{ status = 200, is = "x" }]'}, "live: is and begins need at"),
        ({"live": '[{ status = 200, reason = "expired" }]'}, "[[check]]: unknown key live.reason"),
        ({"live": "[{ at = 'ok' }]"}, "[[check]]: live.status is missing"),
        ({"live": "[{ status = 200, at = 'ok', is = [] }]"}, "[[check]]: live.is is to be a string"),
        ({"dead": "[{ status = 403 }]"}, "dead: only 401 refuses a key by itself"),
        ({"dead": "[{ status = 404, at = 'error' }]"}, "dead: only 401 refuses a key by itself"),
        ({"dead": "[{ status = 500, at = 'e', is = 'x' }]"}, "dead: an answer with status 500 says nothing"),
        ({"dead": "[{ status = 401, reason = 'not_found' }]"}, "[[check]]: dead.reason is to be one of invalid"),
    ],
)
def test_what_is_refused(tmp_path: Path, changes: dict[str, str | None], message: str) -> None:
    path = _file(tmp_path, **changes)
    with pytest.raises(CatalogueError) as caught:
        load([path])
    text = str(caught.value)
    assert message in text
    line = int(text.removeprefix(f"{path}:").split(":")[0])
    assert line >= _HEAD.count("\n")


def test_it_is_no_part_of_a_catalogue(tmp_path: Path) -> None:
    catalogue = load([_file(tmp_path)])
    assert "api.acme.example" not in catalogue.to_json()

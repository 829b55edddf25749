"""Inventories in CSV and TOML say what the same inventory in YAML says, and their mistakes have the line."""

import csv
import io
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.catalogue.fake import expand
from keylint.status.editing import add
from keylint.status.interface import Scope
from keylint.status.inventory import Entry, Hint, Inventory, InventoryError, Status, load, parse
from keylint.status.tabletext import parse_csv, parse_toml
from keylint.status.yamltext import YamlTextError


def looks_like_key(text: str) -> bool:
    return re.search("ghp_[A-Za-z0-9]{20,}", text) is not None


def fp(number: int) -> str:
    return f"kl1:hmac-sha256:p-1:{number:064x}"


CSV = f"""\
fp,provider,status,env,owner,hint_length,hint_prefix,endpoints,expires_at,replaced_by
{fp(1)},stripe,rotated,prod,"payments, EU",107,sk_live_,api.stripe.com files.stripe.com,2027-01-04,vault: a/b

"{fp(2)}",acme,active,,,,,,,
"""
TOML = f"""\
keylint_inventory = 1
complete_for = [{{provider = "acme", env = "prod"}}]

[[keys]]  # the old one
fp = "{fp(1)}"
provider = "stripe"
status = "rotated"
env = "prod"
owner = "payments, EU"
endpoints = [
  "api.stripe.com",  # all but files
  "files.stripe.com",
]
expires_at = 2027-01-04
replaced_by = "vault: a/b"
[keys.hint]
length = 107
prefix = 'sk_live_'

[[keys]]
"fp" = "{fp(2)}"
provider = "acme"
status = "active"
"""
ENTRIES = (
    Entry(
        fp(1),
        "stripe",
        Status.ROTATED,
        environment="prod",
        owner="payments, EU",
        hint=Hint(107, "sk_live_"),
        endpoints=("api.stripe.com", "files.stripe.com"),
        expires_at=datetime(2027, 1, 4, tzinfo=UTC),
        replaced_by="vault: a/b",
    ),
    Entry(fp(2), "acme", Status.ACTIVE),
)


def read(text: str, name: str) -> Inventory:
    return parse(text, name, {"p-1"}, looks_like_key)


def refusal(text: str, name: str) -> str:
    with pytest.raises(InventoryError) as caught:
        read(text, name)
    return str(caught.value)


def test_csv_says_what_yaml_would() -> None:
    inventory = read(CSV, "keys.csv")
    assert inventory.entries == ENTRIES
    assert [entry.line for entry in inventory.entries] == [2, 4]
    assert (inventory.pepper_id, inventory.complete_for) == ("p-1", ())


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_of_spreadsheets(delimiter: str) -> None:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerows(csv.reader(io.StringIO(CSV)))
    assert read(written.getvalue(), "KEYS.CSV").entries == ENTRIES


def test_toml_says_what_yaml_would() -> None:
    inventory = read(TOML, "keys.toml")
    assert inventory.entries == ENTRIES
    assert [entry.line for entry in inventory.entries] == [4, 20]
    assert inventory.complete_for == (Scope("acme", "prod"),)


def test_a_file_is_read_by_its_suffix(tmp_path: Path) -> None:
    for name, text in (("a.csv", CSV), ("a.toml", TOML)):
        path = tmp_path / name
        path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
        assert load(path, {"p-1"}, looks_like_key).entries == ENTRIES


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("acme,active", "acme,gone", 4, "key 2: `status`: unknown status"),
        ("acme,active", "acme,active,,,,,,,,,x", 4, "19 cells under 10 names"),
        ("107", "many", 2, "key 1: `hint`: `length` is a number"),
        ("hint_prefix", "hint_middle", 2, "unknown field `middle`"),
        ("owner", "env", 1, "a column is given twice"),
        ("acme,active", 'acme,"active', 4, "not CSV"),
        ("payments, EU", "pay\nments", 2, "control character or a line break"),
        ("payments", "pay\0ments", 2, "U+0000"),
        (fp(2), fp(1), 4, "the same fp as key 1 (line 2)"),
    ],
)
def test_what_is_wrong_in_csv_has_its_line(old: str, new: str, line: int, words: str) -> None:
    message = refusal(CSV.replace(old, new), "keys.csv")
    assert message.startswith(f"keys.csv:{line}: ")
    assert words in message


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('"active"', '"gone"', 23, "key 2: `status`: unknown status"),
        ("107", "-1", 17, "key 1: `hint`: `length` is a number"),
        ('  "files.stripe.com",', '  "",', 12, "key 1: `endpoints`: is empty"),
        ('"fp"', '"fq"', 21, "key 2: unknown field `fq`"),
        ("env = ", "enw = ", 2, "unknown field `enw`"),
        ("= 1\n", "= 2\n", 1, "another version"),
        ("length = 107", "length = ", 17, "not TOML"),
        ('provider = "acme"\nstatus', "status = 1\nstatus", 23, "not TOML"),
        (fp(2), fp(1), 20, "the same fp as key 1 (line 4)"),
        ("length = 107", "length = " + "[" * 20 + "]" * 20, 17, "nested too deep"),
    ],
)
def test_what_is_wrong_in_toml_has_its_line(old: str, new: str, line: int, words: str) -> None:
    message = refusal(TOML.replace(old, new, 1), "keys.toml")
    assert message.startswith(f"keys.toml:{line}: ")
    assert words in message


@pytest.mark.parametrize(("text", "name"), [(CSV, "keys.csv"), (TOML, "keys.toml")])
@pytest.mark.parametrize("place", ["vault: a/b", "prod", "sk_live_"])
def test_a_key_in_plain_text_is_refused(text: str, name: str, place: str) -> None:
    key = expand("{fake:github-classic-pat}")
    message = refusal(text.replace(place, key), name)
    assert "holds a key in plain text" in message
    assert key not in message


def test_a_key_in_a_comment_of_toml_is_refused() -> None:
    assert refusal(f"# {expand('{fake:github-classic-pat}')}\n{TOML}", "keys.toml").startswith(
        "keys.toml:1: holds a key"
    )


@pytest.mark.parametrize("name", ["keys.csv", "keys.toml"])
def test_keys_are_added_to_yaml_only(name: str, tmp_path: Path) -> None:
    with pytest.raises(InventoryError, match="only to an inventory in YAML"):
        add(tmp_path / name, ENTRIES[1], looks_like_key)
    assert not (tmp_path / name).exists()


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for reader in (parse_csv, parse_toml):
        line = 1
        try:
            reader(text)
        except YamlTextError as error:
            line = error.line
        assert 1 <= line <= text.count("\n") + text.count("\r") + 2


@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), min_size=1, max_size=5))
def test_what_a_csv_writer_writes_is_read(owners: list[str]) -> None:
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(["fp", "provider", "status", "owner"])
    writer.writerows([fp(number), "acme", "active", owner] for number, owner in enumerate(owners))
    assert [entry.owner for entry in read(written.getvalue(), "k.csv").entries] == owners

import json
import multiprocessing
import os
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.status import editing
from keylint.status.editing import add
from keylint.status.inventory import Entry, Hint, InventoryError, Status, load

WHEN = datetime(2026, 11, 20, 12, tzinfo=UTC)


def nothing(_text):
    return False


def fp(number=1, pepper="p-1"):
    return f"kl1:hmac-sha256:{pepper}:{number:064x}"


def entry(number=1, status=Status.ACTIVE, provider="acme", **fields):
    return Entry(fp(number), provider, status, checked_at=WHEN, **fields)


def entries(file):
    return load(file, None, nothing).entries


def test_a_new_file_holds_the_entry_and_is_the_users_alone(tmp_path):
    file = tmp_path / "keys.yaml"
    new = entry(hint=Hint(40, "ac_", "9f2c"), owner='Ä "b" #c', expires_at=WHEN)
    assert add(file, new, nothing)
    assert load(file, {"p-1"}, nothing).entries == (new,)
    assert load(file, {"p-1"}, nothing).pepper_id == "p-1"
    assert file.read_text().startswith("keylint_inventory: 1\n")
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["keys.yaml"]


HAND_WRITTEN = f"""\
# Ours. Ask Kim.
keylint_inventory: 1
complete_for:
  - provider: acme   # all of them

keys:
    # the first one
    -   fp: "{fp(1)}"
        provider: acme
        # why it died
        status: revoked   # leaked
        owner:
        hint:
          length: 40

    - {{fp: "{fp(2)}", provider: other, status: active}}   # short

    # the end
"""


def test_appending_leaves_everything_else_as_it_was(tmp_path):
    file = tmp_path / "keys.yaml"
    file.write_text(HAND_WRITTEN)
    file.chmod(0o644)
    old = entries(file)
    assert add(file, entry(3), nothing)
    text = file.read_text()
    added = text.index("    - fp")
    end = text.index("\n    # the end")
    assert text[:added] + text[end:] == HAND_WRITTEN
    assert entries(file) == (*old, entry(3))
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o644


def test_a_second_add_changes_what_it_says_and_keeps_the_rest(tmp_path):
    file = tmp_path / "keys.yaml"
    file.write_text(HAND_WRITTEN)
    one, two = entries(file)
    assert not add(file, entry(1, Status.ACTIVE, owner="kim", hint=Hint(40, "ac_", "9f2c")), nothing)
    assert not add(file, entry(2, Status.ROTATED, provider="other", replaced_by="vault: x"), nothing)
    assert entries(file) == (
        replace(one, status=Status.ACTIVE, owner="kim", hint=Hint(40, "ac_", "9f2c"), checked_at=WHEN),
        replace(two, status=Status.ROTATED, replaced_by="vault: x", checked_at=WHEN),
    )
    text = file.read_text()
    for comment in (
        "# Ours. Ask Kim.",
        "# all of them",
        "# the first one",
        "# why it died",
        "# leaked",
        "# short",
        "# the end",
    ):
        assert comment in text
    before = text
    assert not add(file, entry(1, owner="kim"), nothing)
    assert file.read_text() == before


@pytest.mark.parametrize(
    "text",
    [
        "keylint_inventory: 1\nkeys:\n",
        "keylint_inventory: 1\nkeys:",
        "keylint_inventory: 1\nkeys: []\n",
        "keylint_inventory: 1\nkeys: [] # none yet\n",
        "keylint_inventory: 1\nkeys: null\n# end\n",
        "keys:\nkeylint_inventory: 1\n",
        "keys: [\n]\nkeylint_inventory: 1\n",
        "---\nkeylint_inventory: 1\nkeys:\n...\n",
        f'keylint_inventory: 1\nkeys:\n- fp: "{fp(9)}"\n  provider: a\n  status: active',
        f'keylint_inventory: 1\nkeys:\n- fp: "{fp(9)}"\n  provider: a\n  status: active\npepper_id: p-1\n',
        f'keylint_inventory: 1\nkeys:\n-\n  fp: "{fp(9)}"\n  provider: a\n  status: active\n',
        f'keylint_inventory: 1\nkeys:\n- fp: "{fp(9)}"\n  status: active\n  provider: >-\n    a\n\n\npepper_id: p-1\n',
        f'keylint_inventory: 1\nkeys:\n- fp: "{fp(9)}"\n  provider: a\n  status: active\n  owner: |-\n    me',
        f'keylint_inventory: 1\nkeys:\n- fp: "{fp(9)}"\n  provider: a\n  status: active\n  owner: "two\n    lines"\n',
        f'keylint_inventory: 1\nkeys:\n- fp: "{fp(9)}"\n  provider: a\n  status: active\n  owner:\n',
        f'keylint_inventory: 1\nkeys:\n- fp: "{fp(9)}"\n  provider: a\n  status: active\n  hint:\n    length: 1\n',
        f'keylint_inventory: 1\nkeys: [{{fp: "{fp(9)}", provider: a, status: active}}]\n',
        json.dumps({"keylint_inventory": 1, "keys": [{"fp": fp(9), "provider": "a", "status": "active"}]}),
        json.dumps({"keylint_inventory": 1, "keys": [{"fp": fp(9), "provider": "a", "status": "active"}]}, indent=2),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_layouts(text, newline, mark, tmp_path):
    file = tmp_path / "keys.yaml"
    file.write_bytes(mark + text.replace("\n", newline).encode())
    old = entries(file)
    full = entry(
        3, hint=Hint(40, "ac_", "9f2c"), owner="kim", environment="prod", id="x: y", replaced_by=fp(4), expires_at=WHEN
    )
    assert add(file, full, nothing)
    assert add(file, entry(4), nothing)
    change = {"owner": "lee", "hint": Hint(9, None, "beef"), "environment": "null", "id": "it's"}
    for known in old:
        assert not add(file, entry(9, Status.REVOKED, **change), nothing)
        old = (replace(known, provider="acme", status=Status.REVOKED, checked_at=WHEN, **change),)
    assert not add(file, replace(full, status=Status.DISABLED), nothing)
    assert entries(file) == (*old, replace(full, status=Status.DISABLED), entry(4))
    data = file.read_bytes()
    assert data.startswith(mark)
    assert data.count(b"\xef\xbb\xbf") == len(mark) // 3
    if newline == "\r\n":
        assert data.count(b"\n") == data.count(b"\r\n")
    if text.startswith("{"):
        json.loads(data.decode("utf-8-sig"))


texts = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=20)


@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.sampled_from(Status), texts | st.none(), texts | st.none()),
        min_size=1,
        max_size=6,
    )
)
def test_a_sequence_of_adds_is_what_it_says(tmp_path_factory, steps):
    file = tmp_path_factory.mktemp("adds") / "keys.yaml"
    expected = {}
    for number, status, owner, replaced_by in steps:
        new = entry(number, status, owner=owner, replaced_by=replaced_by)
        assert add(file, new, nothing) is (number not in expected)
        old = expected.get(number, new)
        expected[number] = replace(new, owner=owner or old.owner, replaced_by=replaced_by or old.replaced_by)
    assert entries(file) == tuple(expected.values())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("keylint_inventory: 1\nkyes: []\n", "unknown field `kyes`"),
        ("not an inventory\n", "a list of `field: value`"),
        ("keylint_inventory: 1\npepper_id: p-2\nkeys: []\n", "made with pepper p-2, and the pepper here is p-1"),
        ("", "is empty"),
    ],
)
def test_a_bad_file_stays_as_it_is(text, message, tmp_path):
    file = tmp_path / "keys.yaml"
    file.write_text(text)
    with pytest.raises(InventoryError, match=message):
        add(file, entry(), nothing)
    assert file.read_text() == text
    assert os.listdir(tmp_path) == ["keys.yaml"]


def test_a_layout_that_cannot_be_added_to_stays_as_it_is(tmp_path):
    file = tmp_path / "keys.yaml"
    text = "keylint_inventory: 1\nkeys:\n  []\n"
    file.write_text(text)
    try:
        add(file, entry(), nothing)
    except InventoryError as error:
        assert "layout" in str(error)  # noqa: PT017
        assert file.read_text() == text
    else:
        assert entries(file) == (entry(),)


def test_a_key_in_plain_text_is_never_written(tmp_path):
    file = tmp_path / "keys.yaml"
    with pytest.raises(InventoryError, match="holds a key in plain text"):
        add(file, entry(owner="acme_0123456789"), lambda text: "acme_" in text)
    assert not file.exists()


def test_no_place_to_write(tmp_path):
    with pytest.raises(InventoryError, match="cannot be written: No such file or directory"):
        add(tmp_path / "absent" / "keys.yaml", entry(), nothing)
    with pytest.raises(InventoryError, match="not a regular file"):
        add(tmp_path, entry(), nothing)


@pytest.mark.skipif(os.name != "posix", reason="needs symbolic links")
def test_a_link_is_followed_and_stays(tmp_path):
    (tmp_path / "real").mkdir()
    link = tmp_path / "keys.yaml"
    link.symlink_to(tmp_path / "real" / "keys.yaml")
    add(link, entry(1), nothing)
    add(link, entry(2), nothing)
    assert link.is_symlink()
    assert len(entries(tmp_path / "real" / "keys.yaml")) == 2


def test_a_lock_lasts_as_long_as_its_process(tmp_path, monkeypatch):
    monkeypatch.setattr(editing, "_LOCK_SECONDS", 0.05)
    file = tmp_path / "keys.yaml"
    lines = [
        "import pathlib, sys", "from keylint.status.editing import _locked",
        "with _locked(pathlib.Path(sys.argv[1]), 'x'): print('held', flush=True); sys.stdin.read()",
    ]  # fmt: skip
    holder = subprocess.Popen(
        [sys.executable, "-c", "\n".join(lines), str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(InventoryError, match=r"keys.yaml: another keylint is writing it"):
            add(file, entry(), nothing)
    finally:
        holder.kill()
        holder.communicate()
    assert os.listdir(tmp_path) == [".keys.yaml.lock"]
    assert add(file, entry(), nothing)
    assert os.listdir(tmp_path) == ["keys.yaml"]


def _add_many(file, numbers):
    for number in numbers:
        add(file, entry(number), nothing)


def test_processes_that_add_at_once_lose_nothing(tmp_path):
    file = tmp_path / "keys.yaml"
    context = multiprocessing.get_context("fork" if os.name == "posix" else "spawn")
    workers = [context.Process(target=_add_many, args=(file, range(i, 24, 3))) for i in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert {e.fingerprint for e in entries(file)} == {fp(number) for number in range(24)}
    assert os.listdir(tmp_path) == ["keys.yaml"]


STYLES = [
    "keylint_inventory: 1\nkeys:\n",
    HAND_WRITTEN,
    f"keylint_inventory: 1\nkeys: [{{fp: '{fp(1)}', provider: acme, status: active}}]\n",
    f"keylint_inventory: 1\nkeys:\n- fp: '{fp(1)}'\n  provider: acme\n  status: active",
]


@given(
    st.sampled_from(STYLES),
    st.lists(
        st.builds(entry, st.integers(1, 6), st.sampled_from(Status), owner=st.sampled_from([None, "me"])), max_size=6
    ),
)
def test_many_at_once_are_as_many_one_by_one(tmp_path_factory, text, new):
    at_once, one_by_one = (tmp_path_factory.mktemp("many") / "keys.yaml" for _ in range(2))
    for file in (at_once, one_by_one):
        file.write_text(text)
    added = editing.add_all(at_once, new, nothing)
    assert added == sum(add(one_by_one, each, nothing) for each in new)
    assert set(entries(at_once)) == set(entries(one_by_one))
    assert at_once.read_text().count("#") == text.count("#")


def test_keys_of_several_peppers_are_refused(tmp_path):
    mixed = [entry(1), replace(entry(2), fingerprint=fp(2, "p-2"))]
    with pytest.raises(InventoryError, match="of one pepper"):
        editing.add_all(tmp_path / "keys.yaml", mixed, nothing)
    assert not (tmp_path / "keys.yaml").exists()

import base64
import hashlib
import hmac
import json
import multiprocessing
import os
import stat
from pathlib import Path

import keyring
import keyring.backend
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.status.fingerprint import (
    FINGERPRINT,
    SURROUNDING,
    Fingerprinter,
    ListFingerprinter,
    Pepper,
    PepperError,
    load_pepper,
    load_previous,
)

RAW = bytes(range(32))
TEXT = "a pepper that is a sentence, long enough"
posix_user = pytest.mark.skipif(os.name != "posix", reason="modes and owners are POSIX")


def private(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    path.chmod(0o600)
    return path


def test_the_fingerprint_is_the_documented_hmac():
    expected = hmac.digest(RAW, b"keylint/v1\0" + "schlüssel".encode(), "sha256").hex()
    assert Fingerprinter(Pepper("p-1", RAW)).of("schlüssel") == f"kl1:hmac-sha256:p-1:{expected}"


@given(st.text(min_size=1), st.text(alphabet=SURROUNDING), st.text(alphabet=SURROUNDING))
def test_what_surrounds_a_value_does_not_count(value, before, after):
    printer = Fingerprinter(Pepper("p-1", RAW))
    print_ = printer.of(value)
    assert FINGERPRINT.fullmatch(print_)
    assert printer.of(before + value + after) == print_


@given(st.text(alphabet=st.characters(blacklist_characters=SURROUNDING), min_size=1, max_size=50))
def test_case_and_pepper_count(value):
    printer = Fingerprinter(Pepper("p-1", RAW))
    assert printer.of(value) != printer.of(value + "x")
    assert printer.of(value) != Fingerprinter(Pepper("p-1", RAW[::-1])).of(value)
    if value.swapcase() != value:
        assert printer.of(value.swapcase()) != printer.of(value)


def test_a_lone_surrogate_is_a_value_like_any_other():
    printer = Fingerprinter(Pepper("p-1", RAW))
    assert printer.of("\udc80") != printer.of("\udc81")


def test_a_pepper_is_not_shown():
    pepper = Pepper("p-1", b"q" * 32)
    assert "p-1" in repr(pepper)
    assert "qqq" not in repr(pepper) + str(pepper) + f"{pepper}"


@pytest.mark.parametrize(
    "text",
    [
        RAW.hex(),
        RAW.hex().upper(),
        base64.b64encode(RAW).decode(),
        base64.urlsafe_b64encode(RAW).decode().rstrip("="),
        f"  {RAW.hex()}\n",
    ],
)
def test_one_pepper_in_several_spellings(text, tmp_path):
    loaded = load_pepper({"KEYLINT_PEPPER": text}, tmp_path)
    assert loaded.pepper.key == RAW
    assert (loaded.created, loaded.persistent) == (None, True)
    assert loaded.pepper.id == load_pepper({"KEYLINT_PEPPER": RAW.hex()}, tmp_path).pepper.id


@pytest.mark.parametrize("text", [TEXT, "x" * 32, "0123456789abcdef" * 2, "ä" * 16])
def test_any_other_text_is_its_own_bytes(text, tmp_path):
    assert load_pepper({"KEYLINT_PEPPER": text}, tmp_path).pepper.key == text.encode()


@pytest.mark.parametrize("text", ["short", "x" * 31, RAW[:10].hex()])
def test_a_short_pepper_is_refused_and_not_shown(text, tmp_path):
    with pytest.raises(PepperError, match="at least 32 bytes") as caught:
        load_pepper({"KEYLINT_PEPPER": text}, tmp_path)
    assert text not in str(caught.value)


def test_the_id_is_given_or_derived_from_the_pepper(tmp_path):
    environ = {"KEYLINT_PEPPER": TEXT, "KEYLINT_PEPPER_ID": "p-2026-01"}
    assert load_pepper(environ, tmp_path).pepper.id == "p-2026-01"
    derived = load_pepper({"KEYLINT_PEPPER": TEXT}, tmp_path).pepper.id
    assert derived.startswith("p-")
    assert derived != load_pepper({"KEYLINT_PEPPER": TEXT + "!"}, tmp_path).pepper.id


@pytest.mark.parametrize("given_id", ["a:b", "a b", "-x", "x" * 65, "ü"])
def test_a_bad_id_is_refused(given_id, tmp_path):
    with pytest.raises(PepperError, match="id of a pepper"):
        load_pepper({"KEYLINT_PEPPER": TEXT, "KEYLINT_PEPPER_ID": given_id}, tmp_path)


def test_the_order_of_places(tmp_path):
    config = tmp_path / "config"
    own = load_pepper({}, config).pepper
    configured = private(tmp_path / "configured", "c" * 32)
    named = private(tmp_path / "named", json.dumps({"id": "named", "pepper": "n" * 32}))
    everything = {"KEYLINT_PEPPER": "e" * 32, "KEYLINT_PEPPER_FILE": str(named)}
    assert load_pepper(everything, config, configured).pepper.key == b"e" * 32
    assert load_pepper({**everything, "KEYLINT_PEPPER": ""}, config, configured).pepper == Pepper("named", b"n" * 32)
    assert load_pepper({}, config, configured).pepper.key == b"c" * 32
    assert load_pepper({}, config).pepper == own


def test_a_mounted_secret_may_be_readable_by_all_and_a_link(tmp_path):
    mounted = tmp_path / "mounted"
    mounted.write_text(TEXT)
    mounted.chmod(0o444)
    (tmp_path / "link").symlink_to(mounted)
    loaded = load_pepper({"KEYLINT_PEPPER_FILE": str(tmp_path / "link"), "KEYLINT_PEPPER_ID": "m"}, tmp_path)
    assert loaded.pepper == Pepper("m", TEXT.encode())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff" * 40, "not UTF-8"),
        (b"{", "not a JSON object"),
        (b"[" * 100_000, "larger than"),
        (b'{"a":' * 10_000, "not a JSON object"),
        (b'{"id": "x"}', "not a JSON object"),
        (b'{"id": 1, "pepper": "' + b"x" * 32 + b'"}', "are strings"),
        (b'{"id": "x", "pepper": "short"}', "at least 32 bytes"),
        (b"", "at least 32 bytes"),
    ],
)
def test_a_damaged_file_is_refused(content, message, tmp_path):
    file = tmp_path / "pepper.txt"
    file.write_bytes(content)
    with pytest.raises(PepperError, match=message) as caught:
        load_pepper({"KEYLINT_PEPPER_FILE": str(file)}, tmp_path)
    assert str(file) in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(PepperError, match=r"KEYLINT_PEPPER_FILE: .*absent: cannot be read"):
        load_pepper({"KEYLINT_PEPPER_FILE": str(tmp_path / "absent")}, tmp_path)


def test_the_first_run_creates_a_pepper_and_the_next_finds_it(tmp_path):
    config = tmp_path / "new" / "keylint"
    first = load_pepper({}, config)
    assert first.created == config / "pepper"
    assert first.persistent
    assert len(first.pepper.key) == 32
    second = load_pepper({}, config)
    assert second.pepper == first.pepper
    assert second.created is None
    assert [path.name for path in config.iterdir()] == ["pepper"]
    stored = json.loads((config / "pepper").read_text())
    assert stored.keys() == {"id", "pepper"}
    # What one machine created, another can be given.
    assert load_pepper({"KEYLINT_PEPPER": stored["pepper"]}, tmp_path).pepper == first.pepper


@posix_user
def test_the_created_pepper_is_the_users_alone(tmp_path):
    load_pepper({}, tmp_path / "keylint")
    assert stat.S_IMODE((tmp_path / "keylint").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "keylint" / "pepper").stat().st_mode) == 0o600


@posix_user
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
def test_an_open_pepper_is_refused(mode, tmp_path):
    load_pepper({}, tmp_path)
    (tmp_path / "pepper").chmod(mode)
    with pytest.raises(PepperError, match="other users"):
        load_pepper({}, tmp_path)


@posix_user
def test_a_foreign_pepper_is_refused(tmp_path, monkeypatch):
    load_pepper({}, tmp_path)
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(PepperError, match="belongs to another user"):
        load_pepper({}, tmp_path)


@posix_user
def test_a_link_or_a_directory_is_no_pepper(tmp_path):
    target = private(tmp_path / "elsewhere", TEXT)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "pepper").symlink_to(target)
    with pytest.raises(PepperError, match="symbolic link"):
        load_pepper({}, tmp_path / "a")
    (tmp_path / "b" / "pepper").mkdir(parents=True)
    with pytest.raises(PepperError, match="not a regular file"):
        load_pepper({}, tmp_path / "b")


@posix_user
def test_a_pipe_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pepper", 0o600)
    with pytest.raises(PepperError, match="not a regular file"):
        load_pepper({}, tmp_path)


def test_a_damaged_own_pepper_is_not_silently_replaced(tmp_path):
    private(tmp_path / "pepper", "{")
    with pytest.raises(PepperError, match="not a JSON object"):
        load_pepper({}, tmp_path)
    assert (tmp_path / "pepper").read_text() == "{"


def test_without_a_place_to_keep_it_the_pepper_lasts_for_this_run(tmp_path):
    (tmp_path / "file").write_text("")
    first = load_pepper({}, tmp_path / "file" / "keylint")
    assert (first.created, first.persistent) == (None, False)
    assert first.pepper != load_pepper({}, tmp_path / "file" / "keylint").pepper


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_home_is_no_error(tmp_path):
    tmp_path.chmod(0o500)
    try:
        assert not load_pepper({}, tmp_path / "keylint").persistent
    finally:
        tmp_path.chmod(0o700)


def test_without_a_directory_it_is_kept_nowhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert not load_pepper({}, None).persistent
    assert list(tmp_path.iterdir()) == []


def _load_many(directory, barrier, queue):
    barrier.wait()
    loaded = load_pepper({}, directory)
    queue.put((loaded.pepper.key, loaded.created is not None))


def test_processes_that_race_end_up_with_one_pepper(tmp_path):
    context = multiprocessing.get_context("fork" if os.name == "posix" else "spawn")
    for turn in range(5):
        barrier, queue = context.Barrier(4), context.SimpleQueue()
        arguments = (tmp_path / str(turn), barrier, queue)
        workers = [context.Process(target=_load_many, args=arguments) for _ in range(4)]
        for worker in workers:
            worker.start()
        results = [queue.get() for _ in workers]
        for worker in workers:
            worker.join()
        assert len({key for key, _ in results}) == 1
        assert sum(created for _, created in results) == 1


def test_a_list_without_a_pepper_has_slow_fingerprints():
    expected = hashlib.scrypt(b"value", salt=b"keylint/v1\0list-1", n=2**14, r=8, p=1, dklen=32).hex()
    made = ListFingerprinter("list-1").of("  'value' ")
    assert made == f"kl1:scrypt:list-1:{expected}"
    assert FINGERPRINT.fullmatch(made)
    assert ListFingerprinter("list-2").of("value") != made.replace("list-1", "list-2")


def test_the_pepper_before_is_named_like_the_other_one(tmp_path):
    assert load_previous({}) is None
    assert load_previous({"KEYLINT_PREVIOUS_PEPPER": TEXT, "KEYLINT_PREVIOUS_PEPPER_ID": "old"}).id == "old"
    file = private(tmp_path / "old", TEXT)
    assert load_previous({"KEYLINT_PREVIOUS_PEPPER_FILE": str(file)}) == load_previous({}, file)
    with pytest.raises(PepperError, match="KEYLINT_PREVIOUS_PEPPER"):
        load_previous({"KEYLINT_PREVIOUS_PEPPER": "short"})


class _Keyring(keyring.backend.KeyringBackend):
    priority = 1

    def get_password(self, service, username):
        return TEXT if (service, username) == ("keylint", "team") else None

    def set_password(self, service, username, password):
        raise NotImplementedError

    def delete_password(self, service, username):
        raise NotImplementedError


@pytest.fixture
def ring():
    before = keyring.get_keyring()
    keyring.set_keyring(_Keyring())
    yield
    keyring.set_keyring(before)


@pytest.mark.usefixtures("ring")
def test_the_pepper_may_be_in_the_keyring(tmp_path):
    assert load_pepper({}, tmp_path, "keyring:keylint/team").pepper.key == TEXT.encode()


@pytest.mark.usefixtures("ring")
@pytest.mark.parametrize(("entry", "message"), [("keylint/other", "no entry for"), ("keylint", "SERVICE/USER")])
def test_an_entry_that_is_not_there_is_named(entry, message, tmp_path):
    with pytest.raises(PepperError, match=message):
        load_pepper({}, tmp_path, f"keyring:{entry}")

import base64
from datetime import UTC, datetime
from random import Random

import pytest

from keylint.catalogue.structures import DECODERS
from keylint.catalogue.structures.armour import _crc24


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("PRIVATE KEY-----\n", "RSA PRIVATE KEY-----\n", "BEGIN says RSA PRIVATE KEY, END says PRIVATE KEY"),
        ("-----END PRIVATE KEY-----", "", "the END line is missing"),
    ],
)
def test_armour(old: str, new: str, fault: str) -> None:
    text = DECODERS["pem"].make(Random(1), {})
    assert DECODERS["pem"].read(text.replace(old, new, 1)).fault == fault


def test_pem_says_its_own_length() -> None:
    text = DECODERS["pem"].make(Random(1), {})
    begin, body, end = text.split("\n")
    assert DECODERS["pem"].read("\n".join((begin, body[:-4], end))).fault == "45 bytes inside, its own length says 48"
    assert DECODERS["pem"].read("\\n".join((begin, body, end))).fault == ""
    assert DECODERS["pem"].read(" ".join((begin, body, end))).fault == ""


def test_openssh_check_numbers() -> None:
    text = DECODERS["openssh"].make(Random(1), {})
    begin, *lines, end = text.split("\n")
    data = bytearray(base64.b64decode("".join(lines)))
    data[-100] ^= 0
    at = data.index(b"ssh-ed25519", 60) - 8
    data[at] ^= 1
    edited = "\n".join((begin, base64.b64encode(bytes(data)).decode(), end))
    assert DECODERS["openssh"].read(edited).fault == "the two check numbers inside differ"


def test_crc24() -> None:
    assert _crc24(b"123456789") == 0x21CF02


PGP = DECODERS["pgp"].make(Random(1), {"issued": datetime(2020, 1, 2, tzinfo=UTC)})
LINES = PGP.split("\n")


@pytest.mark.parametrize(
    ("text", "fault", "truncated"),
    [
        (PGP, "", False),
        ("\\n".join(LINES), "", False),
        ("\n".join((LINES[0], "Version: GnuPG v2", "Comment: a", *LINES[1:])), "", False),
        ("\\n".join((LINES[0], "Version: GnuPG v2", "Comment: a", *LINES[1:])), "", False),
        ("\n".join((*LINES[:-2], LINES[-1])), "", False),
        ("\n".join(LINES[:-1]), "the END line is missing", True),
        (
            "\n".join((*LINES[:3], *LINES[4:])),
            "the checksum behind the body does not hold: mistyped or cut off",
            False,
        ),
        ("\n".join((*LINES[:-3], LINES[-1])), "the text ends inside the key", True),
        ("\n".join((LINES[0], LINES[2][:-1], LINES[-1])), "the body is not whole base64", True),
        ("\n".join((LINES[0], "", "xsBN" + LINES[2][4:], LINES[-1])), "the body is no secret key", False),
        ("\n".join((LINES[0], "", LINES[-1])), "the body is not whole base64", False),
    ],
)
def test_pgp(text: str, fault: str, truncated: bool) -> None:
    reading = DECODERS["pgp"].read(text)
    assert (reading.fault, reading.truncated) == (fault, truncated)


def test_pgp_says_when_it_was_made() -> None:
    reading = DECODERS["pgp"].read(PGP)
    assert reading.claims.issued_at == datetime(2020, 1, 2, tzinfo=UTC)
    assert reading.proven
    assert not DECODERS["pgp"].read("\n".join((*LINES[:-2], LINES[-1]))).proven


@pytest.mark.parametrize("head", [b"\xc5\x06", b"\xc5\xff\0\0\0\x06", b"\x94\x06", b"\x95\0\x06", b"\x96\0\0\0\x06"])
def test_pgp_headers(head: bytes) -> None:
    body = base64.b64encode(head + b"\4\x5e\0\0\0\1").decode()
    assert not DECODERS["pgp"].read("\n".join((LINES[0], "", body, LINES[-1]))).fault
    cut = base64.b64encode(head + b"\4\x5e\0\0\0").decode()
    assert DECODERS["pgp"].read("\n".join((LINES[0], "", cut, LINES[-1]))).truncated

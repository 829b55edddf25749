"""Keys that are written as numbers."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.generic.numbers import arrays, bytes_of
from keylint.generic.reading import secrets
from keylint.model import Confidence

_BYTES = random.Random(7).randbytes(16)
HEX = ", ".join(f"0x{byte:02x}" for byte in _BYTES)
CAST = ", ".join(f"(byte)0x{byte:02X}" for byte in _BYTES)
SIGNED = ", ".join(str(byte - 256 if byte > 127 else byte) for byte in _BYTES)
PLAIN = ", ".join(map(str, _BYTES))

FOUND = {
    "a.c": f"static const uint8_t APP_KEY[16] = {{ {HEX} }};",
    "lines.c": f"unsigned char aes_key[] = {{\n  {HEX},\n  {HEX}\n}};",
    "a.ino": f"static const u1_t PROGMEM APPKEY[16] = {{ {HEX} }};",
    "a.go": f"package a\n\nvar hmacKey = []byte{{{HEX}}}",
    "a.java": f"class A {{ private static final byte[] SECRET_KEY = new byte[] {{{CAST}}}; }}",
    "b.java": f"class A {{ private static final byte[] SECRET_KEY = {{{SIGNED}}}; }}",
    "a.rs": f"const SECRET_KEY: [u8; 16] = [{HEX}];",
    "a.js": f"const secretKey = Buffer.from([{PLAIN}]);",
    "a.json": f'{{"secretKey": [{PLAIN}]}}',
    "a.yaml": f'network_key: "{HEX}"',
}
LEFT_ALONE = {
    "tokens.js": f"const tokens = [{PLAIN}];",
    "keys.c": f"int keys[] = {{{HEX}}};",
    "counted.c": f"uint8_t secret_key[] = {{{', '.join(f'0x{n:02x}' for n in range(16))}}};",
    "zeros.c": f"uint8_t api_key[] = {{{', '.join(['0x00'] * 16)}}};",
    "table.c": f"uint8_t secret_key[] = {{{', '.join([HEX] * 20)}}};",
    "short.c": "uint8_t api_key[] = {0x3e, 0x91, 0x7c};",
}


def confidence(path: str, content: str) -> set[Confidence | None]:
    return {definition.confidence for definition in secrets(path, content + "\n", lambda _: False)}


@pytest.mark.parametrize("path", FOUND)
def test_an_array_of_bytes_is_a_key(path: str) -> None:
    assert confidence(path, FOUND[path]) == {Confidence.MEDIUM}


@pytest.mark.parametrize("path", LEFT_ALONE)
def test_other_numbers_are_none(path: str) -> None:
    assert confidence(path, LEFT_ALONE[path]) <= {Confidence.LOW}


def test_bytes_that_are_text_are_judged_as_text() -> None:
    told = ", ".join(f"0x{byte:02x}" for byte in b"changeme")
    assert confidence("a.c", f"char db_password[] = {{{told}}};") == set()
    told = ", ".join(f"0x{byte:02x}" for byte in b"Tr4-vkq9Wm")
    assert confidence("a.c", f"char db_password[] = {{{told}}};") == {Confidence.HIGH}


@given(st.binary(min_size=8, max_size=128), st.sampled_from(["0x{:x}", "0x{:02X}", "{}", "(byte)0x{:02x}"]))
def test_numbers_come_back_as_bytes(data: bytes, written: str) -> None:
    assert bytes_of(", ".join(written.format(byte) for byte in data)) == data


@given(st.text(alphabet="x0123456789abcdef, -(){}[]=:\nbyte", max_size=200))
def test_no_text_is_too_much(text: str) -> None:
    bytes_of(text)
    list(arrays("api_key = {" + text))

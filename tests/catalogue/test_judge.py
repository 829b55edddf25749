import hashlib
import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.catalogue import Catalogue, load
from keylint.catalogue.fake import expand, fake
from keylint.catalogue.load import builtin

BEGIN = "-----BEGIN " + "PRIVATE KEY-----"
CASES = [
    # template, code, message, certain
    ("github-classic-pat!truncated=3", "KL201", "3 characters short: 37 of 40", True),
    ("github-classic-pat!truncated=1", "KL201", "1 character short: 39 of 40", True),
    ("github-classic-pat!longer=1", "KL201", r"1 character too many: the checksum holds without character \d+", True),
    ("github-classic-pat!longer=9", "KL211", "9 characters too many: 49, known is 40", False),
    ("github-classic-pat!typo=12", "KL202", r"checksum says `\w{6}`, key has `\w{6}`: mistyped", True),
    ("github-classic-pat!bad-checksum", "KL202", r"checksum says `\w{6}`, key has `\w{6}`: mistyped", True),
    ("github-classic-pat!illegal=17", "KL203", "character 17 is `_`, not base62", True),
    ("github-classic-pat!lookalike=12", "KL203", r"character \d+ is \w+ `.` that looks like `\w`", True),
    ("github-classic-pat!zero-width=12", "KL203", r"character 12 is invisible \(U\+200B, zero width\)", True),
    ("github-classic-pat!newline", "KL204", "a line break ends the value", True),
    ("github-classic-pat!quotes", "KL204", "quotes are part of the value", True),
    ("github-classic-pat!masked", "KL206", "a masked key: part of it is hidden", True),
    ("github-classic-pat!placeholder", "KL205", "a placeholder, not a key", True),
    (
        "marked-key!truncated=3",
        "KL201",
        "the halves around `MARKED` differ: 30 before, 27 after: 3 characters lost behind",
        True,
    ),
    ("marked-key!truncated=35", "KL201", "15 characters short: 40 of 55", True),
    ("offset-key!truncated=2", "KL201", "2 characters lost behind `HERE`: 24 of 26", True),
    ("offset-key!typo=16", "KL202", "`HERE` is missing: it belongs at characters 15 to 18", True),
    ("suspect-key!truncated=2", "KL211", "2 characters short: 39 of 41", False),
    ("suspect-key!illegal=12", "KL211", "character 12 is `O`, which no such key has", False),
    ("stretchy-key!truncated=4", "KL211", "4 characters short: 45 of 49", False),
    ("stretchy-key!illegal=20", "KL203", "character 20 is `_`, not base62", True),
    ("tail-key!typo=4", None, "", True),
    ("jwt!truncated=4", "KL201", r"the signature is 39 characters long, not 43: 4 characters missing \(HS256\)", True),
    ("jwt!truncated=70", "KL201", "the text ends inside the payload", True),
    ("pypi-api-token!truncated=4", "KL201", "the text ends inside the macaroon", True),
    (
        "sentry-org-token!truncated=1",
        "KL201",
        "the part after `_` is 42 characters long, not 43: 1 character missing",
        True,
    ),
    ("grafana-cloud-policy-token!truncated=9", "KL201", "the JSON inside does not parse", True),
    ("pem-private-key!truncated=40", "KL201", "the END line is missing", True),
    ("anthropic-api-key!truncated=5", "KL201", "5 characters short: 103 of 108", True),
    (
        "openai-project-key!truncated=3",
        "KL201",
        r"the halves around `\w{8}` differ: 74 before, 71 after: 3 characters lost behind",
        True,
    ),
]


@pytest.mark.parametrize(("template", "code", "message", "certain"), CASES, ids=[case[0] for case in CASES])
def test_defects(catalogue: Catalogue, template: str, code: str | None, message: str, certain: bool) -> None:
    judgement = catalogue.judge(expand("{fake:" + template + "}", catalogue))
    assert judgement.kinds[0] == template.partition("!")[0]
    if code is None:
        assert judgement.well_formed
        assert judgement.defects == ()
        return
    (defect,) = judgement.defects
    assert (defect.code, defect.certain) == (code, certain)
    assert re.fullmatch(message, defect.message)
    assert judgement.well_formed == (code == "KL204" or "invisible" in message)


KEY = "{fake:github-classic-pat}"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (f" {KEY}", ["KL204"]),
        (f"{KEY}\r\n", ["KL204"]),
        (f"\ufeff{KEY}", ["KL204"]),
        (f"\u200b{KEY}", ["KL204"]),
        (f"'{KEY}", ["KL204"]),
        (f'  "{KEY}"  ', ["KL204"]),
        (f"\t{KEY}\t", ["KL204"]),
        ("{fake:github-classic-pat!zero-width=20}\n", ["KL204", "KL203"]),
        ("{fake:github-classic-pat!truncated=2}\n", ["KL204", "KL201"]),
    ],
)
def test_what_surrounds_a_key(catalogue: Catalogue, text: str, codes: list[str]) -> None:
    value = expand(text, catalogue)
    judgement = catalogue.judge(value)
    assert [defect.code for defect in judgement.defects] == codes
    assert judgement.key == "".join(c for c in value if c in string.ascii_letters + string.digits + "_")


@given(
    st.text(" \t\r\n\"'`\ufeff\u200b", max_size=4), st.text(" \t\r\n\"'`\ufeff\u2060", max_size=4), st.integers(0, 5)
)
def test_removing_repairs(before: str, after: str, seed: int) -> None:
    key = fake("github-classic-pat", seed)
    value = before + key + after
    judgement = builtin().judge(value)
    assert judgement.key == key
    assert judgement.well_formed
    for start, end in sorted((r for defect in judgement.defects for r in defect.remove), reverse=True):
        value = value[:start] + value[end:]
    assert value == key


@pytest.mark.parametrize(
    "template", ["github-classic-pat!zero-width=9", "github-classic-pat!longer=1", "github-classic-pat!quotes"]
)
def test_repairs(catalogue: Catalogue, template: str) -> None:
    value = expand("{fake:" + template + "}", catalogue)
    (defect,) = catalogue.judge(value).defects
    for start, end in reversed(defect.remove):
        value = value[:start] + value[end:]
    assert value == fake("github-classic-pat", catalogue=catalogue)


def test_a_line_break_inside_is_repaired(catalogue: Catalogue) -> None:
    key = fake("github-classic-pat", catalogue=catalogue)
    (defect,) = catalogue.judge(key[:20] + "\n" + key[20:]).defects
    assert (defect.code, defect.message, defect.remove) == ("KL203", "character 21 is a line break", ((20, 21),))


def test_both_sides_of_a_marker(catalogue: Catalogue) -> None:
    key = fake("marked-key", catalogue=catalogue)
    head = len("mrk-live-")
    (lost,) = catalogue.judge(key[:head] + key[head + 2 :]).defects
    assert lost.message == "the halves around `MARKED` differ: 28 before, 30 after: 2 characters lost before"
    (doubled,) = catalogue.judge(key + "a").defects
    assert doubled.message == "the halves around `MARKED` differ: 30 before, 31 after: 1 character too many behind"
    assert lost.code == doubled.code == "KL201"


def test_an_unknown_length_is_only_suspicious(catalogue: Catalogue) -> None:
    key = fake("marked-key", catalogue=catalogue)
    longer = key[:12] + "abc9" + key[12:] + "zyx8"
    judgement = catalogue.judge(longer)
    assert [(d.code, d.certain) for d in judgement.defects] == [("KL211", False)]


def test_escaped_keys_are_suspicious(catalogue: Catalogue) -> None:
    key = fake("atlassian-api-token", catalogue=catalogue)
    (defect,) = catalogue.judge(key.replace("=", "%3D")).defects
    assert (defect.code, defect.certain) == ("KL211", False)
    assert "escaped" in defect.message


# Context: names and sinks

HEX = "{fake:context-key}"


@pytest.mark.parametrize(
    ("text", "name", "expected", "kinds", "codes"),
    [
        (HEX, None, (), (), []),
        (HEX, "MORE_SECRET", (), ("context-key",), []),
        (HEX, "services.web.moreSecret", (), ("context-key",), []),
        (HEX, "more-secret", (), ("context-key",), []),
        (HEX, "password", (), (), []),
        (HEX, None, ("context-key",), ("context-key",), []),
        ("{fake:context-key!truncated=1}", "MORE_SECRET", (), ("context-key",), ["KL201"]),
        ("{fake:context-key!truncated=1}", None, ("context-key",), (), []),
        ("{fake:context-key!illegal=4}", "MORE_SECRET", (), ("context-key",), ["KL203"]),
        ("{fake:context-key!truncated=9}", "MORE_SECRET", (), (), []),
        ("{fake:soft-context-key!truncated=1}", "soft_secret", (), ("soft-context-key",), ["KL211"]),
        ("minio-admin-9", "MORE_SECRET", ("context-key",), (), []),
        ("{fake:github-classic-pat}", "MORE_SECRET", ("context-key",), ("github-classic-pat",), []),
        ("{fake:github-classic-pat!truncated=1}", "MORE_SECRET", ("context-key",), ("github-classic-pat",), ["KL201"]),
        ("your-key-here", "MORE_SECRET", (), ("context-key",), ["KL205"]),
        (" hunter22\n", None, ("context-key",), (), ["KL204"]),
        ("an-unknown-value-73", None, ("github-classic-pat",), (), []),
        ("{fake:weak-key!truncated=3}", None, (), (), []),
        ("{fake:weak-key!truncated=3}", None, ("weak-key",), ("weak-key",), ["KL211"]),
        ("{fake:weak-key}", None, (), ("weak-key",), []),
        ("key-value-pairs-go-on-and-on9", None, (), (), []),
    ],
)
def test_context(
    catalogue: Catalogue,
    text: str,
    name: str | None,
    expected: tuple[str, ...],
    kinds: tuple[str, ...],
    codes: list[str],
) -> None:
    judgement = catalogue.judge(expand(text, catalogue), name=name, expected=expected)
    found = tuple(kind for kind in judgement.kinds if kind in kinds)
    assert found == kinds
    assert judgement.kinds or not kinds
    assert [defect.code for defect in judgement.defects] == codes


def test_public_examples(catalogue: Catalogue, tmp_path: Path) -> None:
    key = fake("marked-key", catalogue=catalogue)
    digest = hashlib.sha256(key.encode()).hexdigest()
    file = tmp_path / "acme.toml"
    template = """
        id = "acme"
        [[kind]]
        id = "marked-key"
        name = "n"
        forms = ["'mrk-live-' base62{{30}} 'MARKED' base62{{30}}"]
        examples = [{{ sha256 = "{}", length = {}, note = "{}" }}]
    """
    for note, certain in (("documentation", True), ("the local emulator", False)):
        file.write_text(template.format(digest, len(key), note))
        (defect,) = load([file]).judge(key + "\n").defects[1:]
        assert (defect.code, defect.certain) == ("KL207", certain)
        assert note in defect.message


def test_the_most_telling_kind_comes_first(catalogue: Catalogue) -> None:
    assert catalogue.judge(fake("supabase-legacy-jwt", catalogue=catalogue)).kinds == ("supabase-legacy-jwt",)
    assert catalogue.judge(fake("jwt", catalogue=catalogue)).kinds == ("jwt",)


KEYISH = st.one_of(
    st.text(),
    st.text(string.ascii_letters + string.digits + "-_.+/=%*… \n\"'а\u200b", max_size=200),
    st.builds(
        "".join,
        st.tuples(
            st.sampled_from(
                [
                    "ghp_",
                    "sk-",
                    "eyJ",
                    "AKIA",
                    "sk-proj-",
                    "glpat-",
                    "pypi-AgEI",
                    BEGIN,
                    "sig=",
                    "SG.",
                ]
            ),
            st.text(string.ascii_letters + string.digits + "-_.=\n", max_size=300),
        ),
    ),
)


@given(KEYISH, st.none() | st.sampled_from(["MORE_SECRET", "x", "AWS_SECRET_ACCESS_KEY"]))
def test_never_raises_and_never_prints_the_value(value: str, name: str | None) -> None:
    judgement = builtin().judge(value, name=name, expected=["aws-secret-access-key", "no-such-kind"])
    assert not (
        judgement.well_formed and any(d.code in ("KL201", "KL202", "KL205", "KL206") for d in judgement.defects)
    )
    for defect in judgement.defects:
        assert len(value) < 12 or value not in defect.message
        assert all(0 <= start < end <= len(value) for start, end in defect.remove)
        assert defect.certain == (defect.code != "KL211") or defect.code == "KL207"


@pytest.mark.parametrize(
    "value",
    [
        "a" * 100_000,
        "eyJ" * 30_000,
        "ghp_" * 20_000,
        BEGIN * 5_000,
        "sig=" * 20_000,
        "." * 50_000,
        "sk-" + "T3BlbkFJ" * 9_000,
    ],
)
def test_long_values_are_taken(catalogue: Catalogue, value: str) -> None:
    assert not catalogue.judge(value).well_formed
    assert not catalogue.judge(value[:19_999]).well_formed


PREFIXED = fake("github-classic-pat")
MARKED = fake("openai-project-key")


@pytest.mark.parametrize(
    ("key", "expected", "code", "message"),
    [
        (PREFIXED[1:], "github-classic-pat", "KL201", "the first character of `ghp_` is missing"),
        (PREFIXED[4:], "github-classic-pat", "KL201", "the first 4 characters of `ghp_` are missing"),
        ("gph_" + PREFIXED[4:], "github-classic-pat", "KL202", "it begins with `gph_`, not `ghp_`"),
        ("ghp-" + PREFIXED[4:], "github-classic-pat", "KL202", "it begins with `ghp-`, not `ghp_`"),
        # Nothing proves it.
        (MARKED[2:], "openai-project-key", "KL211", "the first 2 characters of `sk-proj-` are missing"),
    ],
)
def test_a_damaged_prefix_where_the_key_is_expected(
    catalogue: Catalogue, key: str, expected: str, code: str, message: str
) -> None:
    judgement = catalogue.judge(key, expected=(expected,))
    assert judgement.kinds == (expected,)
    assert [(d.code, d.message, d.certain) for d in judgement.defects] == [(code, message, code != "KL211")]
    assert catalogue.judge(key).kinds == ()


@pytest.mark.parametrize("key", ["gpx-" + PREFIXED[4:], PREFIXED[1:-1] + "0", MARKED[8:], "hello", "hp_"])
def test_what_is_no_damaged_prefix(catalogue: Catalogue, key: str) -> None:
    judgement = catalogue.judge(key, expected=("github-classic-pat", "openai-project-key"))
    assert judgement.kinds == ()

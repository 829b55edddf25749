import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.catalogue import Catalogue, recognise
from keylint.catalogue.fake import expand, fake
from keylint.catalogue.load import builtin
from keylint.catalogue.pattern import Mark

BEGIN = "-----BEGIN " + "PRIVATE KEY-----"
KEY = "{fake:github-classic-pat}"


def found(catalogue: Catalogue, text: str) -> list[str]:
    return [text[candidate.start : candidate.end] for candidate in catalogue.recognise(text)]


def test_every_kind_is_found_in_text(catalogue: Catalogue, every_form: list[tuple[str, int]]) -> None:
    for kind, form in every_form:
        if catalogue.kinds[kind].context:
            continue  # recognised by its name only
        key = fake(kind, 3, catalogue=catalogue, form=form)
        for text in (key, f'send("{key}", now)', f"curl -H 'X: {key}' -v", f"KEY={key}\n"):
            found = [(text[c.start : c.end], kind in c.kinds) for c in catalogue.recognise(text)]
            assert found == [(key, True)], (kind, form, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"a {KEY} b {{fake:npm-access-token}} c", [KEY, "{fake:npm-access-token}"]),
        (f"{KEY}, {KEY}", [KEY, KEY]),
        (f"see {KEY}.", [KEY]),
        (f"https://user:{KEY}@github.com/x", [KEY]),
        (f"**{KEY}**", [KEY]),
        (f"x{KEY}", []),
        (f"x_{KEY}", []),
        (f"\\n{KEY}", [KEY]),
        (f"token%20{KEY}", [KEY]),
        (f"{KEY}-backup", [KEY]),
        (f"（{KEY}）", [KEY]),
        ("{fake:github-classic-pat!truncated=12}", ["{fake:github-classic-pat!truncated=12}"]),
        ("x = {fake:github-classic-pat!truncated=12}", ["{fake:github-classic-pat!truncated=12}"]),
        ("{fake:github-classic-pat!truncated=30}", ["{fake:github-classic-pat!truncated=30}"]),
        ("x = {fake:github-classic-pat!truncated=30}", []),
        ("x = {fake:github-classic-pat!longer=20}", ["{fake:github-classic-pat!longer=20}"]),
        ("x = {fake:github-classic-pat!lookalike=30}", ["{fake:github-classic-pat!lookalike=30}"]),
        ("x = {fake:github-classic-pat!zero-width=30}", ["{fake:github-classic-pat!zero-width=30}"]),
        ("x = {fake:github-classic-pat!illegal=30}", ["{fake:github-classic-pat!illegal=30}"]),
        ("{fake:github-classic-pat!masked}", ["{fake:github-classic-pat!masked}"]),
        ("{fake:openai-project-key!truncated=60}", ["{fake:openai-project-key!truncated=60}"]),
        ("task-{fake:deepseek-api-key}", []),
        ("key-value-pairs-are-not-here", []),
        (BEGIN, []),
        (f"start = '{BEGIN}%s-----END'", []),
        ("QUJD/{fake:aws-access-key-id}", []),
        ("data:x;base64,{fake:aws-access-key-id}" + "QUJDREVGRw" * 9, []),
        ("QUJD/{fake:brave-search-key}/QUJD", []),
        ("search/{fake:brave-search-key}?q=x", ["{fake:brave-search-key}"]),
        ("AWS_KEY={fake:aws-access-key-id}", ["{fake:aws-access-key-id}"]),
        ("a\n{fake:pem-private-key}\nb", ["{fake:pem-private-key}"]),
        ("{fake:jwt}", ["{fake:jwt}"]),
        ("the token {fake:jwt}.", ["{fake:jwt}"]),
        ("", []),
        ("plain words and some_identifier_with_ghp_inside", []),
    ],
)
def test_candidates(catalogue: Catalogue, text: str, expected: list[str]) -> None:
    assert found(catalogue, expand(text, catalogue)) == [expand(key, catalogue) for key in expected]


@pytest.mark.parametrize(
    ("kind", "distinctive"),
    [
        ("github-classic-pat", True),
        ("openai-legacy-key", True),
        ("weak-key", False),
        ("jwt", True),
        ("sendgrid-api-key", True),
        ("tail-key", True),
    ],
)
def test_distinctive(catalogue: Catalogue, kind: str, distinctive: bool) -> None:
    (candidate,) = catalogue.recognise(f"= {fake(kind, catalogue=catalogue)} ")
    assert candidate.distinctive == distinctive


def test_an_escaped_private_key(catalogue: Catalogue) -> None:
    key = fake("pem-private-key", catalogue=catalogue).replace("\n", "\\n")
    assert found(catalogue, f'"{key}\\n"') == [key]
    assert catalogue.judge(key + "\\n").well_formed


PIECES = st.sampled_from(
    [
        "ghp_",
        "eyJ",
        "sk-",
        "AKIA",
        "sig=",
        "&se=",
        ".",
        "A" * 30,
        BEGIN,
        "-----END",
        "а",
        "…",
        "\u200b",
        " ",
        '"',
        "8Q~",
        ":AA",
        "\n",
        "x9Z",
    ]
)


@given(st.text() | st.lists(PIECES, max_size=60).map("".join))
def test_candidates_are_ordered_and_apart(text: str) -> None:
    end = 0
    for candidate in builtin().recognise(text):
        assert end <= candidate.start < candidate.end <= len(text)
        assert candidate.kinds
        end = candidate.end


@pytest.mark.parametrize(
    "text",
    [
        "eyJ" * 100_000,
        "ghp_ " * 60_000,
        "sig=" * 60_000,
        BEGIN * 9_000,
        "8Q~" * 90_000,
        ("a" * 25 + ".") * 9_000,
        "…" * 200_000,
        "ghp_" + "…a" * 100_000,
    ],
)
def test_hostile_text_is_taken(catalogue: Catalogue, text: str) -> None:
    assert all(candidate.end - candidate.start <= 21_000 for candidate in catalogue.recognise(text))


@pytest.mark.parametrize(("mark", "hits"), [("sig=", 20_000), ("8Q~", 20_000), ("JQQJ99", 20_000)])
def test_a_run_too_long_is_measured_once(monkeypatch: pytest.MonkeyPatch, mark: str, hits: int) -> None:
    """Not again for each mark inside of it: only for those near its end."""
    calls = 0
    run_end = recognise._run_end

    def counted(text: str, mark: Mark, start: int) -> int:
        nonlocal calls
        calls += 1
        return run_end(text, mark, start)

    monkeypatch.setattr(recognise, "_run_end", counted)
    builtin().recognise(mark * hits)
    assert calls < hits / 20


@pytest.mark.parametrize("kind", ["azure-sas-token", "telegram-bot-token", "azure-entra-client-secret"])
@pytest.mark.parametrize("mark", ["sig=", ":AA", "8Q~"])
def test_a_key_behind_a_run_too_long_is_found(kind: str, mark: str) -> None:
    key = fake(kind, catalogue=builtin())
    assert key in found(builtin(), f"{mark * 2_000} {key}")


@given(st.text(string.ascii_letters + string.digits + "_", min_size=21, max_size=90))
def test_an_anchor_and_a_run_are_a_candidate(body: str) -> None:
    text = f"x = ghp_{body};"
    (candidate,) = builtin().recognise(text)
    assert candidate.start == 4
    assert "github-classic-pat" in candidate.kinds

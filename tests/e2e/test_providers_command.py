"""`keylint providers`: lists, pages, and what is said about provider files of one's own."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from keylint.catalogue.fake import fake
from keylint.catalogue.load import builtin
from keylint.catalogue.pattern import Pattern
from keylint.cli import cli
from keylint.testing import check_provider, ordinary, provider_files
from keylint.testing.__main__ import main as author
from keylint.testing.provider_files import vet

EXAMPLES = Path(__file__).parents[2] / "examples"
PROVIDERS = Path(__file__).parents[2] / "rules" / "keylint_rules" / "providers"


@pytest.fixture
def providers(keylint: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    def run(*arguments: str, cwd: Path = tmp_path) -> Any:
        return keylint("providers", *arguments, cwd=cwd)

    return run


def test_the_table_has_every_provider_and_fits(providers: Callable[..., Any]) -> None:
    run = providers()
    assert (run.code, run.err) == (0, "")
    head, *rows, blank, total = run.out.splitlines()
    assert head.split() == ["ID", "KINDS", "VARIABLES", "CALLS", "NAME"]
    catalogue = builtin()
    assert {row.split()[0] for row in rows} == set(catalogue.providers)
    stripe = next(row for row in rows if row.startswith("stripe ")).split()
    counts = catalogue.providers["stripe"]
    assert stripe[1:3] == [str(len(counts.kinds)), str(len(counts.env))]
    assert max(map(len, run.out.splitlines())) <= 100
    assert (blank, total.split()[:2]) == ("", [str(len(rows)), "providers,"])
    assert "\x1b" not in run.out


def test_one_provider(providers: Callable[..., Any]) -> None:
    out = providers("stripe").out
    assert out.startswith("Stripe (stripe)\n")
    for part in (
        "https://dashboard.stripe.com/apikeys",
        "Authorization: Bearer …",
        "stripe-secret-key-live  Stripe secret key (live)",
        "  STRIPE_WEBHOOK_SECRET   stripe-webhook-secret\n",
        "stripe.api_key",
    ):
        assert part in out
    assert "`" not in out.replace("`livemode`", "")
    assert providers("STRIPE").out == out


def test_one_kind(providers: Callable[..., Any]) -> None:
    out = providers("github-classic-pat").out
    assert "ghp_ [base62: 30] [checksum: 6]    40 characters" in out
    assert "github-fine-grained-pat" not in out


def test_all_kinds_one_per_line(providers: Callable[..., Any]) -> None:
    lines = providers("--kinds").out.splitlines()
    assert [line.split()[0] for line in lines].count("github-classic-pat") == 1
    assert len(lines) == len(builtin().kinds)
    (row,) = (line for line in lines if line.startswith("github-classic-pat "))
    words = "github-classic-pat github GitHub personal access token (classic) ghp_ 40 checksum crc32_base62"
    assert " ".join(row.split()) == words
    assert [line.split()[0] for line in providers("groq", "--kinds").out.splitlines()] == ["groq-api-key"]


def test_json(providers: Callable[..., Any]) -> None:
    document = providers("--output-format", "json").json
    assert document["schema"] == "keylint-providers/v1"
    rows = {row["id"]: row for row in document["providers"]}
    assert set(rows) == set(builtin().providers)
    assert providers("groq", "--output-format", "json").json["providers"] == [rows["groq"]]
    (kind,) = rows["groq"]["kinds"]
    assert (kind["id"], kind["recognised_by"], kind["length"]) == ("groq-api-key", "gsk_", {"min": 56, "max": 56})
    (check,) = rows["groq"]["live_checks"]
    assert (check["method"], check["accepts"]) == ("GET", ["groq-api-key"])
    kinds = providers("--kinds", "--output-format", "json").json
    assert kinds["schema"] == "keylint-kinds/v1"
    assert {row["id"] for row in kinds["kinds"]} == set(builtin().kinds)


def test_how_an_issuer_can_be_asked(providers: Callable[..., Any]) -> None:
    words = " ".join(providers("gitlab").out.split())
    assert (
        "Live check, only where you ask for it Asks GET https://gitlab.com/api/v4/personal_access_tokens/self" in words
    )
    assert "About gitlab-pat, gitlab-routable-token that begin with glpat-" in words
    assert 'Works 200 with active = true; 403 with error = "insufficient_scope"' in words
    assert 'Refused 401 with error_description beginning with "Token was revoked";' in words
    assert "Live check" not in providers("gitlab-pat").out
    assert "Live check" not in providers("aws").out


@pytest.mark.parametrize(
    ("wanted", "near"),
    [("strpe", "stripe"), ("Amazon Web Service", "aws"), ("github-clasic-pat", "github-classic-pat")],
)
def test_an_unknown_id_gets_the_nearest_names(wanted: str, near: str, providers: Callable[..., Any]) -> None:
    run = providers(wanted)
    assert (run.code, run.out) == (2, "")
    assert near in run.err


def test_a_key_in_place_of_an_id_is_not_repeated(providers: Callable[..., Any]) -> None:
    key = fake("github-classic-pat")
    run = providers(key)
    assert run.code == 2
    assert key[6:14] not in run.err


def test_own_providers_are_listed(providers: Callable[..., Any], project: Callable[..., Path]) -> None:
    root = project({"keylint.toml": 'providers = ["acme.toml"]'})
    shutil.copy(EXAMPLES / "acme.toml", root)
    assert "acme_live_ [base62: 28] [checksum: 6]" in providers("acme", cwd=root).out
    assert providers("acme", "--isolated", cwd=root).code == 2


# Provider files of one's own


@pytest.fixture
def own(tmp_path: Path) -> Callable[..., Path]:
    """Write a provider file with one kind: its form, lines of the kind, lines before it."""

    def write(form: str, kind: str = "", head: str = "", name: str = "own") -> Path:
        path = tmp_path / f"{name}.toml"
        table = f'[[kind]]\nid = "{name}-key"\nname = "Own key"\nforms = ["{form}"]\n{kind}\n'
        path.write_text(f'id = "{name}"\nname = "Own"\n{head}\n{table}', "utf-8")
        return path

    return write


SOUND = "'ownkey_' body:base62{32} =crc32_base62(body)"


def messages(path: Path, *others: Path) -> list[tuple[bool, int, str]]:
    return [(problem.warning, problem.line, problem.message) for problem in vet(path, others).problems]


def only(path: Path, *others: Path) -> tuple[bool, int, str]:
    (problem,) = messages(path, *others)
    return problem


def test_a_sound_file_is_accepted_and_summed_up(providers: Callable[..., Any]) -> None:
    run = providers("check", str(EXAMPLES / "acme.toml"))
    assert (run.code, run.err) == (0, "")
    head, *kinds = run.out.splitlines()
    assert head.endswith("acme.toml: 3 kinds of key, 2 variables, 2 calls")
    assert [line.split(":")[0].strip() for line in kinds] == ["acme-live-key", "acme-test-key", "acme-old-key"]
    assert all("50 of 50 made-up keys recognised" in line for line in kinds)


def test_the_exit_status_is_the_worst_of_all_files(
    providers: Callable[..., Any], own: Callable[..., Path], tmp_path: Path
) -> None:
    sound, bad = own(SOUND, name="good"), own("hex{32}", name="poor")
    (tmp_path / "broken.toml").write_text("id =")
    assert providers("check", str(sound)).code == 0
    assert providers("check", str(sound), str(bad)).code == 1
    run = providers("check", str(bad), "broken.toml", str(sound))
    assert run.code == 2
    assert "broken.toml:1: " in run.err
    assert "good-key: 50 of 50" in run.out
    assert providers("check", "gone.toml").code == 2
    assert providers("check").code == 2


def test_a_problem_has_its_line_and_the_file_as_it_was_named(
    providers: Callable[..., Any], own: Callable[..., Path]
) -> None:
    own("'get_' base62{32}")
    run = providers("check", "own.toml")
    assert run.code == 1
    assert run.out.startswith("own.toml:7: error: own-key: too common: ")


@pytest.mark.parametrize(
    "form", ["'get_' base62{32}", "'app' base62{10,40}", "'user-' base64url{20}", "'ab' base62{32}"]
)
def test_a_mark_that_begins_ordinary_names(form: str, own: Callable[..., Path]) -> None:
    errors = [message for warning, _, message in messages(own(form)) if not warning]
    assert len(errors) == 1
    assert "ordinary names are candidates" in errors[0]


@pytest.mark.parametrize(
    "form", [SOUND, "'ownkey_' base62{32}", "'own-' hex{32}", "'key-' hex{32}", "'sk-own-' base62{40}"]
)
def test_a_mark_that_begins_nothing_else(form: str, own: Callable[..., Path]) -> None:
    assert [message for warning, _, message in messages(own(form)) if not warning] == []


def test_no_built_in_kind_is_taken_for_a_name() -> None:
    """Recognising names costs time in every file; the few that are known to do so are named here."""
    catalogue = builtin()
    taken = {kind for name in ordinary.names() for candidate in catalogue.recognise(name) for kind in candidate.kinds}
    assert taken == set()


def test_ordinary_names_are_the_same_every_time() -> None:
    first = ordinary.names()
    ordinary.names.cache_clear()
    assert ordinary.names() == first
    assert len(first) > 20_000
    assert {"get", "return", "multiprocessing"} <= set(ordinary.words())


def test_open_lengths_without_a_checksum_take_in_every_name_behind_the_mark(own: Callable[..., Path]) -> None:
    warning, line, message = only(own("'own_' base64url{10,80}"))
    assert (warning, line) == (True, 7)
    assert message.startswith("own-key: every name of the right length that begins with own_ is a whole key, like own_")


def test_a_kind_that_cannot_be_told_from_another(own: Callable[..., Path]) -> None:
    warning, _, message = only(own("'sk_live_' base62{24}"))
    assert not warning
    assert "stripe-secret-key-live" in message
    warning, _, message = only(own("'sk_live_' base62{24}", head='[[env]]\nname = "OWN_API_KEY"'))
    assert warning
    assert message.endswith("by its text: the variable or call decides")


def test_two_files_of_ones_own_are_compared(own: Callable[..., Path]) -> None:
    first, second = own("'ownkey_' base62{32}"), own("'ownkey_' base62{32}", name="twin")
    assert messages(first) == []
    assert "twin-key" in only(first, second)[2]


def test_a_checksum_tells_a_kind_from_one_without(own: Callable[..., Path]) -> None:
    first, second = own("'ownkey_' base62{38}"), own(SOUND, name="twin")
    assert messages(second, first) == []


@pytest.mark.parametrize(
    ("form", "kind", "said", "line"),
    [
        ("hex{32}", "", "has no mark of its own", 6),
        ("hex{32}", "context = true", "nothing leads to it", 7),
        (
            "hex{32}",
            'context = true\ncontext_names = ["token", "own_secret"]',
            "context_names: token also stands in",
            8,
        ),
        (SOUND, 'secrety = "secret"', "unknown key secrety; did you mean secrecy?", 7),
        (SOUND, 'examples = [{ sha256 = "plain", length = 40 }]', "64 hexadecimal digits", 7),
        ("'ownkey_' [x]{32}", "", "look like a placeholder", 6),
        ("'ownkey_' base62{4}", "", "too short", 6),
        ("'ownkey_' base62{32} =crc32_base62(body)", "", "no label of an earlier segment", 6),
    ],
)
def test_what_is_refused(form: str, kind: str, said: str, line: int, own: Callable[..., Path]) -> None:
    found = [(at, message) for warning, at, message in messages(own(form, kind)) if not warning]
    assert len(found) == 1
    assert said in found[0][1]
    assert found[0][0] == line + 1


def test_a_kind_that_exists(own: Callable[..., Path], tmp_path: Path) -> None:
    path = own(SOUND)
    path.write_text(path.read_text().replace("own-key", "groq-api-key"))
    assert "the kind groq-api-key is also in" in only(path)[2]


def test_a_key_in_the_file(own: Callable[..., Path], providers: Callable[..., Any]) -> None:
    key = fake("github-classic-pat")
    path = own(SOUND, kind=f'source = "made like {key}"')
    warning, line, message = only(path)
    assert (warning, line) == (False, 8)
    assert "this looks like a key" in message
    assert key not in providers("check", str(path)).out


def test_an_expression_that_is_too_large(own: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider_files, "_LARGEST_DATABASE", 1000)
    assert "its expression takes" in only(own(SOUND))[2]


def test_an_expression_that_the_matcher_refuses(own: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider_files, "patterns_of", lambda _marks: [Pattern(b"(?=a)b", ())])
    assert "the matcher refuses its expression" in only(own(SOUND))[2]


def test_a_built_in_file_is_not_compared_with_itself() -> None:
    assert [problem for problem in vet(PROVIDERS / "groq.toml").problems if not problem.warning] == []


def test_authors_of_packages_get_the_same(own: Callable[..., Path]) -> None:
    assert list(check_provider(own(SOUND))) == []
    (problem,) = check_provider(own("'get_' base62{32}"))
    assert "own.toml:7: error: own-key: too common" in problem
    done = CliRunner().invoke(author, ["run", str(own(SOUND))])
    assert (done.exit_code, done.output) == (0, "1 of 1 passed\n")
    assert CliRunner().invoke(author, ["run", str(own("hex{32}"))]).exit_code == 1


def test_completion() -> None:
    words = {"_KEYLINT_COMPLETE": "bash_complete", "COMP_WORDS": "keylint providers ch", "COMP_CWORD": "2"}
    assert "plain,check" in CliRunner().invoke(cli, [], prog_name="keylint", env=words).output.splitlines()


def test_the_schema_of_a_kind_is_whole(providers: Callable[..., Any]) -> None:
    wanted = {
        "id", "provider", "name", "forms", "recognised_by", "length", "checks", "secrecy", "environment", "confidence",
        "lifetime", "retired", "source",
    }  # fmt: skip
    assert all(set(kind) == wanted for kind in json.loads(providers("--kinds", "--output-format", "json").out)["kinds"])

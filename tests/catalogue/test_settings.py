"""Settings: how they are read, what they say, and whether a key agrees."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.catalogue import Catalogue, CatalogueError, load
from keylint.catalogue.fake import fake
from keylint.catalogue.load import builtin
from keylint.catalogue.settings import claim_of, said
from keylint.model import Confidence, Setting

HEAD = 'id = "acme"\n[[kind]]\nid = "acme-key"\nname = "Acme"\nforms = ["\'acme_\' region:[a-z0-9]{3,6} \'_\' base62{32}"]\n'
OURS, THEIRS = "kvnrdqzwplmhtyxsbgfj", "wtqmbxhdzrkjpylnfvgs"


def acme(tmp_path: Path, *tables: str) -> Catalogue:
    file = tmp_path / "acme.toml"
    file.write_text(HEAD + "".join(f"[[setting]]\n{table}\n" for table in tables))
    return load([file])


def test_reads_settings(tmp_path: Path) -> None:
    catalogue = acme(
        tmp_path,
        'name = "ACME_REGION"\nvalue = "{region}"',
        'name = "ACME_URL"\nvalue = "{url}"\nconfidence = "medium"',
    )
    assert catalogue.settings == {
        "ACME_REGION": Setting("ACME_REGION", "acme", "{region}"),
        "ACME_URL": Setting("ACME_URL", "acme", "{url}", Confidence.MEDIUM),
    }
    assert Catalogue.from_json(catalogue.to_json()).settings == catalogue.settings


@pytest.mark.parametrize(
    ("table", "line", "message"),
    [
        ('value = "{region}"', 6, "name is missing"),
        ('name = "A"', 6, "value is missing"),
        ('name = "A"\nvalue = "eu"', 8, "value is to hold one of {project}, {region}"),
        ('name = "A"\nvalue = "{colour}"', 8, "value is to hold one of {project}"),
        ('name = "A"\nvalue = "{region}{account}"', 8, "value is to hold one of {project}"),
        ('name = "A"\nvalue = "{region}"\nconfidence = "sure"', 9, "confidence is to be one of"),
        ('name = "A"\nvalue = "{region}"\nkey = "x"', 9, "unknown key key"),
    ],
)
def test_says_what_is_wrong_with_a_setting_and_where(table: str, line: int, message: str, tmp_path: Path) -> None:
    with pytest.raises(CatalogueError) as error:
        acme(tmp_path, table)
    assert f"acme.toml:{line}: " in str(error.value)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("template", "text", "expected"),
    [
        ("https://{project}.supabase.co", f"https://{OURS}.supabase.co", OURS),
        ("https://{project}.supabase.co", f" http://{OURS}.supabase.co:443/rest/v1?a=b\n", OURS),
        ("https://{project}.supabase.co", f"https://{OURS}.supabase.com", None),
        ("https://{project}.supabase.co", f"https://{OURS}.db.supabase.co", None),
        ("https://{project}.supabase.co", "http://localhost:54321", None),
        ("https://{project}.supabase.co", "https://your-project.supabase.co", None),
        ("https://{project}.supabase.co", "https://${REF}.supabase.co", None),
        ("us{region}", "US6", "6"),
        ("us{region}", "eu6", None),
        ("{url}", "https://sentry.acme.io/", "https://sentry.acme.io"),
        ("https://{host}", "https://api.groq.com/openai/v1", "api.groq.com"),
        ("https://{host}", "https://localhost:8000", None),
        ("{account}", "<your account>", None),
        ("{account}", "", None),
    ],
)
def test_what_a_setting_says(template: str, text: str, expected: str | None) -> None:
    found = said(Setting("X", "x", template), text)
    assert found == (None if expected is None else (claim_of(template), expected))


@given(st.text(max_size=300))
def test_no_text_breaks_a_setting(text: str) -> None:
    for setting in builtin().settings.values():
        found = said(setting, text)
        assert found is None or found[1] in text


@pytest.mark.parametrize(
    ("mine", "text", "expected"),
    [
        ("eu1", "eu1", True),
        ("eu1", "EU1", True),
        ("eu1", "na1", False),
        ("eu1", "eu21", False),
        ("eu1", "eu", None),
        ("eu1", "prod-eu-west-0", None),
        ("eu1", "your-region", None),
    ],
)
def test_a_region_that_is_written_in_another_way_says_nothing(
    mine: str, text: str, expected: bool | None, tmp_path: Path
) -> None:
    catalogue = acme(tmp_path, 'name = "ACME_REGION"\nvalue = "{region}"')
    judgement = catalogue.judge(fake("acme-key", catalogue=catalogue, region=mine))
    assert catalogue.bound(judgement, catalogue.settings["ACME_REGION"], text) is expected


@pytest.mark.parametrize("kind", ["supabase-secret-key", "supabase-publishable-key", "supabase-legacy-jwt"])
def test_supabase_keys_know_their_project(kind: str) -> None:
    catalogue = builtin()
    judgement = catalogue.judge(fake(kind, project=OURS))
    url = catalogue.settings["SUPABASE_URL"]
    assert catalogue.bound(judgement, url, f"https://{OURS}.supabase.co") is True
    assert catalogue.bound(judgement, url, f"https://{THEIRS}.supabase.co") is False
    assert catalogue.bound(judgement, url, "https://db.example.org") is None


def test_a_damaged_key_says_nothing() -> None:
    catalogue = builtin()
    judgement = catalogue.judge(fake("supabase-secret-key", project=OURS, truncated=2))
    url = f"https://{THEIRS}.supabase.co"
    assert catalogue.bound(judgement, catalogue.settings["SUPABASE_URL"], url) is None


def test_an_issuers_own_host_takes_its_own_keys_only() -> None:
    catalogue = builtin()
    base_url = catalogue.settings["OPENAI_BASE_URL"]
    judged = {kind: catalogue.judge(fake(kind)) for kind in ("openai-project-key", "groq-api-key", "mistral-api-key")}
    groq = "https://api.groq.com/openai/v1"
    answers = {kind: catalogue.bound(judgement, base_url, groq) for kind, judgement in judged.items()}
    # A key without a mark of its own can be anybody's.
    assert answers == {"openai-project-key": False, "groq-api-key": True, "mistral-api-key": None}
    assert catalogue.bound(judged["openai-project-key"], base_url, "https://proxy.api.groq.com") is None

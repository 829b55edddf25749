from datetime import UTC, date, datetime

import pytest

from keylint.catalogue import Catalogue
from keylint.catalogue.fake import expand, fake
from keylint.catalogue.load import builtin


@pytest.mark.parametrize("seed", range(12))
def test_well_formed(catalogue: Catalogue, every_form: list[tuple[str, int]], seed: int) -> None:
    for kind, form in every_form:
        names = catalogue.kinds[kind].context_names
        key = fake(kind, seed, catalogue=catalogue, form=form)
        judgement = catalogue.judge(key, name=names[0] if names else None, expected=[kind])
        assert judgement.well_formed, (kind, form, judgement)
        assert kind in judgement.kinds, (kind, form)
        assert judgement.defects == (), (kind, form)
        assert judgement.key == key, (kind, form)


def test_the_same_every_time(catalogue: Catalogue) -> None:
    assert fake("jwt", 3, catalogue=catalogue) == fake("jwt", 3, catalogue=catalogue)
    assert len({fake("jwt", seed, catalogue=catalogue) for seed in range(20)}) == 20
    assert fake("jwt", catalogue=catalogue) == fake("jwt") == expand("{fake:jwt}")


def test_other_forms(catalogue: Catalogue) -> None:
    assert fake("polar-access-token", catalogue=catalogue, form=1).startswith("polar_pat_")


@pytest.mark.parametrize(
    ("damage", "length"),
    [
        ({"truncated": 3}, 37),
        ({"longer": 2}, 42),
        ({"typo": 17}, 40),
        ({"newline": True}, 41),
        ({"quotes": True}, 42),
        ({"zero_width": 5}, 41),
        ({"newline": False}, 40),
    ],
)
def test_damage_has_its_size(damage: dict[str, int], length: int) -> None:
    assert len(fake("github-classic-pat", **damage)) == length


def test_typo_changes_one_character() -> None:
    whole, broken = fake("github-classic-pat"), fake("github-classic-pat", typo=17)
    assert [i for i in range(40) if whole[i] != broken[i]] == [16]


@pytest.mark.parametrize(
    "kind", ["jwt", "pypi-api-token", "supabase-legacy-jwt", "azure-sas-token", "github-app-installation-token-jwt"]
)
@pytest.mark.parametrize("when", [date(2017, 1, 1), "2017-01-01", datetime(2017, 1, 1, tzinfo=UTC)])
def test_expiry(catalogue: Catalogue, kind: str, when: object) -> None:
    judgement = catalogue.judge(fake(kind, catalogue=catalogue, expires=when))
    assert judgement.claims.expires_at == datetime(2017, 1, 1, tzinfo=UTC)
    assert judgement.well_formed


def test_templates() -> None:
    kind = "github-classic-pat"
    text = expand(
        "a {fake:github-classic-pat} b {fake:github-classic-pat#2} c {fake:github-classic-pat!truncated=3,newline} {other}"
    )
    assert text == f"a {fake(kind)} b {fake(kind, 2)} c {fake(kind, truncated=3)}\n {{other}}"
    assert expand("{fake:jwt#1!expires=2017-01-01T10:00:00}") == fake(
        "jwt", 1, expires=datetime(2017, 1, 1, 10, tzinfo=UTC)
    )
    assert "ghp_" + expand("{fake:github-classic-pat!tail}") == fake(kind)
    assert expand("no template {fake}") == "no template {fake}"


@pytest.mark.parametrize(
    ("template", "error", "message"),
    [
        ("{fake:no-such-kind}", KeyError, "no-such-kind"),
        ("{fake:jwt!frozen}", ValueError, "no damage is called frozen"),
        ("{fake:context-key!bad-checksum}", ValueError, "no checksum"),
        ("{fake:github-classic-pat!expires=2017-01-01}", ValueError, "carries no dates"),
        ("{fake:github-classic-pat!truncated=40}", ValueError, "cannot be cut off"),
        ("{fake:github-classic-pat!typo=41}", ValueError, "not 41"),
        ("{fake:github-classic-pat!form=7}", ValueError, "forms"),
    ],
)
def test_errors(catalogue: Catalogue, template: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        expand(template, catalogue)


def test_builtin_is_loaded_once() -> None:
    assert builtin() is builtin()

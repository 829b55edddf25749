"""Every demand of a form is told, in order, and none of it contradicts the judge."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.catalogue import Catalogue
from keylint.catalogue.explain import Check, Explained, Result, explain, nearest
from keylint.catalogue.fake import fake
from keylint.catalogue.grammar import Checksum
from keylint.catalogue.load import builtin

CLASSIC = "github-classic-pat"


def told(catalogue: Catalogue, kind: str, **damage: object) -> Explained:
    return explain(catalogue.kinds[kind], fake(kind, catalogue=catalogue, **damage))


def wrong(explained: Explained) -> list[Check]:
    return [check for check in explained.checks if check.result is Result.WRONG]


def rows(explained: Explained) -> list[tuple[str, str, tuple[int, int] | None]]:
    return [(check.what, check.result.value, check.span) for check in explained.checks]


def test_a_whole_key_passes_every_check_in_the_order_of_its_form(catalogue: Catalogue) -> None:
    explained = told(catalogue, CLASSIC)
    assert rows(explained) == [
        ("prefix ghp_", "ok", (1, 4)),
        ("length 40", "ok", None),
        ("30 characters of base62", "ok", (5, 34)),
        ("checksum crc32_base62", "ok", (35, 40)),
    ]
    assert (explained.well_formed, explained.proven) == (True, True)


def test_every_generated_key_passes_what_it_can_pass(every_form: list[tuple[str, int]], catalogue: Catalogue) -> None:
    for kind, form in every_form:
        key = fake(kind, catalogue=catalogue, form=form)
        explained = explain(catalogue.kinds[kind], key)
        assert explained.well_formed, (kind, form)
        assert wrong(explained) == [], (kind, form)
        for check in explained.checks:
            assert check.result is Result.OK or "not in the key" in check.message, (kind, form)
        judgement = catalogue.judge(key, expected=(kind,))
        if judgement.kinds[0] == kind:
            assert explained.proven == judgement.proven, (kind, form)


def test_the_checks_of_a_form_are_its_segments_and_the_length(
    every_form: list[tuple[str, int]], catalogue: Catalogue
) -> None:
    for kind, form in every_form:
        explained = explain(catalogue.kinds[kind], fake(kind, catalogue=catalogue, form=form, truncated=3))
        assert len(explained.checks) == len(explained.form.segments) + 1, (kind, form)
        assert sum(check.of_length for check in explained.checks) == 1, (kind, form)
        assert [c.what.split()[0] for c in explained.checks].count("checksum") == sum(
            isinstance(segment, Checksum) for segment in explained.form.segments
        ), (kind, form)


@pytest.mark.parametrize("position", [5, 17, 33])
def test_one_wrong_character_under_a_checksum_is_found(position: int, catalogue: Catalogue) -> None:
    explained = told(catalogue, CLASSIC, typo=position)
    (check,) = wrong(explained)
    assert check.span == (position, position)
    assert check.message == f"it holds when character {position} is another one"
    assert not explained.well_formed


def test_two_exchanged_characters_are_found(catalogue: Catalogue) -> None:
    key = fake(CLASSIC, catalogue=catalogue)
    at = next(i for i in range(10, 30) if key[i] != key[i + 1])
    explained = explain(catalogue.kinds[CLASSIC], key[:at] + key[at + 1] + key[at] + key[at + 2 :])
    (check,) = wrong(explained)
    assert check.span == (at + 1, at + 2)
    assert "change places" in check.message


def test_of_two_slips_only_the_checksum_is_named(catalogue: Catalogue) -> None:
    key = list(fake(CLASSIC, catalogue=catalogue))
    for at in (10, 20):
        key[at] = "x" if key[at] != "x" else "y"
    (check,) = wrong(explain(catalogue.kinds[CLASSIC], "".join(key)))
    assert check.span == (35, 40)
    assert "mistyped" in check.message


def test_the_right_character_is_never_told(catalogue: Catalogue) -> None:
    key = fake(CLASSIC, catalogue=catalogue)
    explained = told(catalogue, CLASSIC, typo=17)
    assert f"`{key[16]}`" not in " ".join(check.message for check in explained.checks)


def test_a_truncated_key_ends_somewhere_and_the_rest_is_not_reached(catalogue: Catalogue) -> None:
    assert rows(told(catalogue, CLASSIC, truncated=10)) == [
        ("prefix ghp_", "ok", (1, 4)),
        ("length 40", "wrong", (30, 30)),
        ("30 characters of base62", "wrong", (30, 30)),
        ("checksum crc32_base62", "not reached", None),
    ]


def test_a_wrong_character_has_its_position(catalogue: Catalogue) -> None:
    explained = told(catalogue, CLASSIC, illegal=9)
    (check,) = wrong(explained)
    assert check.span == (9, 9)
    assert check.message == "character 9 is `_`"
    assert explained.checks[-1].result is Result.NOT_REACHED


def test_a_marker_in_the_wrong_place(catalogue: Catalogue) -> None:
    key = fake("offset-key", catalogue=catalogue)
    explained = explain(catalogue.kinds["offset-key"], key[:6] + key[8:])
    messages = [check.message for check in explained.checks if check.what == "marker HERE"]
    assert messages == ["it stands 2 characters too early"]


def test_a_structure_says_what_is_wrong_in_it(catalogue: Catalogue) -> None:
    key = fake("jwt", catalogue=catalogue)
    explained = explain(catalogue.kinds["jwt"], key[:-4])
    (check,) = wrong(explained)
    assert check.what == "structure jwt"
    assert "signature" in check.message


def test_a_checksum_behind_a_wrong_structure_is_not_reached(catalogue: Catalogue) -> None:
    key = fake("gitlab-routable-token", catalogue=catalogue)
    explained = explain(catalogue.kinds["gitlab-routable-token"], key.replace(".01.", ".01."[:3] + "z", 1))
    assert not explained.well_formed
    results = [check.result for check in explained.checks]
    assert Result.NOT_REACHED in results[results.index(Result.WRONG) :]


@given(st.text(max_size=80), st.sampled_from([CLASSIC, "jwt", "openai-project-key", "aws-secret-access-key"]))
def test_any_text_is_explained(text: str, kind: str) -> None:
    explained = explain(builtin().kinds[kind], text)
    assert explained.checks
    for check in explained.checks:
        assert check.span is None or 0 <= check.span[0] <= check.span[1] <= max(len(text), 1)


def near(catalogue: Catalogue, key: str, **known: object) -> dict[str, str]:
    return {found.kind.id: found.why for found in nearest(catalogue, key, **known)}  # type: ignore[arg-type]


def test_a_lost_prefix_is_proven_by_the_checksum(catalogue: Catalogue) -> None:
    key = fake(CLASSIC, catalogue=catalogue)
    assert near(catalogue, key[4:])[CLASSIC] == "with ghp_ before it the checksum holds"
    assert near(catalogue, key[3:])[CLASSIC] == "with ghp before it the checksum holds"


def test_kinds_without_a_mark_come_near_by_their_form(catalogue: Catalogue) -> None:
    assert "variable or call" in near(catalogue, fake("context-key", catalogue=catalogue))["context-key"]


def test_what_was_expected_comes_near(catalogue: Catalogue) -> None:
    assert near(catalogue, "q7Vb2mZx9", expected=["jwt"]) == {"jwt": "this is what was expected"}
    assert near(catalogue, "q7Vb2mZx9", name="GITHUB_TOKEN", expected=[CLASSIC]) == {
        CLASSIC: "GITHUB_TOKEN holds such keys"
    }


def test_another_case_of_a_prefix_is_named(catalogue: Catalogue) -> None:
    assert near(catalogue, "GHP_abc")[CLASSIC] == "it begins with ghp_, but in another case"

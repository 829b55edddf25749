"""The compiled registry: held as long as it is true, made anew when it is not."""

import json
from pathlib import Path

import pytest

from keylint.registry import Registry, RegistryError


def test_the_cache_says_the_same(tmp_path: Path) -> None:
    fresh = Registry(cache_dir=str(tmp_path))
    assert fresh.expressions.keys
    stored = Registry(cache_dir=str(tmp_path))
    assert stored.expressions == fresh.expressions
    assert stored.codes == fresh.codes
    assert dict(stored.catalogue.kinds) == dict(fresh.catalogue.kinds)


@pytest.mark.parametrize("damage", ["{", "[]", "null", '{"format": 0}', '{"format": 2}', "\0"])
def test_a_damaged_cache_is_made_anew(tmp_path: Path, damage: str) -> None:
    codes = Registry(cache_dir=str(tmp_path)).codes
    for path in tmp_path.glob("*.json"):
        path.write_text(damage, encoding="utf-8")
    assert Registry(cache_dir=str(tmp_path)).codes == codes
    assert Registry(cache_dir=str(tmp_path)).catalogue.kinds


def test_a_cache_without_a_field_is_made_anew(tmp_path: Path) -> None:
    codes = Registry(cache_dir=str(tmp_path)).codes
    (path,) = tmp_path.glob("registry-*.json")
    for name in json.loads(path.read_text(encoding="utf-8")):
        stored = json.loads(path.read_text(encoding="utf-8"))
        del stored[name]
        path.write_text(json.dumps(stored), encoding="utf-8")
        registry = Registry(cache_dir=str(tmp_path))
        assert registry.codes == codes
        assert registry.expressions.modules
        assert registry.catalogue.kinds


def test_a_changed_provider_file_counts_at_once(tmp_path: Path) -> None:
    file = tmp_path / "acme.toml"
    text = 'id = "acme"\nname = "Acme"\n[[env]]\nname = "ACME_KEY"\naccepts = []\n'
    file.write_text(text, encoding="utf-8")
    cache = str(tmp_path / "cache")
    assert "ACME_KEY" in Registry([str(file)], cache).expressions.names
    file.write_text(text.replace("ACME_KEY", "ACME_TOKEN_NEW"), encoding="utf-8")
    assert "ACME_TOKEN_NEW" in Registry([str(file)], cache).expressions.names


def test_a_bad_provider_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "acme.toml"
    file.write_text('id = "acme"\nnaem = "Acme"\n', encoding="utf-8")
    with pytest.raises(RegistryError, match=r"acme\.toml"):
        _ = Registry([str(file)]).expressions

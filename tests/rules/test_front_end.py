"""What is shipped to the browser, and what may be."""

import pytest

from keylint.catalogue.fake import expand
from keylint.model import Channel, Claims, Definition, Judgement, Key, Place, Role, Secret
from keylint.registry import Registry
from keylint_rules.hardcoded import code_of

CATALOGUE = Registry(cache_dir=None).catalogue
KIND = CATALOGUE.kinds["stripe-secret-key-live"]
CONTEXTUAL = next(kind for kind in CATALOGUE.kinds.values() if kind.context and kind.secrecy == "secret")


def code(name, path=".env", channel=Channel.DOTENV, kind=KIND, details=(), **changes):
    judgement = Judgement((kind.id,), True, claims=Claims(details=details))
    value = Secret(expand("{fake:stripe-secret-key-live}", CATALOGUE))
    place = Place(path, 1, 1, 1, 9)
    definition = Definition(place, value, channel, name, judgement=judgement, **changes)
    return code_of(definition, Key("kl:1", "sk…", kind, CATALOGUE.providers[kind.provider], (definition,)))


@pytest.mark.parametrize(
    "name",
    ["NEXT_PUBLIC_K", "VITE_K", "REACT_APP_K", "VUE_APP_K", "NUXT_PUBLIC_K", "GATSBY_K", "EXPO_PUBLIC_K", "PUBLIC_K"],
)
def test_names_that_build_tools_ship(name):
    assert code(name) == code(name, ignored=True) == "KL107"
    assert code(name, "app.py", Channel.PYTHON) == "KL101"
    assert code(f"services.web.environment.{name}", "compose.yml", Channel.COMPOSE) == (
        "KL102" if name == "PUBLIC_K" else "KL107"
    )


@pytest.mark.parametrize("name", ["PUBLIC_KEY", "MY_NEXT_PUBLIC_K", "NEXT_PUBLIC", "vite_key", "VITE", None])
def test_names_that_they_do_not(name):
    assert code(name) == "KL102"
    assert code(name, ignored=True) is None


@pytest.mark.parametrize(
    ("path", "shipped"),
    [
        ("src/App.vue", True),
        ("src/routes/+page.svelte", True),
        ("src/environments/environment.prod.ts", True),
        ("static/js/app.js", True),
        ("web/public/app.mjs", True),
        ("app/assets/javascripts/pay.js", True),
        ("src/pay.tsx", False),
        ("public/index.php", False),
        ("publications/app.js", False),
        ("environments/prod.ts", False),
    ],
)
def test_files_that_are_certain_to_be_shipped(path, shipped):
    assert code("key", path, Channel.SOURCE) == ("KL107" if shipped else "KL101")


def test_a_default_is_shipped_too():
    assert code("VITE_K", "src/a.ts", Channel.SOURCE, role=Role.DEFAULT) == "KL107"


def test_what_is_made_for_the_browser_or_may_be():
    assert code("VITE_K", details=(("role", "anon"),)) == "KL102"
    assert code("VITE_K", kind=CONTEXTUAL, ignored=True) is None

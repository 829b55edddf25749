from keylint.catalogue import Catalogue
from keylint.catalogue.docs import provider_page


def test_page(catalogue: Catalogue) -> None:
    page = provider_page(catalogue.providers["more"], catalogue)
    for part in (
        "# More kinds\n",
        "- Hosts: `api.more.example`",
        "- Sent as: `X-More-Key: …`",
        "- Key with newline: nothing is sent",
        "### Equal halves around a marker\n\n`marked-key`",
        "mrk-live- [base62: 30] MARKED [base62: 30]    75 characters",
        "- Retired: 2026-05-01: the old service was closed (https://more.example/closed)",
        "- Lives at most: 90 days",
        "- Recognised: only by its variable, name or sink",
        "| `MORE_TOKEN` | `marked-key` |",
        "| `more.key` | assignment |  | `marked-key` |  |",
        "| `more.Client` | `key=` | `MORE_KEY` |",
    ):
        assert part in page


def test_a_page_with_checksums(catalogue: Catalogue) -> None:
    assert "- Checked offline: checksum `crc32_hex`" in provider_page(catalogue.providers["zuplo"], catalogue)
    salad = provider_page(catalogue.providers["salad"], catalogue)
    assert "salad_cloud_user_ [base62: 15-230] [checksum: 6]    38 to 253 characters" in salad


def test_every_provider_has_a_page(catalogue: Catalogue) -> None:
    for provider in catalogue.providers.values():
        page = provider_page(provider, catalogue)
        assert page.startswith(f"# {provider.name}\n")
        assert page.endswith("\n")
        assert "\n\n\n" not in page

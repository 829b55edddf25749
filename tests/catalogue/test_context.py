"""Names that tell what a value is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.catalogue import Catalogue
from keylint.catalogue.context import words
from keylint.catalogue.fake import fake


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("POSTMARK_SERVER_TOKEN", "postmark_server_token"),
        ("postmarkServerToken", "postmark_server_token"),
        ("mailer.postmark.server-token", "mailer_postmark_server_token"),
        ("a.b.c.d", "b_c_d"),
        ("AI21ApiKey", "ai_21_api_key"),
        ("", ""),
        ("___", ""),
    ],
)
def test_words(name: str, plain: str) -> None:
    assert words(name) == plain


@given(st.text(max_size=300))
def test_any_name_has_words(name: str) -> None:
    assert words(name) == words(words(name)) or "_" not in words(name)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("POSTMARK_SERVER_TOKEN", "postmark-token"),
        ("postmarkServerToken", "postmark-token"),
        ("postmark.server.token", "postmark-token"),
        ("MY_POSTMARK_APIKEY", "postmark-token"),
        ("ai21ApiKey", "ai21-api-key"),
        ("heroku.api_key", "heroku-legacy-key"),
        ("PROD_TWILIO_AUTH_TOKEN", "twilio-auth-token"),
        ("TWITTER_API_KEY_SECRET", "x-consumer-secret"),
    ],
)
def test_a_name_tells(catalogue: Catalogue, name: str, kind: str) -> None:
    assert kind in [found.id for found in catalogue.named(name)]


@pytest.mark.parametrize(
    "name",
    [
        "DROPBOX_TOKEN_URL",
        "postmark_token_file",
        "heroku_app_name",
        "token",
        "api_key",
        "inbox_token_count",
        "unboxed_token",
        "postmarked_letter_token",
        "x_api_key",
        "",
    ],
)
def test_a_name_tells_nothing(catalogue: Catalogue, name: str) -> None:
    assert catalogue.named(name) == ()


@pytest.mark.parametrize(
    ("kind", "name", "expected", "kinds"),
    [
        # Only the place decides.
        ("stability-api-key", None, (), ("moonshot-api-key", "stability-api-key")),
        ("stability-api-key", "STABILITY_KEY", (), ("stability-api-key",)),
        ("stability-api-key", None, ("moonshot-api-key",), ("moonshot-api-key",)),
        ("svix-webhook-secret", "SVIX_WEBHOOK_SECRET", (), ("svix-webhook-secret",)),
        # The text decides.
        ("openai-legacy-key", "MOONSHOT_API_KEY", (), ("openai-legacy-key",)),
        ("openai-legacy-key", None, ("stability-api-key",), ("openai-legacy-key",)),
        ("paystack-secret-key", "STRIPE_SECRET_KEY", (), ("paystack-secret-key",)),
        ("github-classic-pat", "zendesk_api_token", ("zendesk-token",), ("github-classic-pat",)),
        ("render-api-key", "fastly_api_token", ("fastly-token",), ("render-api-key",)),
        # A format of everybody gives way to what a name says.
        ("jwt", "SNOWFLAKE_TOKEN", (), ("snowflake-pat",)),
        ("azure-entra-access-token", None, ("jwt",), ("azure-entra-access-token", "jwt")),
        ("jwt", None, (), ("jwt",)),
    ],
)
def test_between_kinds(
    catalogue: Catalogue, kind: str, name: str | None, expected: tuple[str, ...], kinds: tuple[str, ...]
) -> None:
    judgement = catalogue.judge(fake(kind, catalogue=catalogue), name=name, expected=expected)
    assert judgement.well_formed
    assert set(judgement.kinds) == set(kinds)


@pytest.mark.parametrize(
    "text", ["tss_transport_layer_options_for_all", "hawk.some-thing-with-words.and-more-of-those-xx"]
)
def test_words_are_no_key(catalogue: Catalogue, text: str) -> None:
    assert not catalogue.judge(text).well_formed

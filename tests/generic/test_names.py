"""Which names are those of credentials, and how much they promise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.generic.names import Strength, last_part, strength, words

PASSWORDS = """
password PASSWORD Password passwords password2 PASSWORD_1 db_password DB_PASSWORD dbPassword x-password admin-password
mypassword userpass mysqlPwd PASSWD passphrase ssh_passphrase pass SMTP_PASS ansible_ssh_pass redis_pw rootpw
keystorePassword masterauth requirepass kennwort contrasena JENKINS_PASS_ADMIN POSTGRES_PASSWORD_DEV password_production
adminPassword.value user.password users[0].password spring.datasource.password spring/datasource/password
"""
SECRETS = """
secret clientSecret client_secret CLIENT_SECRET app_secret consumer_secret webhook_secret jwt_secret SECRET_KEY_BASE
token tokens AuthToken auth_token _authToken accessToken access_token refresh_token bearer_token bot_token session_token
npm_token api_key apiKey apikey APIKEY API_KEYS X-Api-Key x-api-key consumer_key secret_key secretAccessKey
aws_secret_access_key AccountKey SharedAccessKey subscription-key Ocp-Apim-Subscription-Key private_key privateKey
signing_key encryption_key master_key license_key hmac_key deploy_key stripe_key authorization Authorization
pepper config.pepper auth_string network_key
credentials creds GITHUB_PAT providers[3].token
"""
WEAK = "key keys auth _auth cookie seed otp cert ticket sid session_id JSESSIONID PHPSESSID connect.sid"
NO_CREDENTIALS = """
NextToken nextToken next_token continuation_token page_token pageToken sync_token cancellation_token CancellationToken
csrf_token csrfToken xsrf-token token_fail_reason token_type tokenType token_url token_endpoint token_count token_expiry
tokenizer tokenize tokenSymbol
password_reset_url PASSWORD_RESET_TIMEOUT password_validators password_hash passwordHash hashed_password
encrypted_password password_field password_confirmation PasswordLabel password_min_length change_password
reset_password forgot_password show_password
public_key publicKey publishableKey primary_key primaryKey foreign_key sort_key partition_key cache_key unique_key
site_key siteKey commit_key surrogate_key dedup_key image_key layer_key asset_key build_key blob_key file_key resume_token
pass_arg PASS_THROUGH_ROUTES pass_context pass_rate
instrumentation_key InstrumentationKey token_accessor sealed_secret wrapped_key checksum/secret
composite_key prevKey hotkey hot_key translation_key keyboard keyword keywords keystore keystore_path monkey turkey donkey
key_id keyId access_key_id key_file private_key_path ssh_key_file api_key_header api_key_name API_KEY_ENV
secret_name secretName secretRef secretary
bypass by_pass bypass_cache first_pass render_pass multipass compass passenger passive passport passthrough passing
passed passes surpass
author authority authenticate auth_url auth_type authMethod AUTH_USER_MODEL session_timeout oauth_callback
username user email name value id path host port license copyright
"""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *((name, Strength.PASSWORD) for name in PASSWORDS.split()),
        *((name, Strength.SECRET) for name in SECRETS.split()),
        *((name, Strength.WEAK) for name in WEAK.split()),
        *((name, Strength.NONE) for name in NO_CREDENTIALS.split()),
    ],
)
def test_what_a_name_promises(name: str, expected: Strength) -> None:
    assert strength(name) is expected


@pytest.mark.parametrize("name", ["", ".", "[0]", "12", "$", "пароль", "___", "a" * 5000])
def test_a_name_without_a_word_for_credentials_promises_nothing(name: str) -> None:
    assert strength(name) is Strength.NONE


_WORDS = st.sampled_from(
    [
        "db",
        "user",
        "api",
        "client",
        "access",
        "old",
        "password",
        "token",
        "secret",
        "key",
        "hash",
        "url",
        "public",
        "next",
    ]
)


@given(st.lists(_WORDS, min_size=1, max_size=4))
def test_the_spelling_of_a_name_does_not_matter(parts: list[str]) -> None:
    snake, camel = "_".join(parts), parts[0] + "".join(part.title() for part in parts[1:])
    assert words(snake) == words(camel) == words("-".join(parts)) == words(snake.upper()) == parts
    assert strength(snake) is strength("-".join(parts)) is strength(snake.upper())
    assert strength(f"a.b[3].{snake}") is strength(snake)


@given(st.text(max_size=300))
def test_any_text_may_be_a_name(text: str) -> None:
    assert strength(text) in Strength
    assert all(word.islower() and word.isalpha() for word in words(text))


@pytest.mark.parametrize(
    ("path", "name"),
    [("password", "password"), ("db.password", "password"), ("users[0].password", "password"), ("passwords[3]", "passwords"),
     ("a/b:c", "c"), ("", ""), ("[0]", "")],
)  # fmt: skip
def test_the_last_part_of_a_path_is_a_name(path: str, name: str) -> None:
    assert last_part(path) == name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("AWS_secretAccessKey2", ["aws", "secret", "access", "key"]),
        ("HTTPPassword", ["http", "password"]),
        ("x1y", ["x", "y"]),
    ],
)
def test_the_words_of_a_name(name: str, expected: list[str]) -> None:
    assert words(name) == expected

"""The built-in catalogue and the example of an organisation's own provider, held against tables kept here.

The tables hold the kinds that most projects use, checked by hand. What holds for all kinds is tested for each: that its keys
are accepted and its checksums hold (`catalogue/test_measure.py`), that they are found in files (`quality/test_recognition.py`).
`docs/kinds.md` lists every kind, so that a change of one shows.
"""

import re
import tomllib
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

import keylint_rules.providers
from keylint.catalogue import Catalogue, load
from keylint.catalogue.fake import fake
from keylint.catalogue.grammar import Checksum, Literal, parse
from keylint.model import Confidence, Secrecy

FILES = sorted(Path(keylint_rules.providers.__file__).parent.glob("*.toml"))
CATALOGUE = load(FILES)
ACME = Path(__file__).parents[1] / "examples" / "acme.toml"

# Kind: (what its forms start with, least and greatest length in characters, whether it carries a checksum).
KINDS: dict[str, tuple[tuple[str, ...], int, int, bool]] = {
    # anthropic
    "anthropic-api-key": (("sk-ant-api03-",), 108, 108, False),
    "anthropic-admin-key": (("sk-ant-admin01-",), 110, 110, False),
    "anthropic-oauth-token": (("sk-ant-oat01-", "sk-ant-ort01-", "sk-ant-sid01-"), 60, 200, False),
    # atlassian
    "atlassian-api-token": (("ATATT3xFfGF0",), 100, 260, True),
    "bitbucket-repository-token": (("ATCTT3xFfGN0",), 160, 260, True),
    "bitbucket-app-password": (("ATBB",), 36, 36, True),
    "bitbucket-datacenter-token": (("BBDC-",), 49, 49, False),
    "atlassian-datacenter-pat": ((), 44, 44, False),
    "atlassian-legacy-token": ((), 24, 24, False),
    # aws
    "aws-access-key-id": (("AKIA",), 20, 20, False),
    "aws-sts-access-key-id": (("ASIA",), 20, 20, False),
    "aws-secret-access-key": ((), 40, 40, False),
    "aws-session-token": (("IQoJb3JpZ2luX2Vj", "FwoGZXIvYXdz", "FQoGZXIvYXdz"), 100, 2200, False),
    "aws-bedrock-long-term-key": (("ABSK",), 113, 273, False),
    "aws-bedrock-short-term-key": (("bedrock-api-key-",), 200, 3000, False),
    "aws-appsync-api-key": (("da2-",), 30, 30, False),
    "aws-other-unique-id": (
        ("AIDA", "AROA", "AGPA", "AIPA", "ANPA", "ANVA", "ASCA", "APKA", "ABIA", "ACCA"),
        20,
        21,
        False,
    ),
    # azure
    "azure-storage-account-key": ((), 88, 88, True),
    "azure-cosmosdb-key": ((), 88, 88, True),
    "azure-batch-key": ((), 88, 88, True),
    "azure-ml-classic-key": ((), 88, 88, True),
    "azure-apim-key": ((), 88, 88, True),
    "azure-servicebus-key": ((), 44, 44, True),
    "azure-eventhub-key": ((), 44, 44, True),
    "azure-relay-key": ((), 44, 44, True),
    "azure-iot-key": ((), 44, 44, True),
    "azure-redis-key": ((), 44, 44, True),
    "azure-functions-key": ((), 56, 56, True),
    "azure-search-key": ((), 52, 52, True),
    "azure-container-registry-key": ((), 52, 52, True),
    "azure-eventgrid-key-v1": ((), 44, 44, True),
    "azure-openai-key": ((), 84, 84, True),
    "azure-cognitive-services-key": ((), 84, 84, True),
    "azure-devops-pat": ((), 84, 88, True),
    "azure-app-configuration-secret": ((), 84, 88, True),
    "azure-maps-key": ((), 84, 88, True),
    "azure-communication-services-key": ((), 84, 88, True),
    "azure-eventgrid-key": ((), 84, 88, True),
    "azure-mixed-reality-key": ((), 84, 88, True),
    "azure-fluid-relay-key": ((), 84, 88, True),
    "azure-cask-key": ((), 84, 88, True),
    "azure-entra-client-secret": ((), 40, 40, True),
    "azure-entra-client-secret-7q": ((), 37, 37, False),
    "azure-sas-token": ((), 80, 600, False),
    "azure-storage-key-legacy": ((), 88, 88, False),
    "azure-messaging-key-legacy": ((), 44, 44, False),
    "azure-cognitive-legacy-key": ((), 32, 32, False),
    "azure-devops-pat-legacy": ((), 52, 52, False),
    # cerebras
    "cerebras-api-key": (("csk-",), 52, 52, False),
    # clerk
    "clerk-secret-key": (("sk_test_", "sk_live_"), 40, 51, False),
    "clerk-publishable-key": (("pk_test_", "pk_live_"), 20, 120, False),
    # cloudflare
    "cloudflare-user-token": (("cfut_",), 53, 53, True),
    "cloudflare-account-token": (("cfat_",), 53, 53, True),
    "cloudflare-global-key": (("cfk_",), 52, 52, True),
    "cloudflare-legacy-token": ((), 40, 40, False),
    "cloudflare-legacy-global-key": ((), 37, 37, False),
    "cloudflare-origin-ca-key": (("v1.0-",), 176, 176, False),
    # databricks
    "databricks-pat": (("dapi",), 36, 38, False),
    # datadog
    "datadog-api-key": ((), 32, 32, False),
    "datadog-app-key": ((), 40, 40, False),
    # deepseek
    "deepseek-api-key": (("sk-",), 35, 35, False),
    # digitalocean
    "digitalocean-token": (("dop_v1_", "doo_v1_", "dor_v1_"), 71, 71, False),
    # discord
    "discord-bot-token": ((), 58, 72, False),
    "discord-webhook-url": (
        ("https://discord.com/api/webhooks/", "https://discordapp.com/api/webhooks/"),
        119,
        124,
        False,
    ),
    "discord-client-secret": ((), 32, 32, False),
    # elevenlabs
    "elevenlabs-api-key": (("sk_",), 51, 51, False),
    "elevenlabs-legacy-key": ((), 32, 32, False),
    # fireworks
    "fireworks-api-key": (("fw_",), 25, 27, False),
    # generic
    "jwt": (("eyJ",), 40, 8000, False),
    "pem-private-key": (("-----BEGIN ",), 100, 13000, False),
    "openssh-private-key": (("-----BEGIN OPENSSH PRIVATE KEY-----",), 300, 8000, False),
    "age-secret-key": (("AGE-SECRET-KEY-1",), 74, 74, True),
    # github
    "github-classic-pat": (("ghp_",), 40, 40, True),
    "github-fine-grained-pat": (("github_pat_",), 93, 93, False),
    "github-oauth-token": (("gho_",), 40, 40, True),
    "github-app-user-token": (("ghu_",), 40, 40, True),
    "github-app-installation-token-jwt": (("ghs_",), 100, 1200, False),
    "github-app-installation-token-legacy": (("ghs_",), 40, 40, True),
    "github-refresh-token": (("ghr_",), 40, 80, True),
    "github-legacy-hex-token": ((), 40, 40, False),
    "github-app-client-id": (("Iv1.", "Iv23", "Ov23"), 20, 20, False),
    "github-secret-scanning-sample": (("secret_scanning_ab85fc6f8d7638cf1c11da812da308d43_",), 55, 55, False),
    # gitlab
    "gitlab-pat": (("glpat-",), 26, 26, False),
    "gitlab-routable-token": (("glpat-", "glrt-", "glrtr-", "glcbt-"), 42, 319, True),
    "gitlab-deploy-token": (("gldt-",), 25, 25, False),
    "gitlab-runner-auth-token": (("glrt-",), 25, 25, False),
    "gitlab-pipeline-trigger-token": (("glptt-",), 46, 46, False),
    "gitlab-feed-token": (("glft-",), 25, 25, False),
    "gitlab-incoming-mail-token": (("glimt-",), 31, 31, False),
    "gitlab-agent-token": (("glagent-",), 58, 58, False),
    "gitlab-oauth-app-secret": (("gloas-",), 70, 70, False),
    "gitlab-scim-token": (("glsoat-",), 27, 27, False),
    "gitlab-feature-flag-token": (("glffct-",), 27, 27, False),
    "gitlab-ci-job-token": (("glcbt-",), 28, 32, False),
    "gitlab-runner-registration-token": (("GR1348941",), 29, 29, False),
    # google
    "google-api-key": (("AIza",), 39, 39, False),
    "google-gemini-auth-key": (("AQ.",), 53, 53, False),
    "google-oauth-access-token": (("ya29.",), 27, 2048, False),
    "google-oauth-refresh-token": (("1//0",), 84, 512, False),
    "google-oauth-client-secret": (("GOCSPX-",), 35, 35, False),
    "google-fcm-legacy-server-key": ((), 152, 175, False),
    # grafana
    "grafana-service-account-token": (("glsa_",), 46, 46, True),
    "grafana-cloud-policy-token": (("glc_",), 60, 400, False),
    "grafana-legacy-api-key": (("eyJrIjoi",), 64, 360, False),
    # groq
    "groq-api-key": (("gsk_",), 56, 56, False),
    # huggingface
    "huggingface-user-token": (("hf_",), 37, 37, False),
    "huggingface-org-token": (("api_org_",), 42, 42, False),
    # langsmith
    "langsmith-key": (("lsv2_pt_", "lsv2_sk_"), 51, 51, False),
    "langsmith-legacy-key": (("ls__",), 36, 36, False),
    # linear
    "linear-api-key": (("lin_api_",), 48, 48, False),
    # mailgun
    "mailgun-api-key": (("key-",), 36, 50, False),
    "mailgun-public-key": (("pubkey-",), 39, 39, False),
    # notion
    "notion-token": (("ntn_",), 50, 50, False),
    "notion-legacy-token": (("secret_",), 50, 50, False),
    # npm
    "npm-access-token": (("npm_",), 40, 40, True),
    "npm-legacy-uuid": ((), 36, 36, False),
    # nvidia
    "nvidia-nim-api-key": (("nvapi-",), 70, 70, False),
    # openai
    "openai-project-key": (("sk-proj-",), 56, 164, False),
    "openai-service-account-key": (("sk-svcacct-",), 59, 167, False),
    "openai-admin-key": (("sk-admin-",), 57, 165, False),
    "openai-legacy-key": (("sk-",), 51, 51, False),
    # openrouter
    "openrouter-api-key": (("sk-or-v1-",), 73, 73, False),
    # perplexity
    "perplexity-api-key": (("pplx-",), 53, 53, False),
    # pinecone
    "pinecone-api-key": (("pcsk_",), 74, 75, False),
    "pinecone-legacy-key": ((), 36, 36, False),
    # pypi
    "pypi-api-token": (("pypi-AgEIcHlwaS5vcmc", "pypi-AgENdGVzdC5weXBpLm9yZw"), 155, 1000, False),
    # replicate
    "replicate-api-token": (("r8_",), 40, 40, False),
    # resend
    "resend-api-key": (("re_",), 36, 36, False),
    # sendgrid
    "sendgrid-api-key": (("SG.",), 69, 69, False),
    # sentry
    "sentry-org-token": (("sntrys_",), 120, 400, False),
    "sentry-user-token": (("sntryu_",), 71, 71, False),
    # shopify
    "shopify-token": (("shpat_", "shpca_", "shppa_", "shpss_", "shptka_", "shpua_"), 38, 39, False),
    # slack
    "slack-bot-token": (("xoxb-",), 32, 57, False),
    "slack-user-token": (("xoxp-",), 66, 81, False),
    "slack-app-token": (("xapp-",), 97, 106, False),
    "slack-config-token": (("xoxe.xoxp-", "xoxe.xoxb-"), 175, 178, False),
    "slack-refresh-token": (("xoxe-",), 153, 154, False),
    "slack-session-token": (("xoxc-", "xoxd-"), 99, 400, False),
    "slack-legacy-workspace-token": (("xoxa-", "xoxr-"), 13, 55, False),
    "slack-legacy-tester-token": (("xoxo-", "xoxs-"), 13, 55, False),
    "slack-webhook-url": (("https://hooks.slack.com/",), 77, 85, False),
    # stripe
    "stripe-secret-key-live": (("sk_live_",), 32, 107, False),
    "stripe-secret-key-test": (("sk_test_",), 32, 107, False),
    "stripe-restricted-key-live": (("rk_live_",), 32, 107, False),
    "stripe-restricted-key-test": (("rk_test_",), 32, 107, False),
    "stripe-publishable-key-live": (("pk_live_",), 32, 107, False),
    "stripe-publishable-key-test": (("pk_test_",), 32, 107, False),
    "stripe-webhook-secret": (("whsec_",), 38, 70, False),
    # supabase
    "supabase-secret-key": (("sb_secret_",), 41, 41, True),
    "supabase-publishable-key": (("sb_publishable_",), 46, 46, True),
    "supabase-management-token": (("sbp_",), 44, 47, False),
    "supabase-legacy-jwt": (("eyJ",), 180, 260, False),
    "supabase-anon-jwt": (("eyJ",), 180, 260, False),
    # tavily
    "tavily-api-key": (("tvly-",), 37, 42, False),
    # telegram
    "telegram-bot-token": ((), 44, 46, False),
    # together
    "together-api-key": (("tgp_v1_",), 50, 50, False),
    "together-legacy-key": ((), 64, 64, False),
    # twilio
    "twilio-account-sid": (("AC",), 34, 34, False),
    "twilio-api-key-sid": (("SK",), 34, 34, False),
    "twilio-auth-token": ((), 32, 32, False),
    "twilio-api-key-secret": ((), 32, 32, False),
    # vercel
    "vercel-personal-token": (("vcp_",), 60, 60, True),
    "vercel-integration-token": (("vci_",), 60, 60, True),
    "vercel-app-access-token": (("vca_",), 60, 60, True),
    "vercel-app-refresh-token": (("vcr_",), 60, 60, True),
    "vercel-ai-gateway-key": (("vck_",), 60, 60, True),
    "vercel-legacy-token": ((), 24, 24, False),
    # voyage
    "voyage-api-key": (("pa-", "al-"), 46, 46, False),
    # wandb
    "wandb-api-key": (("wandb_v1_",), 86, 86, False),
    "wandb-legacy-key": ((), 40, 40, False),
    # xai
    "xai-api-key": (("xai-",), 84, 84, False),
}

# Kinds that no start marks: the text that every form has at a fixed place, counted from 0.
MARKS = {
    "openai-legacy-key": (23, "T3BlbkFJ"),
    "google-fcm-legacy-server-key": (11, ":APA91b"),
    "groq-api-key": (24, "WGdyb3FY"),
    "azure-storage-account-key": (76, "+ASt"),
    "azure-cosmosdb-key": (76, "ACDb"),
    "azure-batch-key": (76, "+ABa"),
    "azure-ml-classic-key": (76, "+AMC"),
    "azure-apim-key": (76, "APIM"),
    "azure-servicebus-key": (33, "+ASb"),
    "azure-eventhub-key": (33, "+AEh"),
    "azure-relay-key": (33, "+ARm"),
    "azure-iot-key": (33, "AIoT"),
    "azure-redis-key": (33, "AzCa"),
    "azure-functions-key": (44, "AzFu"),
    "azure-search-key": (42, "AzSe"),
    "azure-container-registry-key": (42, "+ACR"),
    "azure-eventgrid-key-v1": (33, "AZEG"),
    "azure-cask-key": (52, "JQQJ9"),
    "azure-openai-key": (72, "AAABACOG"),
    "azure-cognitive-services-key": (76, "ACOG"),
    "azure-devops-pat": (76, "AZDO"),
    "azure-app-configuration-secret": (72, "AAAAAZAC"),
    "azure-maps-key": (72, "AAAAAZMP"),
    "azure-communication-services-key": (72, "AAAAAZCS"),
    "azure-eventgrid-key": (72, "AAAAAZEG"),
    "azure-mixed-reality-key": (72, "AAAAAZMR"),
    "azure-fluid-relay-key": (72, "AAAAAZFR"),
    "azure-entra-client-secret": (3, "8Q~"),
    "azure-entra-client-secret-7q": (3, "7Q~"),
}

# Kinds that only a known name or sink makes recognisable.
CONTEXT = {
    "atlassian-datacenter-pat",
    "atlassian-legacy-token",
    "aws-secret-access-key",
    "azure-cognitive-legacy-key",
    "azure-devops-pat-legacy",
    "azure-messaging-key-legacy",
    "azure-storage-key-legacy",
    "cloudflare-legacy-global-key",
    "cloudflare-legacy-token",
    "datadog-api-key",
    "datadog-app-key",
    "discord-client-secret",
    "elevenlabs-legacy-key",
    "github-legacy-hex-token",
    "mailgun-api-key",
    "npm-legacy-uuid",
    "pinecone-legacy-key",
    "together-legacy-key",
    "twilio-api-key-secret",
    "twilio-auth-token",
    "vercel-legacy-token",
    "wandb-legacy-key",
}
PUBLISHABLE = {
    "clerk-publishable-key",
    "google-api-key",
    "mailgun-public-key",
    "stripe-publishable-key-live",
    "stripe-publishable-key-test",
    "supabase-publishable-key",
    "supabase-anon-jwt",
}
IDENTIFIERS = {
    "aws-access-key-id",
    "aws-other-unique-id",
    "aws-sts-access-key-id",
    "github-app-client-id",
    "github-secret-scanning-sample",
    "twilio-account-sid",
    "twilio-api-key-sid",
}
RETIRED = {
    "airtable-api-key": (date(2024, 2, 1), Confidence.HIGH),
    "atlassian-legacy-token": (date(2026, 5, 12), Confidence.HIGH),
    "aws-mws-auth-token": (date(2024, 3, 31), Confidence.MEDIUM),
    "bitbucket-app-password": (date(2026, 7, 28), Confidence.HIGH),
    "cloudflare-origin-ca-key": (date(2026, 9, 30), Confidence.HIGH),
    "google-fcm-legacy-server-key": (date(2024, 7, 22), Confidence.MEDIUM),
    "hubspot-api-key": (date(2022, 11, 30), Confidence.HIGH),
    "langsmith-legacy-key": (date(2024, 10, 22), Confidence.MEDIUM),
    "npm-legacy-uuid": (date(2025, 12, 9), Confidence.HIGH),
    "openai-session-token": (date(2023, 7, 20), Confidence.MEDIUM),
    "slack-legacy-workspace-token": (date(2021, 8, 24), Confidence.MEDIUM),
    "supabase-legacy-jwt": (date(2027, 1, 1), Confidence.MEDIUM),
    "supabase-anon-jwt": (date(2027, 1, 1), Confidence.MEDIUM),
    "zoom-jwt-app": (date(2023, 9, 8), Confidence.MEDIUM),
}
# What refutes a key by its age alone: facts that were checked, of kinds that are certain.
CERTAIN_LIFETIMES = {
    "atlassian-api-token": timedelta(days=365),
    "github-app-installation-token-legacy": timedelta(hours=1),
}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return CATALOGUE


def test_the_catalogue_holds_the_kinds_of_the_table(catalogue: Catalogue) -> None:
    assert set(KINDS) - set(catalogue.kinds) == set()


def test_lengths(catalogue: Catalogue) -> None:
    for kind, (_, least, greatest, _) in KINDS.items():
        forms = [parse(form) for form in catalogue.kinds[kind].forms]
        assert (min(form.min for form in forms), max(form.max for form in forms)) == (least, greatest), kind


def test_starts(catalogue: Catalogue) -> None:
    for kind, (starts, *_) in KINDS.items():
        anchors = [anchor for form in catalogue.kinds[kind].forms for anchor in parse(form).anchors]
        assert all(anchor.startswith(starts) for anchor in anchors), kind
        assert all(any(anchor.startswith(start) for anchor in anchors) for start in starts), kind


@pytest.mark.parametrize("kind", MARKS)
def test_marks(kind: str, catalogue: Catalogue) -> None:
    offset, text = MARKS[kind]
    for form in catalogue.kinds[kind].forms:
        position = 0
        for segment in parse(form).segments:
            if isinstance(segment, Literal) and position == offset:
                assert segment.text == text
                break
            if isinstance(segment, Literal) and position < offset < position + segment.min:
                assert segment.text[offset - position :] == text
                break
            assert segment.min == segment.max
            position += segment.min
        else:
            pytest.fail(f"{form}: nothing at {offset}")


def test_checksums(catalogue: Catalogue) -> None:
    for kind, (*_, summed) in KINDS.items():
        forms = [parse(form) for form in catalogue.kinds[kind].forms]
        assert {any(isinstance(s, Checksum) for s in form.segments) for form in forms} == {summed}, kind


@pytest.mark.parametrize("mode", ["live", "test"])
def test_stripe_keys_say_their_environment(mode: str, catalogue: Catalogue) -> None:
    for kind in ("secret", "restricted", "publishable"):
        assert catalogue.kinds[f"stripe-{kind}-key-{mode}"].environment == mode
    said = {kind for kind in KINDS if catalogue.kinds[kind].environment}
    assert all(re.fullmatch(r"stripe-\w+-key-(live|test)", kind) for kind in said)


def test_what_may_be_done_with_each_kind(catalogue: Catalogue) -> None:
    kinds = [catalogue.kinds[kind] for kind in KINDS]
    assert {kind.id for kind in kinds if kind.context} == CONTEXT
    assert {kind.id for kind in kinds if kind.secrecy is Secrecy.PUBLISHABLE} == PUBLISHABLE
    assert {kind.id for kind in kinds if kind.secrecy is Secrecy.IDENTIFIER} == IDENTIFIERS


def test_retirements_have_a_day_and_a_source(catalogue: Catalogue) -> None:
    retired = {kind.id: kind.retired for kind in catalogue.kinds.values() if kind.retired is not None}
    assert {kind: (retirement.day, retirement.confidence) for kind, retirement in retired.items()} == RETIRED
    assert all(retirement.source and retirement.note for retirement in retired.values())


def test_lifetimes_have_a_source_and_few_are_certain(catalogue: Catalogue) -> None:
    mortal = {kind.id: kind.lifetime for kind in catalogue.kinds.values() if kind.lifetime is not None}
    assert all(lifetime.source and lifetime.span > timedelta() for lifetime in mortal.values())
    certain = {kind: lifetime.span for kind, lifetime in mortal.items() if catalogue.kinds[kind].lifetime_is_certain}
    assert certain == CERTAIN_LIFETIMES


def test_every_kind_says_where_its_facts_come_from(catalogue: Catalogue) -> None:
    assert [kind.id for kind in catalogue.kinds.values() if not kind.source] == []


def test_each_of_its_names_makes_a_context_kind_recognisable(catalogue: Catalogue) -> None:
    for kind in (kind for kind in catalogue.kinds.values() if kind.context):
        key = fake(kind.id, catalogue=catalogue)
        for name in kind.context_names:
            assert kind.id in catalogue.judge(key, name=name.upper()).kinds, (kind.id, name)


@pytest.mark.parametrize(
    "kind",
    [
        "openai-project-key",
        "anthropic-api-key",
        "github-classic-pat",
        "npm-access-token",
        "sendgrid-api-key",
        "google-api-key",
    ],
)
def test_a_short_key_of_one_stable_length_is_cut_off(kind: str, catalogue: Catalogue) -> None:
    (defect,) = catalogue.judge(fake(kind, catalogue=catalogue, truncated=3)).defects
    assert (defect.code, defect.certain) == ("KL201", True)


@pytest.mark.parametrize(
    "kind", ["stripe-secret-key-live", "slack-bot-token", "huggingface-user-token", "shopify-token"]
)
def test_another_length_of_a_kind_with_several_is_only_suspicious(kind: str, catalogue: Catalogue) -> None:
    judgement = catalogue.judge(fake(kind, catalogue=catalogue, truncated=3))
    assert not judgement.well_formed
    assert not any(defect.certain for defect in judgement.defects)


@pytest.mark.parametrize(
    "kind", ["azure-openai-key", "azure-devops-pat", "openai-project-key", "gitlab-runner-auth-token"]
)
def test_the_particular_kind_comes_first(kind: str, catalogue: Catalogue) -> None:
    assert catalogue.judge(fake(kind, catalogue=catalogue)).kinds[0] == kind


@pytest.mark.parametrize("name", ["_authToken", "//registry.npmjs.org/:_authToken"])
def test_a_name_with_its_separator_is_meant_as_written(name: str, catalogue: Catalogue) -> None:
    assert [kind.id for kind in catalogue.named(name)] == ["npm-legacy-uuid"]


@pytest.mark.parametrize("name", ["auth_token", "SESSION_AUTH_TOKEN", "authToken", "X_authtoken"])
def test_a_name_that_everybody_uses_tells_no_kind(name: str, catalogue: Catalogue) -> None:
    assert catalogue.named(name) == ()


def test_what_is_accepted_exists(catalogue: Catalogue) -> None:
    accepted = [kind for env in catalogue.env.values() for kind in env.accepts]
    accepted += [kind for sinks in catalogue.sinks.values() for sink in sinks for kind in sink.accepts]
    accepted += [kind.pair for kind in catalogue.kinds.values() if kind.pair is not None]
    assert accepted
    assert set(accepted) <= set(catalogue.kinds)


def test_a_variable_belongs_to_one_provider() -> None:
    tables = [tomllib.loads(path.read_text(encoding="utf-8")) for path in FILES]
    names = Counter(entry["name"] for table in tables for entry in table.get("env", ()))
    assert [name for name, count in names.items() if count > 1] == []


def test_an_argument_is_one_sink(catalogue: Catalogue) -> None:
    entries = Counter((sink.call, sink.keyword, sink.models) for sinks in catalogue.sinks.values() for sink in sinks)
    assert [entry for entry, count in entries.items() if count > 1] == []


def test_a_sink_reads_only_known_variables(catalogue: Catalogue) -> None:
    read = {name for sinks in catalogue.sinks.values() for sink in sinks for name in sink.env}
    assert read <= set(catalogue.env)


@pytest.mark.parametrize(
    ("call", "keyword", "takes", "refuses"),
    [
        ("openai.OpenAI", "api_key", "openai-project-key", "openai-admin-key"),
        ("openai.OpenAI", "admin_api_key", "openai-admin-key", "openai-project-key"),
        ("openai.AzureOpenAI", "api_key", "azure-openai-key", "openai-project-key"),
        ("anthropic.Anthropic", "api_key", "anthropic-api-key", "anthropic-admin-key"),
        ("google.genai.Client", "api_key", "google-gemini-auth-key", "google-api-key"),
        ("googlemaps.Client", "key", "google-api-key", "google-gemini-auth-key"),
        ("azure.core.credentials.AzureKeyCredential", "key", "github-classic-pat", "openai-project-key"),
        ("atlassian.Jira", "password", "atlassian-api-token", "bitbucket-app-password"),
        ("stripe.api_key", None, "stripe-restricted-key-test", "stripe-publishable-key-test"),
        ("slack_sdk.WebClient", "token", "slack-bot-token", "slack-app-token"),
        ("twilio.rest.Client", "username", "twilio-account-sid", "twilio-auth-token"),
        ("boto3.client", "aws_access_key_id", "aws-sts-access-key-id", "aws-other-unique-id"),
        ("sendgrid.SendGridAPIClient", "api_key", "sendgrid-api-key", "twilio-auth-token"),
    ],
)
def test_what_a_call_takes(call: str, keyword: str | None, takes: str, refuses: str, catalogue: Catalogue) -> None:
    (sink,) = (sink for sink in catalogue.sinks[call] if sink.keyword == keyword)
    assert takes in sink.accepts
    assert refuses not in sink.accepts


@pytest.mark.parametrize("call", ["litellm.completion", "exa_py.Exa"])
def test_of_some_calls_it_is_not_known_what_they_take(call: str, catalogue: Catalogue) -> None:
    assert [sink.accepts for sink in catalogue.sinks[call] if not sink.models] == [()]


def test_public_examples_are_stored_as_hashes_only(catalogue: Catalogue) -> None:
    examples = [(kind.id, example) for kind in catalogue.kinds.values() for example in kind.examples]
    assert len(examples) == len({(kind, example.sha256) for kind, example in examples}) >= 50
    assert all(re.fullmatch(r"[0-9a-f]{64}", example.sha256) and example.note for _, example in examples)


def test_no_file_holds_a_key(catalogue: Catalogue) -> None:
    for path in (*FILES, ACME):
        text = path.read_text(encoding="utf-8")
        found = [candidate for candidate in catalogue.recognise(text) if candidate.distinctive]
        assert [text[c.start : c.end] for c in found if catalogue.judge(text[c.start : c.end]).well_formed] == [], path


def test_the_example_of_an_own_provider_joins_the_catalogue() -> None:
    catalogue = load([*FILES, ACME])
    assert {"acme-live-key", "acme-test-key", "acme-old-key"} <= set(catalogue.kinds)
    assert catalogue.kinds["acme-live-key"].environment == "live"
    assert catalogue.env["ACME_TOKEN"].accepts == ("acme-live-key", "acme-test-key", "acme-old-key")
    key = fake("acme-test-key", catalogue=catalogue)
    assert len(key) == 44
    assert catalogue.judge(key).proven
    retired = catalogue.kinds["acme-old-key"].retired
    assert retired is not None
    assert retired.day == date(2026, 6, 30)

import re
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.model import KeyRef, Live, Reason, Tier
from keylint.status import resolve
from keylint.status.interface import Scope
from keylint.status.inventory import (
    MAX_BYTES,
    Entry,
    Hint,
    InventoryError,
    InventorySource,
    Status,
    is_inventory,
    load,
    parse,
    parse_time,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEY = "acme_" + "k3Y" * 10


def looks_like_key(text):
    return re.search("acme_[A-Za-z0-9]{20,}", text) is not None


def fp(number=1, pepper="p-1"):
    return f"kl1:hmac-sha256:{pepper}:{number:064x}"


def item(number=1, **fields):
    lines = [f'fp: "{fp(number)}"', "provider: stripe", "status: active", *(f"{k}: {v}" for k, v in fields.items())]
    return "".join(("  - " if i == 0 else "    ") + line + "\n" for i, line in enumerate(lines))


def document(*items, head="keylint_inventory: 1\n"):
    return head + "keys:\n" + "".join(items)


def read(text, pepper_ids=("p-1",)):
    return parse(text, "keys.yaml", pepper_ids, looks_like_key)


FULL = f"""\
# Our keys.
keylint_inventory: 1
pepper_id: p-1
complete_for: [{{provider: acme, env: prod}}, {{provider: stripe}}]
keys:
  - fp: "{fp(1)}"
    provider: stripe
    status: revoked            # leaked
    env: prod
    owner: payments
    id: key_01H
    hint: {{prefix: sk_live_, last4: 9f2c, length: 107}}
    created_at: 2026-01-04T00:00:00Z
    expires_at: 2027-01-04
    revoked_at: 2026-10-01 08:00:00
    last_used_at: 2026-09-28T02:00:00+02:00
    rotated_at: null
    grace_until: ~
    replaced_by: "{fp(2)}"
    endpoints: [api.stripe.com, files.stripe.com]
    checked_at: 2026-11-20T00:00:00Z

  - fp: '{fp(2)}'
    provider: stripe
    status: active
    hint:
      length: 32
    owner:
"""


def test_everything_that_an_inventory_can_say():
    inventory = read(FULL)
    assert inventory.pepper_id == "p-1"
    assert inventory.complete_for == (Scope("acme", "prod"), Scope("stripe"))
    assert inventory.entries == (
        Entry(
            fp(1),
            "stripe",
            Status.REVOKED,
            environment="prod",
            owner="payments",
            id="key_01H",
            hint=Hint(107, "sk_live_", "9f2c"),
            created_at=datetime(2026, 1, 4, tzinfo=UTC),
            expires_at=datetime(2027, 1, 4, tzinfo=UTC),
            revoked_at=datetime(2026, 10, 1, 8, tzinfo=UTC),
            last_used_at=datetime(2026, 9, 28, tzinfo=UTC),
            replaced_by=fp(2),
            endpoints=("api.stripe.com", "files.stripe.com"),
            checked_at=datetime(2026, 11, 20, tzinfo=UTC),
        ),
        Entry(fp(2), "stripe", Status.ACTIVE, hint=Hint(32)),
    )
    assert [entry.line for entry in inventory.entries] == [6, 23]
    assert inventory.lengths() == {107, 32}
    assert inventory.fingerprints() == {fp(1), fp(2)}


@pytest.mark.parametrize("keys", ["keys:", "keys: []", "keys: null", "keys: ~"])
def test_an_inventory_may_be_empty(keys):
    assert read(f"keylint_inventory: 1\n{keys}\n").entries == ()


def test_json_is_yaml():
    text = f'{{"keylint_inventory": 1, "keys": [{{"fp": "{fp()}", "provider": "acme", "status": "active"}}]}}'
    assert read(text).entries == (Entry(fp(), "acme", Status.ACTIVE),)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "is empty"),
        ("# nothing\n", 1, "is empty"),
        ("- a\n", 1, "the inventory is a list of `field: value`"),
        ("keys: []\n", 1, "`keylint_inventory: 1` is missing"),
        ("keylint_inventory: 2\nkeys: []\n", 1, "another version"),
        ("keylint_inventory: [1]\nkeys: []\n", 1, "another version"),
        ("keylint_inventory: 1\n", 1, "`keys` is missing"),
        ("keylint_inventory: 1\nkeys: x\n", 2, "a list is expected"),
        ("keylint_inventory: 1\nkeys: {}\n", 2, "a list is expected"),
        ("keylint_inventory: 1\nkyes: []\n", 2, "unknown field `kyes`"),
        ("keylint_inventory: 1\npepper_id: a:b\nkeys: []\n", 2, "`pepper_id`"),
        ("keylint_inventory: 1\npepper_id: [a]\nkeys: []\n", 2, "`pepper_id`"),
        ("keylint_inventory: 1\ncomplete_for: [acme]\nkeys: []\n", 2, "an element of `complete_for`"),
        ("keylint_inventory: 1\ncomplete_for: [{env: prod}]\nkeys: []\n", 2, "`provider` is missing"),
        ("keylint_inventory: 1\ncomplete_for: [{provider: acme, for: x}]\nkeys: []\n", 2, "unknown field `for`"),
        ("keylint_inventory: 1\nkeys: []\nkeys: []\n", 3, "given twice"),
        ("keylint_inventory: 1\nkeys: [\n", 3, "not YAML"),
        ("keylint_inventory: 1\nkeys: 'x\n\n", 4, "not YAML"),
        ("keylint_inventory: 1\n\tkeys: []\n", 2, "not YAML"),
        ("keylint_inventory: 1\nkeys: []\n---\nkeys: []\n", 3, "second document"),
        ("keylint_inventory: 1\nkeys: &a []\n", 2, "anchors"),
        ("keylint_inventory: 1\nkeys: *a\n", 2, "anchors"),
        ("keylint_inventory: 1\nkeys: !!python/object/apply:os.system [id]\n", 2, "tags"),
        ("keylint_inventory: 1\nkeys: []\n? [a]\n: b\n", 3, "a field's name is a word"),
        ("keylint_inventory: 1\nkeys: []\n# \x07\n", 3, "U+0007"),
        ("keylint_inventory: 1\nkeys: []\n# \u2028\n", 3, "U+2028"),
        (document("  - x\n"), 3, "key 1: a key is a list of `field: value`"),
        (document(item(1), "  - {provider: acme, status: active}\n"), 6, "key 2: `fp` is missing"),
        (document(f'  - fp: "{fp()}"\n    status: active\n'), 3, "key 1: `provider` is missing"),
        (document(f'  - fp: "{fp()}"\n    provider: acme\n    status:\n'), 3, "key 1: `status` is missing"),
        (document(item(1, stauts="x")), 6, "key 1: unknown field `stauts`"),
        (document(item(1)).replace("active", "alive"), 5, "key 1: `status`: unknown status; one of active,"),
        (document(item(1)).replace("active", "Active"), 5, "key 1: `status`: unknown status"),
        (document(item(1)).replace("stripe", "Stripe"), 4, "key 1: `provider`: lower-case"),
        (document(item(1)).replace("stripe", "[stripe]"), 4, "key 1: `provider`: lower-case"),
        (document(item(1)).replace("hmac-sha256", "sha1"), 3, "key 1: `fp`: not a fingerprint"),
        (document(item(1)).replace("0001", "001"), 3, "key 1: `fp`: not a fingerprint"),
        (document(item(10)).replace("000a", "000A"), 3, "key 1: `fp`: not a fingerprint"),
        (document(item(1, expires_at="soon")), 6, "key 1: `expires_at`: not an ISO date"),
        (document(item(1, expires_at="2026-13-01")), 6, "key 1: `expires_at`: not an ISO date"),
        (document(item(1, expires_at="0001-01-01T00:00:00+14:00")), 6, "key 1: `expires_at`: not an ISO date"),
        (document(item(1, expires_at="[]")), 6, "key 1: `expires_at`: a text is expected"),
        (document(item(1, owner='" "')), 6, "key 1: `owner`: is empty"),
        (document(item(1, owner='"a\\nb"')), 6, "key 1: `owner`: contains a control character"),
        (document(item(1, owner='"a\\u202eb"')), 6, "key 1: `owner`: contains a control character"),
        (document(item(1, owner="x" * 257)), 6, "key 1: `owner`: longer than 256"),
        (document(item(1, hint="{length: many}")), 6, "key 1: `hint`: `length` is a number"),
        (document(item(1, hint="{length: 0}")), 6, "key 1: `hint`: `length` is a number"),
        (document(item(1, hint="{last4: abcde}")), 6, "key 1: `hint`: longer than 4"),
        (document(item(1, hint="{suffix: abcd}")), 6, "key 1: `hint`: unknown field `suffix`"),
        (document(item(1, hint="40")), 6, "key 1: `hint`: a hint is a list"),
        (document(item(1, endpoints="x.com")), 6, "key 1: `endpoints`: a list is expected"),
        (document(item(1), item(2), item(1)), 9, "key 3: the same fp as key 1 (line 3)"),
        (document(item(1), item(1).replace("active", "revoked")), 6, "key 2: the same fp as key 1 (line 3)"),
    ],
)
def test_errors_say_where_and_what(text, line, message):
    with pytest.raises(InventoryError) as caught:
        read(text)
    assert str(caught.value).startswith(f"keys.yaml:{line}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        document(item(1), head="keylint_inventory: 1\npepper_id: p-1\n"),
        document(item(1)),
        "keylint_inventory: 1\npepper_id: p-1\ncomplete_for: [{provider: acme}]\nkeys: []\n",
    ],
)
def test_an_inventory_of_another_pepper_is_refused(text):
    with pytest.raises(InventoryError, match=r"made with pepper p-1, and the pepper here is other.*KEYLINT_PEPPER"):
        read(text, {"other"})
    assert read(text, {"other", "p-1"}) == read(text, None)


def test_all_fingerprints_are_of_the_declared_pepper():
    with pytest.raises(InventoryError, match=r":4: key 1: made with pepper p-1, in an inventory of pepper p-2"):
        read(document(item(1), head="keylint_inventory: 1\npepper_id: p-2\n"), {"p-1", "p-2"})


@pytest.mark.parametrize(
    "text",
    [
        document(item(1, owner=KEY)),
        document(item(1, owner=f'"see {KEY} there"')),
        document(item(1, replaced_by=KEY)),
        document(item(1, endpoints=f"[{KEY}]")),
        document(item(1, hint=f"{{prefix: {KEY}}}")),
        document(item(1)).replace(fp(1), KEY),
        document(item(1)).replace("active", KEY),
        document(item(1)).replace("stripe", KEY),
        document(item(1), head=f"keylint_inventory: 1\npepper_id: {KEY}\n"),
        document(item(1, **{KEY: "x"})),
        document(item(1), f"# {KEY}\n"),
        document(item(1, owner=f"me # was {KEY}")),
        document(item(1, owner=f"|\n      {KEY}")),
        f"keylint_inventory: {KEY}\nkeys: []\n",
        f"keylint_inventory: 1\nkeys: {KEY}\n",
        KEY,
    ],
)
def test_a_key_in_plain_text_is_refused_wherever_it_stands(text):
    with pytest.raises(InventoryError, match=r"keys.yaml:\d+: holds a key in plain text") as caught:
        read(text)
    assert KEY not in str(caught.value)


OPAQUE = "0pAqUe" * 8
ORDINARY = (
    "team payments", "Zoë (platform)", "payments-eu@acme.example.com", "vault: payments/stripe#v3", fp(2),
    "6f9619ff-8b86-4d01-b42d-00cf4fc964ff", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:payments/stripe-AbCdEf",
    "https://acme.vault.azure.net/secrets/stripe/" + "4f" * 16, "https://wiki.example.com/runbooks/keys?page=12",
    "projects/123456789012/secrets/stripe/versions/3", "op://payments/stripe/credential",
)  # fmt: skip


@pytest.mark.parametrize("field", ["owner", "replaced_by", "env"])
@pytest.mark.parametrize("text", [OPAQUE, f"see {OPAQUE}", "9f" * 20, f"vault: {OPAQUE}"])
def test_a_key_of_no_known_kind_is_refused_as_well(field, text):
    with pytest.raises(InventoryError, match=rf"keys.yaml:6: key 1: `{field}`: looks like a key") as caught:
        read(document(item(1, **{field: f'"{text}"'})))
    assert text not in str(caught.value)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_texts_are_not(text):
    (entry,) = read(document(item(1, replaced_by=f'"{text}"'))).entries
    assert entry.replaced_by == text
    if "vault.azure" not in text:
        (entry,) = read(document(item(1, **dict.fromkeys(("owner", "id", "env"), f'"{text}"')))).entries
        assert entry.owner == entry.id == text


@pytest.mark.parametrize(
    ("provider", "text", "doubtful"),
    [
        ("google", "9f" * 20, False),
        ("twilio", "SK" + "9f" * 16, False),
        ("cloudflare", "9f" * 16, False),
        ("stripe", "6f9619ff8b864d01b42d00cf4fc964ff", False),
        ("google", OPAQUE, True),
        ("stripe", "9f" * 16, True),
    ],
)
def test_ids_may_look_like_keys(provider, text, doubtful):
    (entry,) = read(document(item(1, id=f'"{text}"')).replace("stripe", provider)).entries
    assert (entry.id, entry.doubtful) == (text, doubtful)


def test_an_id_that_is_a_listed_key_is_refused():
    def fingerprints_of(text):
        return [fp(1)] if text == OPAQUE else [fp(7)]

    for text in (OPAQUE, f"see {OPAQUE}", f"vault:{OPAQUE}", f"a/{OPAQUE}?x"):
        inventory = read(document(item(2), item(1, id=f'"{text}"')))
        with pytest.raises(InventoryError, match="holds a key in plain text") as caught:
            inventory.refuse_own_keys(fingerprints_of)
        assert str(caught.value).startswith("keys.yaml:")
        assert OPAQUE not in str(caught.value)
    read(document(item(2), item(1, id=f'"{OPAQUE[::-1]}"'))).refuse_own_keys(fingerprints_of)
    # The id of a cloud's listing is a fingerprint of itself, and nothing that could be a key.
    read(document(item(1, id="AKIA-1"))).refuse_own_keys(lambda _: [fp(1)])


@pytest.mark.parametrize("opaque", ["0pAqUe" * 8, "q" * 40])
@pytest.mark.parametrize(
    "change",
    [
        lambda text, v: text.replace(fp(1), v),
        lambda text, v: text.replace("active", v),
        lambda text, v: text + f"    {v}: x\n",
        lambda text, v: text + f"    expires_at: {v}\n",
        lambda text, v: text + f"    hint: {{last4: {v}}}\n",
        lambda text, v: text + f"    owner: *{v}\n",
        lambda text, v: text + f"    owner: !{v} x\n",
        lambda text, v: text + f"    owner: '{v}\n",
        lambda text, v: text + f"    {v}: x\n    {v}: x\n",
        lambda text, v: f"{v}: {v}: {v}\n",
        lambda text, v: f"%TAG {v}\n" + text,
    ],
)
def test_no_message_quotes_what_may_be_a_key_of_no_known_kind(change, opaque):
    with pytest.raises(InventoryError) as caught:
        read(change(document(item(1)), opaque))
    assert opaque not in str(caught.value)


# Files


def test_load_reads_a_file_and_names_it(tmp_path):
    file = tmp_path / "keys.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + FULL.replace("\n", "\r\n").encode())
    inventory = load(str(file), {"p-1"}, looks_like_key)
    assert inventory.entries == read(FULL).entries
    assert inventory.path == str(file)
    file.write_bytes(b"keylint_inventory: 1\nkeys: \xff\n")
    with pytest.raises(InventoryError, match=re.escape(f"{file}:2: not UTF-8")):
        load(file, {"p-1"}, looks_like_key)


def test_what_cannot_be_read_is_named(tmp_path):
    with pytest.raises(InventoryError, match=r"absent.yaml: cannot be read: No such file"):
        load(tmp_path / "absent.yaml", (), looks_like_key)
    with pytest.raises(InventoryError, match="cannot be read: not a regular file"):
        load(tmp_path, (), looks_like_key)


@pytest.mark.parametrize(
    "bomb",
    [
        b"keylint_inventory: 1\nkeys: " + b"[" * 200_000,
        b"keylint_inventory: 1\nkeys: " + b"{a: " * 100_000,
        b"keylint_inventory: 1\nkeys:\n" + b"- " * 200_000,
        b"a: &a [x]\n" + b"".join(b"b%d: &b%d [*a, *a]\n" % (i, i) for i in range(1000)),
        b"x" * (MAX_BYTES + 1),
        b"#\n" * 200_000,
        b'"' + b"\\u0041" * 100_000,
        b"\0" * 100_000,
    ],
)
def test_bombs_are_refused(bomb, tmp_path):
    file = tmp_path / "keys.yaml"
    file.write_bytes(bomb)
    with pytest.raises(InventoryError) as caught:
        load(file, {"p-1"}, looks_like_key)
    assert len(str(caught.value)) < 500


@given(st.text(alphabet=st.sampled_from("keysfp:-[]{}'\"#&*!|>%@` \n\t,1é\x00\u2028~?"), max_size=60))
def test_any_text_is_an_inventory_or_an_error(text):
    for whole in (text, "keylint_inventory: 1\nkeys:\n" + text, document(item(1)) + text):
        try:
            inventory = read(whole)
        except InventoryError as error:
            assert re.match(r"keys\.yaml:\d+: ", str(error))  # noqa: PT017
        else:
            assert whole.startswith("keylint_inventory")
            assert len(inventory.entries) <= 1


@pytest.mark.parametrize(
    "data",
    [
        b"keylint_inventory: 1\n",
        b"\xef\xbb\xbfkeylint_inventory: 1\n",
        b"# ours\n\n  # mine\r\n---\nkeylint_inventory: 1\r\n",
        b'{"keylint_inventory": 1}',
        b'{\n  "keylint_inventory": 1}',
        b"keylint_inventory: 99",
    ],
)
def test_an_inventory_is_known_by_its_header(data):
    assert is_inventory(data)


@pytest.mark.parametrize(
    "data",
    [b"", b"keys:\n", b"a: 1\nkeylint_inventory: 1\n", b"# keylint_inventory: 1\n", b"keylint_inventory\n",
     b"keylint_inventory_x: 1", b"x" * 100, b"\n" * 1_000_000, b"#\n" * 500_000, b" " * 1_000_000, b"{" * 1_000_000],
)  # fmt: skip
def test_other_files_are_none(data):
    assert not is_inventory(data)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2027-01-04", datetime(2027, 1, 4, tzinfo=UTC)),
        ("2027-01-04T10:00:00", datetime(2027, 1, 4, 10, tzinfo=UTC)),
        ("2027-01-04T10:00:00Z", datetime(2027, 1, 4, 10, tzinfo=UTC)),
        ("2027-01-04 10:00+02:00", datetime(2027, 1, 4, 8, tzinfo=UTC)),
    ],
)
def test_times(text, moment):
    assert parse_time(text) == moment


# The inventory as a source


@pytest.mark.parametrize(
    ("status", "more", "live", "reason"),
    [
        ("active", "", Live.LIVE, Reason.ACTIVE),
        ("active", "    expires_at: 2026-11-20\n", Live.DEAD, Reason.EXPIRED),
        ("active", "    expires_at: 2026-11-21\n", Live.LIVE, Reason.ACTIVE),
        ("unknown", "    expires_at: 2026-11-19\n", Live.DEAD, Reason.EXPIRED),
        ("expired", "", Live.DEAD, Reason.EXPIRED),
        ("revoked", "", Live.DEAD, Reason.REVOKED),
        ("disabled", "", Live.DEAD, Reason.DISABLED),
        ("rotated", "", Live.DEAD, Reason.ROTATED),
        ("rotated", "    grace_until: 2026-12-01\n", Live.LIVE, Reason.ROTATED),
        ("unknown", "", Live.NONE, Reason.UNKNOWN),
    ],
)
def test_what_an_entry_amounts_to(status, more, live, reason):
    text = document(item(1) + "    owner: me\n    replaced_by: new\n    checked_at: 2026-11-19\n" + more)
    source = InventorySource(read(text.replace("active", status)))
    found = resolve([KeyRef(fp(1), "stripe", None)], [source], (), NOW).verdicts[fp(1)]
    assert (found.live, found.reason, found.source) == (live, reason, "inventory keys.yaml")
    assert (found.owner, found.replaced_by) == ("me", "new")
    assert found.observed_at == datetime(2026, 11, 19, tzinfo=UTC)
    assert source.tier is Tier.INVENTORY


def test_the_day_of_revocation_is_told():
    (seen,) = InventorySource(read(FULL)).check([KeyRef(fp(1), "stripe", None)])
    assert seen.note == "revoked on 2026-10-01"


@pytest.mark.parametrize(
    ("provider", "environments", "dead"),
    [("stripe", (), True), ("acme", ("production",), True), ("acme", ("staging",), False), ("other", (), False)],
)
def test_a_key_that_is_not_listed(provider, environments, dead):
    ref = KeyRef(fp(9), provider, None, environments)
    found = resolve([ref], [InventorySource(read(FULL))], (), NOW).verdicts[fp(9)]
    assert found.live is (Live.DEAD if dead else Live.NONE)
    assert found.reason is (Reason.NOT_FOUND if dead else Reason.UNKNOWN)


def test_status_costs_no_yaml_until_an_inventory_is_read():
    code = (
        "import sys, keylint.status, keylint.status.offline, keylint.status.fingerprint; print('yaml' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.mark.parametrize("field", ["owner", "id", "replaced_by", "env"])
def test_the_service_takes_no_key_of_no_known_kind_either(field):
    wire, problems = pytest.importorskip("keylint.server.wire"), pytest.importorskip("keylint.server.problems")
    body = {"provider": "acme", "status": "active"}
    assert wire.entry(fp(1), {**body, field: "vault: payments/stripe#v3"}, looks_like_key).provider == "acme"
    with pytest.raises(problems.ProblemError) as caught:
        wire.entry(fp(1), {**body, field: OPAQUE}, looks_like_key)
    assert OPAQUE not in str(caught.value)

"""`.netrc`."""

from keylint.model import Role
from keylint.readers import read


def test_machines(check):
    check(
        "netrc",
        ".netrc",
        "machine api.example.com\n  login «me»\n  password «p#1»\nmachine b login «x» password \"«y z»\"\n"
        "default login «l» password «k»\n",
        names=[
            "api.example.com.login", "api.example.com.password", "b.login", "b.password", "default.login", "default.password",
        ],
    )  # fmt: skip


def test_comments_and_macros(words):
    text = "# KEY1\nmachine a password KEY2\nmacdef init\nput KEY3\n\nmachine b password KEY4\n"
    facts = read("netrc", text, ".netrc", words)
    assert [(d.secret.reveal(), d.name) for d in facts.definitions] == [
        ("KEY1", None), ("KEY2", "a.password"), ("KEY3", None), ("KEY4", "b.password"),
    ]  # fmt: skip
    assert facts.definitions[0].role is Role.COMMENT

"""Which names a credential is bound to: `db_password`, `X-Api-Key`, `clientSecret`; not `password_reset_url`, `nextToken`."""

from __future__ import annotations

import itertools
import re
import unicodedata
from enum import IntEnum
from functools import lru_cache


class Strength(IntEnum):
    """How much a name says of its value."""

    NONE = 0
    WEAK = 1
    """Often something else (`key`, `hash`, `auth`): the value has to look random."""
    SECRET = 2
    """A token, a key of an API: made by a machine, so that a word is none."""
    PASSWORD = 3
    """Chosen by people: a word is one too."""


_LONGEST = 200
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# The member of a structure that carries what the structure is called by: `"adminPassword": {"value": "…"}`.
_CARRIERS = frozenset({"value", "plaintext", "plainText"})
_LAST_OF_PATH = re.compile(r"[.\[\]/:]+")

_PASSWORDS = frozenset(
    {
        "password", "passwd", "passwort", "passphrase", "passcode", "pass", "pwd", "pw", "psw", "pswd", "passw",
        "passwrd", "userpass", "dbpass", "mypass", "kennwort", "contrasena", "senha", "motdepasse", "mdp",
        "wachtwoord", "requirepass", "masterauth", "rootpw", "bindpw", "authpassword", "userpassword", "userpwd",
        "dbpassword", "dbpwd", "storepass", "keypass", "psk",
        "srcstorepass", "deststorepass", "srckeypass", "destkeypass", "sshpass", "ftppass", "smtppass", "mailpass",
        "imappass", "ldappass", "adminpass", "rootpass", "remotepass", "vncpass", "wifipass", "masterpass",
    }
)  # fmt: skip
_SECRETS = frozenset(
    {
        "secret", "token", "apikey", "appkey", "authkey", "accesskey", "secretkey", "privatekey", "signingkey",
        "masterkey", "licensekey", "apitoken", "apisecret", "appsecret", "authtoken", "accesstoken", "refreshtoken",
        "bearer", "clientsecret", "idtoken", "usertoken", "jwt", "authorization", "credential", "credentials",
        "creds", "pat", "authstring", "accountkey", "storagekey", "sharedkey", "encryptionkey", "devkey",
        "servicekey",
        "sessionkey", "secrets", "tokens", "apikeys", "passkey", "webhooksecret", "bottoken", "securitytoken",
    }
)  # fmt: skip
# No word for credentials anywhere else: people choose it for a password.
_MIXED_IN = "pepper"
CREDENTIAL_WORDS = _PASSWORDS | _SECRETS | {"key", "keys"}
# What makes a `key` one that opens something.
_KEYS_OF = frozenset(
    {
        "api", "access", "secret", "private", "encryption", "encrypt", "decryption", "signing", "sign", "signature",
        "master", "auth", "authentication", "session", "license", "licence", "service", "account", "client",
        "consumer", "app", "application", "subscription", "storage", "write", "read", "admin", "deploy",
        "integration", "security", "crypto", "cipher", "aes", "hmac", "jwt", "shared", "merchant", "webhook", "ssh",
        "rsa", "aws", "s3", "azure", "google", "maps", "stripe", "dev", "developer", "customer", "user", "bot",
        "team", "org", "project", "server", "root", "management", "rest", "functions", "function", "host", "ingest",
        "sdk", "test", "live", "prod", "production", "routing", "push", "vapid", "recaptcha",
        "captcha", "otp", "totp", "totpsecret", "login", "pre", "psk", "wpa", "wifi", "form", "spreadsheet",
        "partner", "gateway", "connection", "conn", "tenant", "provisioning", "registration", "activation", "device",
        "edge", "plugin", "network",
    }
)  # fmt: skip
_WEAK = frozenset(
    {
        "key", "keys", "auth", "cookie", "session", "sid", "seed", "otp", "cred", "cert", "ticket",
    }
)  # fmt: skip
_SESSIONS = ("sessionid", "sessid", "connectsid")
_SINGULAR = _PASSWORDS | _SECRETS | {"key"}
_WORDS = _PASSWORDS | _SECRETS | _WEAK | {*_SESSIONS, _MIXED_IN}
# Most names hold none of the words, however they are put together.
_ANY_WORD = re.compile("|".join(sorted(a for a in _WORDS if not any(b in a and b != a for b in _WORDS))))
_NO_LETTERS = re.compile(r"[^A-Za-z]+")
# A name that ends so is about a credential, and holds none.
_ABOUT = frozenset(
    {
        "name", "names", "id", "ids", "uid", "type", "types", "kind", "url", "urls", "uri", "path", "paths", "file",
        "files", "filename", "dir", "directory", "folder", "length", "len", "size", "count", "limit", "limits", "max",
        "min", "expiry", "expires", "expire", "expiration", "exp", "ttl", "timeout", "duration", "lifetime", "age",
        "interval", "date", "time", "timestamp", "at", "created", "updated", "enabled", "enable", "disabled",
        "required", "optional", "field", "fields", "label", "labels", "placeholder", "hint", "hints", "message",
        "messages", "msg", "error", "errors", "err", "desc", "description", "title", "text", "texts", "header",
        "headers", "prefix", "suffix", "format", "policy", "policies", "regex", "regexp", "pattern", "rule", "rules",
        "param", "params", "parameter", "parameters", "env", "var", "vars", "variable", "class", "cls", "provider",
        "providers", "endpoint", "endpoints", "status", "state", "mode", "method", "methods", "algorithm",
        "algorithms", "alg", "encoding", "encoder", "column", "columns", "input", "inputs", "form", "validator",
        "validators", "validation", "validate", "strength", "reset", "change", "page", "link", "links", "help",
        "icon", "color", "index", "ref", "reference", "location", "template", "rotation", "version", "versions",
        "store", "manager", "service", "services", "storage", "mount", "namespace", "selector", "scope", "scopes",
        "issuer", "audience", "list", "map", "func", "function", "callback", "handler", "helper", "factory",
        "generator", "util", "utils", "model", "view", "event", "events", "action", "actions", "request", "response",
        "screen", "dialog", "button", "tooltip", "info", "note", "warning", "success", "fail", "failed", "failure",
        "reason", "invalid", "valid", "missing", "incorrect", "wrong", "mismatch", "match", "confirm", "forgot",
        "forgotten", "login", "logout", "signin", "signup", "user", "username", "host", "hostname", "port", "domain",
        "region", "bucket", "table", "database", "db", "schema", "property", "properties", "attribute", "attributes",
        "option", "options", "setting", "settings", "config", "configuration", "group", "groups", "level", "number",
        "num", "style", "check", "checker", "checked", "encrypted", "encryption", "verification", "verify",
        "verified", "flag", "owner", "source", "target", "use", "used", "using", "needed", "allowed", "support",
        "supported", "supports", "test", "tests", "example", "examples", "demo", "doc", "docs", "url1", "engine",
        "extractor", "parser", "iterator", "stream", "reader", "writer", "buffer", "position", "offset", "start",
        "end", "begin", "symbol", "literal", "punctuation", "word", "sequence", "mint", "contract", "address",
        "decimals", "supply", "holder", "balance", "price", "amount", "per", "rate", "bits", "bit", "chars", "char",
        "character", "characters", "comment", "comments", "review", "security", "permission", "permissions", "role",
        "roles", "grant", "grants", "lookup", "resolver", "rotator", "rotate", "backend", "adapter", "plugin",
        "module", "package", "image", "tag", "tags", "category", "entry", "entries", "item", "items", "object",
        "key_id", "question", "answer", "tip", "history", "hash", "hashed", "hasher", "hashing", "cost", "rounds",
        "iterations", "confirmation", "sent", "expired", "fingerprint", "thumbprint", "visibility", "visible",
        "hidden", "show", "hide", "toggle", "prompt", "asker", "display", "eight", "four", "six", "digits", "ending",
        "keyword", "keywords", "sec", "usec", "msec", "ms", "secs", "seconds",
        "minutes", "hours", "days", "uuid", "guid", "stdin", "codes", "changed",
        "administrator", "signature", "attrs", "attr", "management", "mgmt", "delimiter", "separator", "kdf",
        "sha", "md", "digest", "checksum", "hashes", "accessor",
    }
)  # fmt: skip
# Words of names whose value is known to everybody, whatever else they say.
_PUBLIC = frozenset(
    {
        "crumb", "etag", "sentinel", "dkim", "hashed", "encrypted", "masked", "tokenizer", "tokenized",
        "pagination", "sealed", "wrapped", "ciphertext", "alg", "algs", "algorithm", "algorithms",
    }
)  # fmt: skip
_PUBLIC_STEMS = ("public", "publish", "antiforgery", "idempoten")
# What a page is sent; but `csrf_secret` is what signs it.
_SENT_TO_PAGES = ("csrf", "xsrf")
# What a token or a key of a page, a table or a request is called by: `nextToken`, `foreign_key`, not `PAGE_ACCESS_TOKEN`.
_OPENS_NOTHING = frozenset(
    {
        "next", "prev", "previous", "continue", "continuation", "page", "paging", "cursor", "sync", "cancel",
        "cancellation", "change", "action", "socket", "clientrequest", "primary", "foreign", "partition", "sort",
        "cache", "gpg", "pgp", "recv", "receive", "lock", "sequence", "starting", "hash", "locate", "trusted",
        "index", "hot", "translation", "lookup", "unique",
        "natural", "composite", "candidate", "commit", "surrogate", "dedup", "dedupe", "deduplication", "image", "layer",
        "place", "file", "asset", "build", "blob", "resume", "experiment", "site", "instrumentation",
    }
)  # fmt: skip
# `change_password` names an action or a page; `on_pass`, `render_pass` speak of what has been or is gone through.
_ACTIONS = frozenset(
    {"change", "reset", "set", "forgot", "hide", "show", "verify", "update", "check", "random", "hash"}
)
_GONE_THROUGH = frozenset(
    {
        "by", "multi", "first", "second", "two", "render", "single", "one", "on", "if", "did", "must", "verdict",
        "result", "outcome", "status",
    }
)  # fmt: skip
# `pass_context`, `BEDROCK_PASS_THROUGH`: what is passed, and where.
_HANDED_ON = frozenset(
    {
        "through", "thru", "along", "down", "over", "on", "by", "to", "as", "if", "arg", "args", "argument", "arguments",
        "kwargs", "context", "eval", "env", "environment", "fds", "filenames", "fail", "rate", "count", "ratio", "score",
        "mark", "grade", "threshold", "criteria", "percentage", "self", "object", "state", "headers", "data",
    }
)  # fmt: skip
# The type of a resource: `AWS::IAM::AccessKey`.
_TYPE = re.compile(r"\w+(?:::[A-Z][a-z]*\w*){2,}")
# What may stand before `authorization` in the name of a header; in other names it is a permission.
_AUTHORIZES = frozenset(
    {"authorization", "proxy", "x", "http", "https", "api", "basic", "bearer", "default", "client", "amz", "request"}
)


def words(name: str) -> list[str]:
    """Return the words of a name in lower case: `AWS_secretAccessKey2` -> aws, secret, access, key."""
    plain = name[-_LONGEST:] if name.isascii() else _plain(name[-_LONGEST:])
    return [part.lower() for part in _PARTS.findall(plain) if not part.isdigit()]


def _plain(name: str) -> str:
    """Return a name without its accents: `contraseña` -> `contrasena`."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()


def last_part(path: str) -> str:
    """Return the last part of a config path that is a name: `users[0].password`, `password.value` -> `password`."""
    parts = [part for part in _LAST_OF_PATH.split(path[-_LONGEST:]) if part and not part.isdigit()]
    named = [part for part in parts if part not in _CARRIERS]
    return (named or parts or [""])[-1]


@lru_cache(maxsize=8192)
def strength(name: str) -> Strength:
    """Say what a name promises of the value that is bound to it."""
    plain = name if name.isascii() else _plain(name)
    if _ANY_WORD.search(_NO_LETTERS.sub("", plain).lower()) is None:
        return Strength.NONE
    parts = words(last_part(name) or name)
    if not parts or _TYPE.fullmatch(name) or "checksum" in name.lower():
        return Strength.NONE
    joined = "".join(parts)
    last = parts[-1]
    if last.endswith("s") and last[:-1] in _SINGULAR:
        last = last[:-1]
        parts = [*parts[:-1], last]
    if joined.endswith(_SESSIONS):
        return Strength.WEAK
    if last in _PASSWORDS or joined in _PASSWORDS:
        return Strength.NONE if _is_no_password(parts) else Strength.PASSWORD
    if last in _ABOUT and joined not in _SECRETS:
        return Strength.NONE
    return Strength.NONE if _is_public(parts) else _of_secret(parts, last, joined)


def _of_secret(parts: list[str], last: str, joined: str) -> Strength:
    if last == "authorization" and not _AUTHORIZES.issuperset(parts):
        return Strength.WEAK
    if last in _SECRETS or last == _MIXED_IN or joined in _SECRETS or (last.endswith("key") and last[:-3] in _KEYS_OF):
        return Strength.SECRET
    if last == "key":
        return Strength.WEAK if _KEYS_OF.isdisjoint(parts[:-1]) else Strength.SECRET
    inside = _inside(parts)
    return Strength.WEAK if inside is Strength.NONE and last in _WEAK else inside


def _is_no_password(parts: list[str]) -> bool:
    before = parts[-2] if len(parts) > 1 else ""
    return before in _ACTIONS or (parts[-1] == "pass" and before in _GONE_THROUGH) or not _PUBLIC.isdisjoint(parts)


def _is_public(parts: list[str]) -> bool:
    if not _PUBLIC.isdisjoint(parts) or any(part.startswith(_PUBLIC_STEMS) for part in parts):
        return True
    if "secret" not in parts and any(part.startswith(_SENT_TO_PAGES) for part in parts):
        return True
    last = parts[-1].removesuffix("token").removesuffix("key")
    return (
        last in _OPENS_NOTHING
        or (len(parts) > 1 and parts[-2] in _OPENS_NOTHING)
        or parts[-3:-1] == ["client", "request"]
    )


def _inside(parts: list[str]) -> Strength:
    """Return what a word further in front says: `secret_key_base`, `JENKINS_PASS_ADMIN`, `mypassword`."""
    for before, word, after in reversed(list(zip(["", *parts], parts, [*parts[1:], ""], strict=False))):
        if word == "pass" and (before in _GONE_THROUGH or after in _HANDED_ON):
            return Strength.NONE
        if (word in _PASSWORDS and word != "pw") or (
            len(word) <= 24 and word.endswith(("password", "passwd", "passphrase"))
        ):
            return Strength.PASSWORD
        if word in _SECRETS or (len(word) <= 24 and word.endswith(("secret", "apikey", "token"))):
            return Strength.SECRET
    pairs = itertools.pairwise(parts)
    return Strength.SECRET if any(b == "key" and a in _KEYS_OF for a, b in pairs) else Strength.NONE

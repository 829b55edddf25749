"""Which names a credential is bound to: `db_password`, `X-Api-Key`, `clientSecret`; not `password_reset_url`, `nextToken`."""

from __future__ import annotations

import itertools
import re
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
_LAST_OF_PATH = re.compile(r"[.\[\]/:]+")

_PASSWORDS = frozenset(
    {
        "password", "passwd", "passwort", "passphrase", "passcode", "pass", "pwd", "pw", "psw", "pswd", "passw",
        "passwrd", "userpass", "dbpass", "mypass", "kennwort", "contrasena", "senha", "motdepasse", "mdp",
        "wachtwoord", "requirepass", "masterauth", "rootpw", "bindpw", "authpassword", "userpassword", "userpwd",
        "dbpassword", "dbpwd", "storepass", "keypass",
    }
)  # fmt: skip
_SECRETS = frozenset(
    {
        "secret", "token", "apikey", "appkey", "authkey", "accesskey", "secretkey", "privatekey", "signingkey",
        "masterkey", "licensekey", "apitoken", "apisecret", "appsecret", "authtoken", "accesstoken", "refreshtoken",
        "bearer", "clientsecret", "idtoken", "usertoken", "jwt", "authorization", "credential", "credentials",
        "creds", "pat", "accountkey", "storagekey", "sharedkey", "encryptionkey", "devkey", "servicekey",
        "sessionkey", "secrets", "tokens", "apikeys", "passkey", "webhooksecret", "bottoken", "securitytoken",
    }
)  # fmt: skip
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
        "instrumentation", "sdk", "test", "live", "prod", "production", "routing", "push", "vapid", "recaptcha",
        "captcha", "otp", "totp", "totpsecret", "login", "pre", "psk", "wpa", "wifi", "form", "site", "spreadsheet",
        "partner", "gateway", "connection", "conn", "tenant", "provisioning", "registration", "activation", "device",
        "edge", "plugin",
    }
)  # fmt: skip
_WEAK = frozenset(
    {
        "key", "keys", "auth", "cookie", "session", "sid", "seed", "otp", "cred", "cert", "ticket",
    }
)  # fmt: skip
_SESSIONS = ("sessionid", "sessid", "connectsid")
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
        "attrs", "attr", "management", "mgmt", "delimiter", "separator", "kdf",
    }
)  # fmt: skip
# Names whose value is known to everybody, whatever else they say.
_PUBLIC = re.compile(
    r"public|publishable|primary|foreign|partition|sort|cache|index|hot|translation|lookup|unique|natural|composite|candidate"
    r"|next|prev(?:ious)?|continuation|page|paging|cursor|sync|csrf|xsrf|antiforgery|crumb|etag|sentinel|cancellation|cancel|pagination"
    r"|keyboard|keyword|keystone|monkey|turkey|donkey|hockey|whiskey|jockey|tokeni[sz]e|hashed|encrypted|masked",
    re.IGNORECASE,
)  # `change_password` names an action or a page.
_NO_PASSWORD = re.compile(
    r"hashed|encrypted|masked|(?:change|reset|set|forgot|hide|show|verify|update|check|random)[_.-]?passw|by[_-]?pass|multi[_-]?pass|first[_-]?pass|two[_-]?pass|render[_-]?pass|single[_-]?pass|one[_-]?pass",
    re.IGNORECASE,
)


def words(name: str) -> list[str]:
    """Return the words of a name in lower case: `AWS_secretAccessKey2` -> aws, secret, access, key."""
    return [part.lower() for part in _PARTS.findall(name[-_LONGEST:]) if not part.isdigit()]


def last_part(path: str) -> str:
    """Return the last part of a config path that is a name: `users[0].password` -> `password`."""
    parts = [part for part in _LAST_OF_PATH.split(path[-_LONGEST:]) if part and not part.isdigit()]
    return parts[-1] if parts else ""


@lru_cache(maxsize=8192)
def strength(name: str) -> Strength:
    """Say what a name promises of the value that is bound to it."""
    parts = words(last_part(name) or name)
    if not parts:
        return Strength.NONE
    joined = "".join(parts)
    last = parts[-1]
    if last.endswith("s") and last[:-1] in _SECRETS | _PASSWORDS | {"key"}:
        last = last[:-1]
        parts = [*parts[:-1], last]
    if joined.endswith(_SESSIONS):
        return Strength.WEAK
    if last in _PASSWORDS or joined in _PASSWORDS:
        return Strength.NONE if _NO_PASSWORD.search(name) else Strength.PASSWORD
    if last in _ABOUT and joined not in _SECRETS:
        return Strength.NONE
    if last in _SECRETS or joined in _SECRETS:
        return Strength.NONE if _PUBLIC.search(name) else Strength.SECRET
    if last == "key":
        if _PUBLIC.search(name):
            return Strength.NONE
        return Strength.SECRET if not _KEYS_OF.isdisjoint(parts[:-1]) else Strength.WEAK
    if last.endswith("key") and last[:-3] in _KEYS_OF and not _PUBLIC.search(name):
        return Strength.SECRET
    inside = _inside(parts)
    if inside is not Strength.NONE:
        return Strength.NONE if _PUBLIC.search(name) else inside
    return Strength.WEAK if last in _WEAK and not _PUBLIC.search(name) else Strength.NONE


def _inside(parts: list[str]) -> Strength:
    """Return what a word further in front says: `secret_key_base`, `JENKINS_PASS_ADMIN`, `mypassword`."""
    for word in reversed(parts):
        if word in _PASSWORDS or (len(word) <= 24 and word.endswith(("password", "passwd", "passphrase"))):
            return Strength.PASSWORD
        if word in _SECRETS or (len(word) <= 24 and word.endswith(("secret", "apikey", "token"))):
            return Strength.SECRET
    pairs = itertools.pairwise(parts)
    return Strength.SECRET if any(b == "key" and a in _KEYS_OF for a, b in pairs) else Strength.NONE

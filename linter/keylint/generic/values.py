"""Which values are secrets: what people write in the place of one is none, and what a machine makes looks random."""

from __future__ import annotations

import base64
import binascii
import itertools
import re
from dataclasses import replace
from functools import lru_cache

from keylint.catalogue.placeholder import classify, entropy
from keylint.generic.candidate import Candidate, Form, Where
from keylint.generic.detect import is_gibberish
from keylint.generic.names import CREDENTIAL_WORDS, Strength, last_part, strength, words
from keylint.generic.numbers import bytes_of
from keylint.model import Confidence

_LONGEST = 4096
_REFERENCE = re.compile(
    r"[$%#@&*!?<{(\[]|\.{1,2}/|~/|/(?!.*[+=])|[A-Za-z]:\\|\\|[a-z][a-z0-9+.\-]*://|arn:|urn:|ref\+|(?:secret|vault|env|file|op|ssm|sm|mdi):|ENC[\[(]|encrypted:|\|",
)
_INSIDE_REFERENCE = re.compile(
    r"\$\{(?=.*\})|\{\{|\$\(|%\(|<%|\}\}|\(\(|process\.env|os\.environ|getenv|\bENV\[|__[A-Za-z_]+__|\{[A-Za-z_.]+\}"
)
_CODE = re.compile(
    r"(?:this|self|cls|process|os|window|config|cfg|conf|settings|options|opts|params|props|args|req|request|res|response|env|data|user|ctx|context|app|local|var|module|secrets|vars|inputs|steps|github|input)[.\[]"
    r"|[A-Za-z_]\w*\(|.*\(\)|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\Z|[A-Za-z_]\w*\[|.*::"
)
_FILE = re.compile(
    r".*\.(?:pem|key|crt|cer|p12|pfx|jks|json|ya?ml|txt|md|html?|js|ts|py|rb|go|php|java|properties|conf|cfg|ini|toml|xml|sh|env|png|svg|com|org|net|io|local|gpg|asc|pub|keystore|bin|exe)\Z",
    re.IGNORECASE,
)
_HASHED = re.compile(
    r"\$(?:2[abxy]|5|6|1|argon2\w*|pbkdf2|apr1|scrypt|y)\$"
    r"|\A(?:\{(?:SSHA|SHA|MD5|CRYPT)\}|pbkdf2_|(?:scram-)?sha-?\d+[-:$]|md5(?::|[0-9a-f]{32}\Z)|bcrypt)",
    re.IGNORECASE,
)
# What `openssl enc` makes ("Salted__" in base64), and the key services of AWS; public keys (RSA and elliptic curves in DER,
# of .NET assemblies), recipients of age.
_OPENS_NOTHING = re.compile(
    r"U2FsdGVkX1|AQICAH|MI(?:GfMA0|(?:IB|IC)IjAN)|MFkwEwYHKoZI|MHYwEAYHKoZI|0024000004800000|age1[02-9ac-hj-np-z]{58}\Z"
    # What `kubeseal` makes, the address of an account or of a contract, a class, a rule of validation, a name
    # in a directory.
    r"|Ag[AB][A-Za-z0-9+/]{300}|0x[0-9a-fA-F]{40}\Z|(?:[A-Z]\w+\\{1,2})+[A-Z]\w+\Z"
    r"|[a-z_]+(?::[\w,.\-]+)?(?:\|[a-z_]+(?::[\w,.\-]+)?)+\Z|(?i:cn|ou|dc|uid|o)=[^,]+(?:,(?i:cn|ou|dc|uid|o|c)=[^,]+)+\Z"
)
# A call in a language that is read as data: `Sensitive($password)`.
_CALL = re.compile(r"[A-Za-z_][\w.:]{2,}\(.*\)")
_EMAIL = re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+")
_DOTTED = re.compile(r"[A-Za-z_][A-Za-z_\d]{0,40}(?:\.[A-Za-z_][A-Za-z_\d]{2,40}){2,}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ].*)?|\d\d?[:/]\d\d?(?:[:/]\d+)?")
_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_LONG_WORD = re.compile(r"[A-Za-z0-9+/_-]{20,}")
_VERSION = re.compile(r"[v^~>=<]*\d+(?:\.\d+)+[\w.\-+]*")
_HEX = re.compile(r"[0-9a-fA-F]+")
_WORDLIKE = re.compile(r"[A-Za-z]+(?:(?:[_\-.:/ ]|::)[A-Za-z]+)*\d{0,2}")
# `SSL_SESSION_set1_master_key`
_IDENTIFIER = re.compile(r"[A-Za-z]+\d{0,2}(?:_[A-Za-z]+\d{0,2}){3,}")
_CAMEL = re.compile(r"[a-z]+(?:[A-Z][a-z]+)+|[A-Z][a-z]+(?:[A-Z][a-z]+)+")
_UPPER = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")

_SEVERAL_WORDS = re.compile(r"[A-Za-z]+(?:[_\-.: /][A-Za-z]+)+|[A-Z]?[a-z]+(?:[A-Z][a-z]+)+")
_PATH = re.compile(r"(?:[A-Za-z][\w.-]*/){2,}[\w.-]*")
_EXPRESSION = re.compile(r"\(\?|\.\*|\[[A-Za-z0-9^\\-]+\]|\\[dwsb]|\{\d+,")
# A name that says itself that its value is none.
_MADE_UP = re.compile(
    r"dummy|fake|mock|stub|placeholder|example|sample|sentinel|(?:^|[_.-])test(?:$|[_.-])|invalid|wrong|disallow|forbidden|banned|common|blacklist|denied|breached|leaked",
    re.IGNORECASE,
)

# Words in the place of a value: types, states, answers.
_NO_VALUES = frozenset(
    {
        "true", "false", "none", "null", "nil", "undefined", "yes", "no", "on", "off", "string", "str", "int",
        "integer", "number", "boolean", "bool", "object", "array", "text", "bytes", "required", "optional", "default",
        "auto", "automatic",
        "auto-generate", "autogenerate", "specify", "enabled", "disabled",
        "always", "never", "any", "all", "empty", "unset", "unknown",
        "invalid", "valid", "hidden", "password_hash", "uuid", "random", "generated", "generate", "ask", "prompt",
        "stdin", "env", "file", "vault", "keychain", "keyring", "plain", "plaintext", "basic", "bearer", "token",
        "oauth", "oauth2", "jwt", "hmac", "md5", "sha1", "sha256", "sha512", "bcrypt", "aes", "rsa", "session",
        "cookie", "header", "query", "body", "form", "json", "xml", "saml", "ldap", "kerberos", "digest", "void",
        "self", "this", "func", "function", "return", "new", "var", "let", "const", "type", "name", "value", "key",
        "id", "description", "varchar", "text255", "char", "date", "missing", "incorrect", "wrong", "failed", "passed",
        "success", "error", "ok", "todo", "tbd", "na", "n/a", "redacted", "masked", "obfuscated", "censored",
        "sanitized", "changeme", "change_me", "want",
        "hashed", "encrypted", "allow", "deny", "enable", "disable", "clear", "login", "logout", "reset", "create",
        "update", "delete", "get", "set", "show", "hide", "username", "user_name", "local", "remote", "private", "public",
        "protected", "unused", "not-needed", "not_needed", "not-used", "not_used", "not-set", "not_set", "not-required",
    }
)  # fmt: skip
# Passwords that services are really started with, for all that they protect.
WEAK = frozenset(
    {
        "password", "admin", "guest", "root", "postgres", "mysql", "user", "hello", "welcome", "redis", "mongo",
        "rabbitmq", "minio", "sa", "default", "android", "oracle",
    }
)  # fmt: skip
# A phrase that opens something has none of the words that sentences are made of, and says nothing of passwords.
_OF_SENTENCES = CREDENTIAL_WORDS | frozenset(
    {
        "a", "an", "the", "and", "or", "but", "if", "when", "then", "than", "as", "so", "of", "to", "for", "from", "in", "on",
        "at", "by", "with", "without", "into", "via", "per", "is", "are", "was", "be", "been", "has", "have", "had", "do",
        "does", "did", "can", "cannot", "could", "may", "might", "must", "shall", "should", "will", "would", "not", "no",
        "only", "all", "any", "each", "every", "your", "you", "my", "our", "their", "its", "it", "this", "that", "these",
        "those", "here", "there", "please", "enter", "type", "use", "used", "using", "set", "get", "min", "max", "minimum",
        "maximum", "least", "most", "more", "less", "char", "chars", "character", "characters", "letter", "letters", "digit",
        "digits", "number", "numbers", "length", "long", "bit", "bits", "byte", "bytes", "word", "words", "example", "sample",
        "test", "default", "invalid", "wrong", "phrase", "phrases", "see", "e.g", "version", "error", "failed", "der", "die",
        "das", "und", "ist", "de", "la", "le", "el", "et", "y",
    }
)  # fmt: skip
_PHRASE_WORD = re.compile(r"[^\W_]+(?:[-'][^\W_]+)*[!?.]?")
_ASKS_FOR_PHRASE = re.compile(r"phrase|mnemonic", re.IGNORECASE)
_PAIR = re.compile(r"[A-Za-z][\w.@-]{0,60}:(?P<password>[^\s:/]{8,200})")
_DIGESTS = re.compile(r"[\"'](?:hash|salt|digest)[\"']")
_ALGORITHM = re.compile(
    r"A(?:128|192|256)(?:GCM|CBC|KW|GCMKW)(?:-HS\d{3})?|RSA-?OAEP(?:-\d{3})?|(?:HS|RS|ES|PS)(?:256|384|512)|ECDH-ES(?:\+A\d{3}KW)?"
    r"|(?:(?:hmac|scram)-?)?sha-?\d{1,3}(?:-plus)?|aes-?\d{3}(?:-[a-z]{3})?|argon2(?:id|i|d)?|pbkdf2(?:[-_]?sha\d{1,3})?|s?crypt",
    re.IGNORECASE,
)
_BASE64 = re.compile(r"[A-Za-z0-9+/]{8,}={0,2}")
_SAMPLE_SHAPE = re.compile(
    r"(?:my|your|the|some|any|a|test|db|user|root|admin|new|old|example|sample|demo|fake|dummy|strong|secure|super|secret|very|smtp|login|wrong|invalid|incorrect|bad|random|weak)*"
    r"[_\-.]?(?:pass(?:w(?:or)?d|wd)?|pwd|pw|secret|secure|key|token)s?[_\-.]?(?:here|word|value|[@!#$*_.-]?\d{1,8})?[!.]*|(?:test|user|admin|root|demo|foo|bar|baz|abc)[_\-.]?\d{0,8}|x+|y+|z+"
)
# `acmepassword`, `mypersonalaccesstoken123`
_SAYS_SO = re.compile(r"[a-z]{3,}(?:password|passwd|passwort|secret|token|apikey)\d{0,4}")
# What people write where the real one does not belong.
SAMPLES = frozenset(
    {
        "secret", "test", "testing", "test1", "test123", "test1234", "password1", "password123", "pass", "pass1",
        "pass123", "pass1234", "passw0rd", "p@ssw0rd", "p@ssword", "passwd", "1234", "12345", "123456", "1234567",
        "12345678", "123456789", "1234567890", "123123", "111111", "000000", "654321", "abc", "abc123", "abcd1234",
        "qwerty", "qwerty123", "letmein", "changeit", "foo", "bar", "foobar", "baz", "foobarbaz", "demo", "example",
        "sample", "dummy", "fake", "mock", "mypass", "mypassword", "mysecret", "mysecretpassword", "my-secret-pw",
        "my_password", "mysecretkey", "yourpassword", "your_password", "secret123", "topsecret", "supersecret",
        "super-secret", "s3cr3t", "secretpassword", "hunter2", "tiger",
        "p4ssw0rd", "p4ssword", "admin123", "root123", "user123", "weak", "strong",
        "550e8400-e29b-41d4-a716-446655440000", "jbswy3dpehpk3pxp", "blah", "blabla", "whatever", "something",
    }
)  # fmt: skip


def judge(candidate: Candidate, where: Where = Where.CONFIGURATION) -> Confidence | None:
    """Say how sure it is that a candidate is a secret, `None` where it is none."""
    confidence = _judge(candidate, where)
    if confidence is None or confidence is Confidence.LOW:
        return confidence
    if _MADE_UP.search(candidate.name):
        return Confidence.LOW
    if where is Where.TEST and confidence is Confidence.MEDIUM:
        return Confidence.LOW if _WORDLIKE.fullmatch(candidate.value.strip()) else Confidence.MEDIUM
    if where is Where.EXAMPLE:
        return Confidence.MEDIUM if confidence is Confidence.HIGH else Confidence.LOW
    return confidence


def _judge(candidate: Candidate, where: Where) -> Confidence | None:
    value = candidate.value.strip()
    if candidate.form is Form.BASIC and candidate.name.lower().endswith("basic"):
        return _basic(value)
    if candidate.form is Form.BASIC:  # `auth=("user", "password")`
        return None if _stands_in(value, Candidate(0, 0, value, "password")) else _chosen(value, where)
    if not 4 <= len(value) <= _LONGEST:
        return None
    numbers = bytes_of(value)
    if numbers is not None:
        return _of_bytes(numbers, candidate)
    if is_structured(value) and strength(candidate.name) >= Strength.SECRET and not _HASHED.match(value):
        return _structured(value)
    if _stands_in(value, candidate):
        return None
    if candidate.form is Form.HEADER and candidate.name == "JWT":
        return Confidence.LOW  # bound to nothing: mostly a sample
    if candidate.form is Form.HEADER:
        return _machine_made(value, 16)
    match strength(candidate.name):
        case Strength.PASSWORD:
            return _password(value, candidate.form, where)
        case Strength.SECRET:
            return _machine_made(value, 8)
        case Strength.WEAK:
            return _by_weak_name(value, candidate.name)
    return None


def _stands_in(value: str, candidate: Candidate) -> bool:
    """Say whether a value only stands in for a secret: a reference, a template, a path, a sample, the name again."""
    if any(c.isspace() for c in value) and not (candidate.quoted and is_phrase(value, candidate.name)):
        return True
    if not value.isprintable() or not any(c.isalnum() for c in value):
        return True
    if sum(ord(c) > 0x2FF for c in value) > 1 and (len(value) < 8 or not any(map(str.isdigit, value))):
        return True  # a word in another script
    lower = value.lower()
    if lower.rstrip("!?") in _NO_VALUES or classify(value) is not None:
        return True
    if _is_reference(value, candidate.quoted) or _INSIDE_REFERENCE.search(value) or _HASHED.search(value):
        return True
    if (
        "{}" in value
        or _is_path(value)
        or _OPENS_NOTHING.match(value)
        or _CALL.fullmatch(value)
        or _EXPRESSION.search(value)
    ):
        return True
    if (
        _DOTTED.fullmatch(value)
        or _EMAIL.fullmatch(value)
        or _DATE.fullmatch(value)
        or _VERSION.fullmatch(value)
        or _FILE.fullmatch(value)
        or _ALGORITHM.fullmatch(value)
    ):
        return True
    if not candidate.quoted and (_CODE.match(value) or value.endswith((":", "(", "\\"))):
        return True
    if _UPPER.fullmatch(value) and not any(c.isdigit() for c in value):
        return True
    return _names(value, candidate.name) or (value.isalpha() and words(candidate.name)[-1:] == ["passwords"])


def _of_bytes(numbers: bytes, candidate: Candidate) -> Confidence | None:
    """Judge what is written as numbers: some text, or what a machine made."""
    if strength(candidate.name) < Strength.SECRET:
        return None
    text = numbers.decode("latin-1")
    if text.isascii() and text.isprintable():
        return _judge(replace(candidate, value=text, quoted=True), Where.CODE)
    return Confidence.MEDIUM if is_random(numbers.hex()) else None


def _is_path(value: str) -> bool:
    return _PATH.fullmatch(value) is not None and not (len(value) >= 20 and is_random(value.replace("/", "")))


def _is_reference(value: str, quoted: bool) -> bool:
    """Say whether a value only points at another; a password in quotes may begin like one."""
    if _REFERENCE.match(value) is None:
        return False
    rest = value[1:]
    return not (quoted and value[0] in "@*!#%&?" and rest.isprintable() and is_random(rest) and not rest.isalnum())


def _names(value: str, name: str) -> bool:
    """Say whether a value is a name for what it stands for: that of its variable, or one with a word for credentials."""
    told = words(value)
    if not told:
        return False
    if (
        set(told) <= set(words(name))
        or "".join(told) == "".join(words(last_part(name)))
        or (set(told) <= CREDENTIAL_WORDS and value.lower() not in WEAK)
    ):
        return True
    shape = _CAMEL.fullmatch(value) or _WORDLIKE.fullmatch(value) or _IDENTIFIER.fullmatch(value)
    return shape is not None and len(told) > 1 and not CREDENTIAL_WORDS.isdisjoint(told)


def is_structured(value: str) -> bool:
    """Say whether a value is an object or an array that carries a token."""
    return value[:1] in ("{", "[") and any(sign in value for sign in "\"':,")


def _structured(value: str) -> Confidence | None:
    """Judge a token that is an object: what a machine made is in one of its values."""
    if _DIGESTS.search(value) is not None:
        return None
    return Confidence.MEDIUM if any(is_random(word) for word in _LONG_WORD.findall(value)) else None


def _basic(value: str) -> Confidence | None:
    """Judge `user:password`, as it is or in base64."""
    pair = value
    if ":" not in value:
        try:
            pair = base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            return None
    _user, colon, password = pair.partition(":")
    if not colon or not pair.isprintable() or not password:
        return None
    return None if _stands_in(password, Candidate(0, 0, password, "password")) else _chosen(password, Where.PROSE)


def _password(value: str, form: Form, where: Where) -> Confidence | None:
    if " " in value:
        return Confidence.MEDIUM if where in (Where.CONFIGURATION, Where.CODE) else Confidence.LOW
    if form is Form.DEFAULT and not (is_random(value) and len(value) >= 10):
        return Confidence.LOW  # what a development server is started with
    return _chosen(value, where)


def _chosen(value: str, where: Where) -> Confidence | None:
    """Judge a password: anything may be one."""
    value = _decoded(value) or value
    lower = value.lower()
    if lower in SAMPLES or lower.rstrip("0123456789!") in SAMPLES:
        return Confidence.LOW
    if lower in WEAK:
        return Confidence.MEDIUM if where is Where.CONFIGURATION else Confidence.LOW
    if _SAMPLE_SHAPE.fullmatch(lower) or _SAYS_SO.fullmatch(lower):
        return Confidence.LOW
    if is_random(value):
        return Confidence.HIGH
    return Confidence.LOW if where is not Where.CONFIGURATION and _SEVERAL_WORDS.fullmatch(value) else Confidence.MEDIUM


def is_phrase(value: str, name: str) -> bool:
    """Say whether several words are a password: no sentence, and more than words where the name does not ask for a phrase."""
    parts = value.split(" ")
    if not 3 <= len(parts) <= 24 or len(value) > 200 or not all(map(_PHRASE_WORD.fullmatch, parts)):
        return False
    told = {part.lower() for part in parts}
    if len(told) < len(parts) - 1 or not (told | set(words(value))).isdisjoint(_OF_SENTENCES):
        return False
    if any(c.isdigit() for c in value):
        return len(value) >= 12 and strength(name) is Strength.PASSWORD
    return len(parts) >= 4 and value.islower() and _ASKS_FOR_PHRASE.search(name) is not None


def _decoded(value: str) -> str | None:
    """Return the text that a value is the base64 of, `None` where it is no such text."""
    if len(value) < 8 or len(value) % 4 or not _BASE64.fullmatch(value):
        return None
    try:
        text = base64.b64decode(value, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    return text if text.isprintable() and not any(c.isspace() for c in text) else None


def _is_words(text: str | None) -> bool:
    """Say whether a value was words before it was encoded: `ZXhhbXBsZS1lbmNvZGVk`."""
    return text is not None and _WORDLIKE.fullmatch(text) is not None and not is_gibberish(text)


def _by_weak_name(value: str, name: str) -> Confidence | None:
    """Judge what is bound to a word that often means something else."""
    if _SAYS_SO.fullmatch(value.lower()):
        return Confidence.LOW
    if (
        words(name)[-1:] == ["auth"]
        and _BASE64.fullmatch(value)
        and len(value) % 4 == 0
        and (not _WORDLIKE.fullmatch(value) or is_gibberish(value))
    ):
        return Confidence.MEDIUM  # the configuration of docker: `user:password`
    pair = _PAIR.fullmatch(value) if words(name)[-1:] == ["auth"] else None
    if pair is not None:
        password = pair["password"]
        is_one = is_random(password) and not _stands_in(password, Candidate(0, 0, password, "password"))
        return Confidence.MEDIUM if is_one else None
    if _UUID.fullmatch(value):
        return Confidence.LOW  # mostly the identifier of a session or of a row
    return _machine_made(value, 20) if len(value) >= 16 else None


def _machine_made(value: str, shortest: int) -> Confidence | None:
    if len(value) < shortest or value.lower() in SAMPLES:
        return None
    if _UUID.fullmatch(value):
        return Confidence.MEDIUM
    if is_random(value) and not _is_words(_decoded(value)):
        return Confidence.HIGH if len(value) >= 16 else Confidence.MEDIUM
    return Confidence.LOW if any(c.isdigit() for c in value) else None


@lru_cache(maxsize=4096)
def is_random(value: str) -> bool:
    """Say whether a value looks as if a machine had made it, rather than words."""
    letters = sum(c.isalpha() for c in value)
    digits = sum(c.isdigit() for c in value)
    if not letters:
        return digits >= 16 and entropy(value) > 2.5
    if _HEX.fullmatch(value):
        return len(value) >= 8 and digits > 0 and entropy(value) >= min(2.8, 0.22 * len(value)) and not _counts(value)
    if len(value) < 8:
        return False
    if _WORDLIKE.fullmatch(value) or _CAMEL.fullmatch(value):
        return is_gibberish(value)
    if entropy(value) < min(3.2, 0.30 * len(value)):
        return False
    return _is_mixed(value) or is_gibberish(value)


def _is_mixed(value: str) -> bool:
    """Say whether digits stand among the letters everywhere: the pairs of letters that are left say little."""
    if len(value) < 16 or not value.isalnum():
        return False
    changes = sum(a.isdigit() != b.isdigit() for a, b in itertools.pairwise(value))
    one_case = value.islower() or value.isupper()
    return changes >= (max(6, len(value) / 4) if one_case else max(4, len(value) / 6))


def _counts(value: str) -> bool:
    """Say whether bytes in hexadecimal only count: `000102030405`."""
    if len(value) % 2:
        return False
    return len({(b - a) % 256 for a, b in itertools.pairwise(bytes.fromhex(value))}) == 1

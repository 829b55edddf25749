"""KL105."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from keylint.model import Confidence, Definition, Key, Severity, is_test_code
from keylint.rule import Context, Example, Hit, Rule
from keylint_rules.hardcoded import code_of, leak


class PrivateKey(Rule):
    """A private key is part of the project.

    ## What it does
    Reports PEM, OpenSSH and PGP private keys in code and in configuration, whatever name they were given. Most of
    those in a test suite (`tests/`, `molecule/` …) were made for it: they are warnings. Those that documentation shows are
    left alone.

    ## Why it matters
    A private key signs and decrypts as its owner, on every system that trusts its public half, and there is rarely
    a list of those systems.

    ## What to do
    Make a new key pair, replace the public half wherever it is trusted, and keep the private half out of the
    project: in an agent, a secret store or a file that the deployment mounts.
    """

    code = "KL105"
    severity = Severity.ERROR
    VALID = (
        """
        from pathlib import Path

        KEY = Path("/run/secrets/signing.pem").read_text()
        """,
        'MARK = "-----BEGIN CERTIFICATE-----"',
    )
    INVALID = (
        Example({"deploy_key.py": 'KEY = """{fake:openssh-private-key}"""'}, expect=(("KL105", "deploy_key.py", 1),)),
        Example({"signing.pem": "{fake:pem-private-key}"}, expect=(("KL105", "signing.pem", 1),)),
        Example({"tests/server.pem": "{fake:pem-private-key}"}, expect=(("KL105", "tests/server.pem", 1),)),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        if code_of(definition, key) == self.code:
            hit = leak(definition, key, "is part of the project", "keep a new one in a secret store")
            made_up = is_test_code(definition.place.path)
            yield replace(hit, confidence=Confidence.MEDIUM, severity=Severity.WARNING) if made_up else hit

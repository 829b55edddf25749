"""KL209."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Damage, Definition, Key, Severity
from keylint.rule import Context, Example, Hit, Rule, answer, at, defects, in_prose, named, upper_first


class EncodedTwice(Rule):
    """A key is encoded once more than anything decodes, or not at all where something decodes it.

    ## What it does
    Reports values that are base64 of a whole key where the program gets them as they are: in a variable that holds a key
    by convention, or on the way to a call. In the `data:` of a Kubernetes Secret, which the cluster decodes once, it
    reports base64 of base64, and keys that are not encoded. It also reports percent-encoded keys (`%2B`, `%3D`) outside
    of URLs. A variable whose name says that it is encoded (`…_B64`) is left alone.

    ## Why it matters
    The program sends the encoding, and the service does not know such a key. In the file it looks like a key, and like the
    right one: nobody reads base64. A key that is no base64 makes the cluster refuse the manifest, or the program gets the
    bytes that it happens to decode to.

    ## What to do
    Write the key itself. In a Secret, write it under `stringData:`, or encode it once (`printf %s "$KEY" | base64`).
    """

    code = "KL209"
    severity = Severity.WARNING
    VALID = (
        Example({".env": "OPENAI_API_KEY={fake:openai-project-key}"}),
        # The cluster decodes it.
        Example(
            {
                "secret.yaml": """
                apiVersion: v1
                kind: Secret
                data:
                  GITHUB_TOKEN: {fake:github-classic-pat!base64}
                stringData:
                  OPENAI_API_KEY: {fake:openai-project-key}
                """
            }
        ),
        # The program decodes it: the name says so.
        Example({".env": "GITHUB_TOKEN_B64={fake:github-classic-pat!base64}"}),
        # Helm's templates encode and decode as they like.
        Example({"values.yaml": "apiKey: {fake:github-classic-pat!base64}"}),
        # In a URL it has to be so.
        Example({".env": "DATABASE_URL=postgres://app:pa%2Bss%3Dword@db.internal/app"}),  # keylint: ignore[KL109]
    )
    INVALID = (
        Example({".env": "GITHUB_TOKEN={fake:github-classic-pat!base64}"}, expect=(("KL209", ".env", 1),)),
        Example(
            {
                "secret.yaml": """
                apiVersion: v1
                kind: Secret
                data:
                  GITHUB_TOKEN: {fake:github-classic-pat!base64=2}
                """
            },
            expect=(("KL209", "secret.yaml", 4),),
        ),
        # Plain text where the cluster wants base64.
        Example(
            {
                "secret.yaml": """
                apiVersion: v1
                kind: Secret
                metadata:
                  name: github
                data:
                  token: {fake:github-classic-pat}
                """
            },
            expect=(("KL209", "secret.yaml", 6),),
        ),
        # The secret of an access key, copied out of a URL.
        Example({".env": "AWS_SECRET_ACCESS_KEY={fake:aws-secret-access-key!percent}"}, expect=(("KL209", ".env", 1),)),
        Example(
            {
                "app.py": """
                from github import Auth

                auth = Auth.Token("{fake:github-classic-pat!base64}")
                """
            },
            expect=(("KL209", "app.py", 3),),
        ),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        if in_prose(definition):
            return
        if definition.damage is Damage.NOT_ENCODED and key is not None:
            yield Hit(
                definition.place,
                f"{upper_first(named(key))} is not encoded, and the cluster decodes what stands under `data`: it refuses the "
                "manifest, or hands on other bytes",
                help="Move it to `stringData`, or write base64 of it.",
            )
        provider = key.provider if key is not None else None
        for defect in defects(definition, self.code):
            yield Hit(
                definition.place,
                f"{upper_first(named(key))} is encoded, and nothing decodes it here ({defect.message}): {answer(provider)}",
                help=f"Write the key itself in {at(definition.place)}.",
            )

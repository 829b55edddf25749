"""KL110."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Definition, Key, Severity
from keylint.rule import Context, Example, Hit, Rule
from keylint_rules.hardcoded import code_of, leak


class KeyInCommand(Rule):
    """A secret key is written in a command, or in the instructions that an image is built from.

    ## What it does
    Reports well-formed secret keys in `ENV`, `ARG` and `RUN` of a Dockerfile, in the command lines of CI configuration, of
    compose files and of Kubernetes manifests, and in recipes of a Makefile or a Procfile.

    ## Why it matters
    Arguments are seen by everybody who lists the processes of the machine, and they are kept in the history of the shell and
    in the log of the build. What a Dockerfile sets stays in the image, whatever a later layer deletes: `docker history`
    shows it to everybody who can pull.

    ## What to do
    Revoke the key: it has been seen. Let the command read a variable that is set from a secret store, and give it to a build
    as a secret:

    ```dockerfile
    RUN --mount=type=secret,id=pypi_token TWINE_PASSWORD=$(cat /run/secrets/pypi_token) twine upload dist/*
    ```
    """

    code = "KL110"
    severity = Severity.ERROR
    VALID = (
        Example({"Dockerfile": "FROM python:3.12\nARG GITHUB_TOKEN\nENV GITHUB_TOKEN=$GITHUB_TOKEN"}),
        Example({"Makefile": 'deploy:\n\tcurl -H "Authorization: Bearer $(GITHUB_TOKEN)" https://api.github.com/user'}),
        Example({".github/workflows/ci.yml": "jobs:\n  test:\n    steps:\n      - run: deploy --token $TOKEN"}),
    )
    INVALID = (
        Example(
            {"Dockerfile": "FROM python:3.12\nENV GITHUB_TOKEN={fake:github-classic-pat}"},
            expect=(("KL110", "Dockerfile", 2),),
        ),
        Example(
            {
                "Dockerfile": """
                FROM python:3.12
                RUN pip install build && \\
                    git clone https://github.com/acme/app && deploy --token={fake:github-classic-pat}
                """
            },
            expect=(("KL110", "Dockerfile", 3),),
        ),
        Example(
            {
                ".github/workflows/ci.yml": """
                jobs:
                  test:
                    steps:
                      - run: |
                          export GITHUB_TOKEN={fake:github-classic-pat}
                          ./deploy
                """
            },
            expect=(("KL110", ".github/workflows/ci.yml", 5),),
        ),
        Example(
            {
                "Makefile": """
                deploy:
                \tcurl -H "Authorization: Bearer {fake:github-classic-pat}" https://api.github.com/user
                """
            },
            expect=(("KL110", "Makefile", 2),),
        ),
        Example(
            {
                "job.yaml": """
                apiVersion: v1
                kind: Pod
                spec:
                  containers:
                    - command: [deploy, --token, {fake:github-classic-pat}]
                """
            },
            expect=(("KL110", "job.yaml", 5),),
        ),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        if code_of(definition, key) == self.code:
            where = "is written in a command that others can see"
            yield leak(definition, key, where, "let the command read a new one from a secret store")

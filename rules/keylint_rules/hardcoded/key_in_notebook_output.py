"""KL106."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Definition, Key, Severity
from keylint.rule import Context, Example, Hit, Rule
from keylint_rules.hardcoded import code_of, leak


class KeyInNotebookOutput(Rule):
    """A secret key stands in the saved output of a notebook.

    ## What it does
    Reports well-formed secret keys in the outputs that a notebook was saved with.

    ## Why it matters
    The code may read the key from the environment as it should, and one `print` or one error message still
    publishes it with the notebook.

    ## What to do
    Revoke the key, clear the outputs (`jupyter nbconvert --clear-output --inplace NOTEBOOK`), and strip them before
    every commit.
    """

    code = "KL106"
    severity = Severity.ERROR
    VALID = (
        Example(
            {
                "clean.ipynb": """
                {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
                 {"cell_type": "code", "id": "a", "metadata": {}, "execution_count": 1,
                  "source": ["import os\\n", "token = os.environ['GITHUB_TOKEN']"], "outputs": []}]}
                """
            }
        ),
    )
    INVALID = (
        Example(
            {
                "shown.ipynb": """
                {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
                 {"cell_type": "code", "id": "a", "metadata": {}, "execution_count": 1,
                  "source": ["import os\\n", "print(os.environ['GITHUB_TOKEN'])"],
                  "outputs": [{"output_type": "stream", "name": "stdout", "text": ["{fake:github-classic-pat}\\n"]}]}]}
                """
            },
            expect=(("KL106", "shown.ipynb", 1),),
        ),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        if code_of(definition, key) == self.code:
            yield leak(definition, key, "stands in a saved output of the notebook", "clear the outputs")

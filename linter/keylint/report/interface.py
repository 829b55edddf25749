"""The formats, and the one function that knows which module writes which.

A format is a module with `render(report, …) -> str`. It sees only `keylint.model`, and is imported when asked for.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

if TYPE_CHECKING:
    from keylint.model import Report


class Format(StrEnum):
    """What `--output-format` takes."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


def render(
    report: Report,
    format: Format,  # noqa: A002 - the word of the command line
    *,
    color: bool = False,
    unicode: bool = True,
    width: int = 100,
) -> str:
    """Return the report in a format, ending in one newline.

    `color` and `width` (terminal cells) concern text alone. With `unicode=False` every format is pure ASCII.
    """
    match format:
        case Format.TEXT:
            from keylint.report import text

            return text.render(report, color=color, unicode=unicode, width=width)
        case Format.JSON:
            from keylint.report import jsonv1

            return jsonv1.render(report, unicode=unicode)
        case Format.SARIF:
            from keylint.report import sarif

            return sarif.render(report, unicode=unicode)
        case Format.GITHUB:
            from keylint.report import github

            return github.render(report, unicode=unicode)
        case _:
            assert_never(format)

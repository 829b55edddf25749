"""A place where a value gets a name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from keylint.model.judgement import Judgement
from keylint.model.place import Place
from keylint.model.provider import Confidence
from keylint.model.secret import Secret


class Channel(StrEnum):
    """What kind of file or syntax defines a value."""

    PYTHON = "python"
    DOTENV = "dotenv"
    COMPOSE = "compose"
    YAML = "yaml"
    TOML = "toml"
    JSON = "json"
    INI = "ini"
    NOTEBOOK = "notebook"
    NOTEBOOK_OUTPUT = "notebook-output"
    SOURCE = "source"
    """Source of another language than Python."""
    TEXT = "text"
    KUBERNETES = "kubernetes"
    PIPELINE = "pipeline"
    """The configuration of a CI service: GitHub Actions, GitLab CI."""
    DOCKERFILE = "dockerfile"
    SYSTEMD = "systemd"
    TERRAFORM = "terraform"
    XML = "xml"


CONFIGURATION = frozenset(
    {
        Channel.DOTENV, Channel.COMPOSE, Channel.YAML, Channel.TOML, Channel.JSON, Channel.INI, Channel.KUBERNETES,
        Channel.PIPELINE, Channel.DOCKERFILE, Channel.SYSTEMD, Channel.TERRAFORM, Channel.XML,
    }
)  # fmt: skip
"""The channels that configure programs and are none."""


class Within(StrEnum):
    """What the value stands inside of, when it is not the whole literal or scalar."""

    WHOLE = "whole"
    URL = "url"
    HEADER = "header"
    TEXT = "text"
    COMMAND = "command"
    """A command line: an argument, or an assignment in front of the command."""


class Damage(StrEnum):
    """What makes a value useless although it is outside of it, or how the file has to spell it."""

    BYTE_ORDER_MARK = "byte order mark before the first name"
    NOT_ENCODED = "plain text where base64 belongs"
    INTERPOLATED = "a $ that begins the name of a variable"


class Role(StrEnum):
    """How the value is bound."""

    PLAIN = "plain"
    DEFAULT = "default"
    """The fallback of an environment lookup, or a parameter's default."""
    EXAMPLE = "example"
    """A line of a sample file (`.env.example`): documentation, never delivered to a program."""
    COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class Definition:
    """A value and the place and name it was given.

    `secret` is the value as the program receives it (escapes and the loader's quotes resolved, white space kept);
    `place` is the span of the value's characters, quotes excluded.
    """

    place: Place
    secret: Secret
    channel: Channel
    name: str | None = None
    """Binding name or config path: `OPENAI_API_KEY`, `services.web.environment.KEY`, `Settings.api_key`."""
    environment: str | None = None
    within: Within = Within.WHOLE
    role: Role = Role.PLAIN
    contiguous: bool = True
    """False when the value is put together from several literals or has escapes: an offset in it is no offset in the file."""
    env: str | None = None
    """The environment variable that this line sets, if it sets one."""
    damage: Damage | None = None
    """What loaders trip over although it is outside the value."""
    loader: str | None = None
    """Who delivers this value where most loaders of the file deliver another one: `docker run --env-file`."""
    judgement: Judgement = Judgement()
    confidence: Confidence | None = None
    """How sure it is that this is a secret, where only its name and its look say so."""
    ignored: bool = False
    """True in a git-ignored, untracked file, or an untracked `.env*` outside git: never reported as hardcoded."""
    reported: bool = True
    """False in a file that is only link context: no finding stands on it."""

"""What is known about keys: sources are asked by fingerprint, and their answers merged into verdicts."""

from keylint.model import Asked
from keylint.status.interface import SourceError, SourceInfo, StatusSource
from keylint.status.resolving import Policy, Progress, Resolution, resolve

__all__ = ["Asked", "Policy", "Progress", "Resolution", "SourceError", "SourceInfo", "StatusSource", "resolve"]

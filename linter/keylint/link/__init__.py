"""From uses back to definitions: names, imports, environment variables; and what becomes of each use."""

from keylint.link.outcome import outcome
from keylint.link.reach import Reach, link

__all__ = ["Reach", "link", "outcome"]

"""From uses back to definitions: names, imports, environment variables; and what becomes of each use."""

from keylint.link.beside import Beside
from keylint.link.outcome import outcome
from keylint.link.reach import Reach, link
from keylint.link.shadows import shadows
from keylint.link.variables import handed_on

__all__ = ["Beside", "Reach", "handed_on", "link", "outcome", "shadows"]

"""Reports: one module per format, behind one function."""

from keylint.report.interface import Format, render

__all__ = ["Format", "render"]

"""Findings that a project lives with: keylint's own baseline, and what other tools keep in files of their own."""

from keylint.baseline.entries import Baseline, BaselineError, Binding, Entry, Salt
from keylint.baseline.jsonlines import HEADER, load, save
from keylint.baseline.ledger import Ledger

__all__ = ["HEADER", "Baseline", "BaselineError", "Binding", "Entry", "Ledger", "Salt", "load", "save"]

"""What keys look like: providers, kinds, and the grammar that recognises, judges and makes them up."""

from keylint.catalogue.catalogue import Catalogue
from keylint.catalogue.load import CatalogueError, load
from keylint.catalogue.pattern import Pattern
from keylint.catalogue.recognise import Candidate

__all__ = ["Candidate", "Catalogue", "CatalogueError", "Pattern", "load"]

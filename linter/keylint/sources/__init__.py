"""Which files there are, and their bytes: the work tree, git's index, standard input."""

from keylint.sources.git import (
    IndexReader,
    SourceError,
    Staged,
    changed,
    committed,
    committed_text,
    index_reader,
    merge_driver,
    staged,
    work_tree,
)
from keylint.sources.gitignore import pattern_of
from keylint.sources.read import MATCH_LIMIT, PARSE_LIMIT, is_binary, read
from keylint.sources.root import project_root
from keylint.sources.walk import Discovery, Entry, discover, is_ignored, relative_path, stdin_source

__all__ = [
    "MATCH_LIMIT", "PARSE_LIMIT", "Discovery", "Entry", "IndexReader", "SourceError", "Staged", "changed", "committed",
    "committed_text", "discover", "index_reader", "is_binary", "is_ignored", "merge_driver", "pattern_of", "project_root",
    "read", "relative_path", "staged", "stdin_source", "work_tree",
]  # fmt: skip

"""`python -m keylint`."""

import os
import sys

# `python -m` puts the working directory on the import path. That directory is what is scanned: nothing is imported from it.
sys.path[:] = [path for path in sys.path if path not in ("", os.getcwd())]

from keylint.cli import main  # noqa: E402

main()

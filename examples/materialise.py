"""Writes the example shop with made-up keys, as a git repository of its own, and an inventory of some of the keys.

The repository holds no key-shaped text: the shop's files say `{fake:KIND}`, and this script fills in keys that are well
formed and belong to nobody.

    python examples/materialise.py build/shop
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from keylint.catalogue.fake import expand

HERE = Path(__file__).parent

# What the team knows about its keys: template, and the options of `keylint inventory add`.
INVENTORY = [
    (
        "{fake:github-classic-pat#7}",
        ["--provider", "github", "--status", "revoked", "--replaced-by", "vault: ci/github-release"],
    ),
    ("{fake:stripe-secret-key-test#2}", ["--provider", "stripe", "--status", "active", "--environment", "staging"]),
    (
        "{fake:openai-project-key#2}",
        ["--provider", "openai", "--status", "active", "--expires-at", "2026-12-10", "--environment", "staging"],
    ),
    (
        "{fake:slack-bot-token#2}",
        ["--provider", "slack", "--status", "rotated", "--replaced-by", "vault: shop/staging/slack"],
    ),
]


def materialise(target: Path) -> None:
    """Write the shop to `target`, which is emptied first."""
    if target.exists():
        shutil.rmtree(target)
    for source in sorted((HERE / "shop").rglob("*")):
        if source.is_file() and "__pycache__" not in source.parts:
            copy = target / source.relative_to(HERE / "shop")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(expand(source.read_text(encoding="utf-8")), encoding="utf-8", newline="")
    # A repository of its own: in keylint's, `build/` is ignored, and a key in an ignored file is not hardcoded.
    (target / ".gitignore").write_text(".env.*\n!.env.example\n", encoding="utf-8")
    if shutil.which("git"):
        subprocess.run(["git", "init", "--quiet", str(target)], check=True)
    for template, options in INVENTORY:
        command = [sys.executable, "-m", "keylint", "inventory", "add", "--file", str(target / "keys.yaml"), *options]
        subprocess.run(
            [*command, "--checked-at", "2026-11-20T09:00:00Z"],
            input=expand(template),
            text=True,
            check=True,
            stdout=subprocess.DEVNULL,
            env=os.environ,
        )


if __name__ == "__main__":
    materialise(Path(sys.argv[1] if len(sys.argv) > 1 else "build/shop"))

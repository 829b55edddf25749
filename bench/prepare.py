"""Fetches what `run.py` needs: the peers, and the corpora (unpacked wheels), into `$KEYLINT_BENCH`."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

# Outside of this checkout: a tree inside it would have all of it as its context.
HERE = Path(os.environ.get("KEYLINT_BENCH", "~/.cache/keylint-bench")).expanduser()
PEERS = ["kingfisher-bin==2.14.0", "detect-secrets==1.5.0"]
WHEELS = ["homeassistant==2024.3.3", "ansible==12.3.0", "apache-airflow==2.10.5"]


def main() -> None:
    HERE.mkdir(parents=True, exist_ok=True)
    peers = HERE / "peers"
    if not peers.exists():
        venv.create(peers, with_pip=True)
        subprocess.run([peers / "bin" / "pip", "install", "--quiet", *PEERS], check=True)
    for wheel in WHEELS:
        name = wheel.split("==")[0].removeprefix("apache-")
        target = HERE / name
        if target.exists():
            continue
        download = HERE / "wheels"
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", download, wheel], check=True
        )
        file = next(download.glob(f"*{name}*.whl"))
        with zipfile.ZipFile(file) as archive:
            archive.extractall(target)
        print(target, sum(1 for path in target.rglob("*") if path.is_file()), "files")


if __name__ == "__main__":
    main()

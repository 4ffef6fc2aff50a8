"""The lock files: every package with its hashes, for every platform, without the address of any index.

python scripts/locks.py            write both from pyproject.toml, keeping the versions that still fit
python scripts/locks.py --upgrade  the same, with the newest versions that fit
python scripts/locks.py --check    write nothing; exit 1 when the files do not follow from pyproject.toml
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {"requirements.lock": [], "requirements-dev.lock": ["--group", "dev"]}
COMPILE = ["pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url"]


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when the locks are written or fresh, 1 with a sentence otherwise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    options = parser.parse_args(arguments)
    return check() if options.check else write(upgrade=options.upgrade)


def write(*, upgrade: bool) -> int:
    """Resolve in place."""
    for lock, group in LOCKS.items():
        error = _compile(ROOT, lock, group, ["--upgrade"] if upgrade else [])
        if error:
            print(error, file=sys.stderr)
            return 1
    return 0


def check() -> int:
    """Resolve a copy, with the present versions preferred, and compare: a difference means that a lock is stale."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        for file in ("pyproject.toml", *LOCKS):
            shutil.copy(ROOT / file, copy / file)
        for lock, group in LOCKS.items():
            error = _compile(copy, lock, group, [])
            if error:
                print(error, file=sys.stderr)
                return 1
            if (copy / lock).read_bytes() != (ROOT / lock).read_bytes():
                print(f"{lock} does not follow from pyproject.toml: run `make lock` and commit it.", file=sys.stderr)
                return 1
    print("The lock files follow from pyproject.toml.")
    return 0


def _compile(folder: Path, lock: str, group: list[str], extra: list[str]) -> str:
    """Let uv write one lock; a sentence when it cannot, else nothing.

    It runs inside the folder, because it writes its command line, paths included, into the first lines of the file.
    """
    command = [sys.executable, "-m", "uv", "--quiet", *COMPILE, "pyproject.toml", *group, "-o", lock, *extra]
    ran = subprocess.run(command, cwd=folder, env=_environment(), capture_output=True, text=True, check=False)
    if ran.returncode == 0:
        return ""
    reason = ran.stderr.strip()
    if "Request failed" in reason or "Failed to fetch" in reason:
        return (
            f"{lock} could not be resolved, because no package index answered: try again with a connection.\n{reason}"
        )
    return f"{lock} cannot be made from pyproject.toml: mend what uv says and run `make lock`.\n{reason}"


def _environment() -> dict[str, str]:
    """uv does not read pip's settings: where pip uses a mirror, uv is to use it too."""
    environment = dict(os.environ)
    if not any(name in environment for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL")):
        asked = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
        mirror = (
            environment.get("PIP_INDEX_URL")
            or subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
        )
        if mirror:
            environment["UV_DEFAULT_INDEX"] = mirror
    return environment


if __name__ == "__main__":
    sys.exit(main())

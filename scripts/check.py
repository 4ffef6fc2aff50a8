"""Everything that can be said about the code without running the tests: `make check`.

Each step runs even when an earlier one failed, so that one run shows all there is to mend.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STEPS = {
    "lint": ["-m", "ruff", "check", "--quiet", "."],
    "format": ["-m", "ruff", "format", "--check", "--quiet", "."],
    "types": ["-m", "mypy", "."],
    "imports": ["-c", "from importlinter.cli import lint_imports_command as lint; lint()"],
    "migrations": ["-W", "ignore", "manage.py", "makemigrations", "--check", "--dry-run"],
    "translations": ["scripts/messages.py", "--check"],
    "locks": ["scripts/locks.py", "--check"],
}
PLACEHOLDERS = {
    "SECRET_KEY": "not-a-secret",
    "VAULT_KEYS": "none:" + "A" * 43,
    "DATABASE_URL": "postgresql://app@127.0.0.1:1/app",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}
"""No step talks to a server, but the settings want to be complete."""


def main() -> int:
    """0 when every step passed."""
    failed = []
    for name, arguments in STEPS.items():
        begin = time.monotonic()
        ran = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**os.environ, **PLACEHOLDERS},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        is_good = ran.returncode == 0
        print(f"{name:<13}{'ok' if is_good else 'FAILED':<7}{time.monotonic() - begin:5.1f} s", flush=True)
        if not is_good:
            failed.append(name)
            print(ran.stdout.rstrip(), flush=True)
    if failed:
        print(f"make check: to mend: {', '.join(failed)}.", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

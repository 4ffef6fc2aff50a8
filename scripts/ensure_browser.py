"""Bring the browser of the journeys: `python -m scripts.ensure_browser` prints why there is none, or nothing.

The system's Chromium is best; root on Debian installs it, with a font that has Cyrillic letters. Anyone else gets the
one that Playwright downloads. Always exits 0: without a browser the journeys are skipped, with the reason.
"""

import os
import shutil
import subprocess
import sys

from tests.browser import find_browser

PACKAGES = ["chromium", "fonts-dejavu-core"]


def main() -> int:
    """Say on standard output why there is no browser; on standard error what is being done."""
    if find_browser():
        return 0
    reasons = [reason for reason in (_from_debian(), _from_playwright()) if reason]
    if not find_browser():
        print("; ".join(reasons) or "the browser that was installed does not run here")
    return 0


def _from_debian() -> str:
    """Install Debian's package; why that was not possible, or nothing."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return "apt-get is not available to this user"
    print("Installing Chromium with apt-get …", file=sys.stderr)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *PACKAGES]
    for command in (["apt-get", "update", "--quiet"], install):
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            return f"apt-get could not install it ({_reason(ran.stderr)})"
    return ""


def _from_playwright() -> str:
    """Download Playwright's own; why that was not possible, or nothing."""
    if find_browser():
        return ""
    print("Downloading Chromium with Playwright …", file=sys.stderr)
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"Playwright could not download it ({_reason(ran.stderr or ran.stdout)})" if ran.returncode else ""


def _reason(text: str) -> str:
    """The telling line: the last one that speaks of an error, else the last one."""
    lines = [line.strip() for line in text.strip().splitlines()] or ["it said nothing"]
    errors = [line for line in lines if "error" in line.lower() or line.startswith("E: ")]
    return (errors or lines)[-1]


if __name__ == "__main__":
    sys.exit(main())

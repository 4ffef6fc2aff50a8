"""The browser of the journeys: which one there is, or why there is none."""

import os
import shutil
import subprocess
from itertools import chain
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
REASON_VARIABLE = "NO_BROWSER_REASON"
REQUIRED_VARIABLE = "BROWSER_REQUIRED"


def find_browser() -> str | None:
    """The path of a Chromium that runs here: the system's, else the one that Playwright has downloaded."""
    installed = (shutil.which(name) for name in NAMES)
    downloaded = (find() for find in (_of_playwright,))  # asked last: it costs a second
    return next((path for path in chain(installed, downloaded) if path and _runs(path)), None)


def browser_is_required() -> bool:
    """Whether a journey without a browser fails, as in CI, instead of being skipped."""
    return os.environ.get(REQUIRED_VARIABLE) == "1"


def why_there_is_none() -> str:
    """For the result of the test; `make test` tries to install one and passes on why that failed."""
    return os.environ.get(REASON_VARIABLE) or "no Chromium is installed: `make test` installs one"


def _of_playwright() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _runs(path: str) -> bool:
    """A browser without its libraries, or a stub that only names a store, does not answer."""
    try:
        ran = subprocess.run([path, "--version"], capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return ran.returncode == 0

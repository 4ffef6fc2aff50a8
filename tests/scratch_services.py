"""Early pytest plugin (`-p tests.scratch_services`): a PostgreSQL and a Valkey of its own for each process of tests.

The settings are read long before the first test, so the environment is made at once; the servers start only when
tests really run, and disappear with their folder afterwards. What a killed run left is removed by the next one. Two
processes may begin at the same moment.
"""

import fcntl
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from helpdesk.local.board import end_run
from helpdesk.local_services import LocalServiceError, LocalServices

PREFIX = "helpdesk-tests-"
SETTINGS = {
    "SECRET_KEY": "only-for-tests-" + "x" * 50,
    "VAULT_KEYS": "test:" + "A" * 42 + "E",
    "EMAIL_URL": "smtp://127.0.0.1:9",  # discard: nothing listens there
    "SITE_URL": "http://localhost:8000",
    "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
    "PORT": "8000",
    "DEBUG": "0",
}
DEFAULTS = ["SUPPORT_EMAIL", "SUPPORT_PHONE", "MAIL_DOMAIN", "TRUSTED_PROXY_COUNT", "TIME_ZONE"]
"""Variables that must not reach the tests from the shell of whoever starts them."""


class Scratch:
    """The folder of one run of the tests and the servers in it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.gettempdir()) / f"{PREFIX}{os.getpid()}-{secrets.token_hex(4)}"
        self.services = LocalServices(self.folder / "services")
        self._lock: int | None = None

    def environment(self) -> dict[str, str]:
        """Every variable that the settings read and that a test must not inherit."""
        return SETTINGS | {
            "DATABASE_URL": self.services.database_url,
            "REDIS_URL": self.services.redis_url,
            "MEDIA_ROOT": str(self.folder / "media"),
            "STATIC_ROOT": str(self.folder / "static"),
        }

    def make_folder(self, name: str) -> Path:
        """A new path in the scratch folder; unlike pytest's tmp_path root's servers, run by `nobody`, can enter it."""
        if self._lock is None:
            new = self.folder.with_name(f"new-{self.folder.name}")  # out of sight until it is locked
            new.mkdir(mode=0o711)
            self._lock = os.open(new / "lock", os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            new.rename(self.folder)
        return self.folder / f"{re.sub(r'[^a-z]', '', name)[:12]}-{secrets.token_hex(2)}"

    def up(self) -> None:
        """Remove what killed runs left, then start the servers."""
        for old in self.folder.parent.glob(f"{PREFIX}*"):
            _remove_if_abandoned(old)
        self.make_folder("")
        self.services.up()

    def down(self) -> None:
        """Remove everything."""
        if self._lock is not None:
            self.services.remove()
            _remove(self.folder)
            os.close(self._lock)
            self._lock = None


scratch = Scratch()


def without_scratch(environment: dict[str, str]) -> dict[str, str]:
    """An environment for a desk of its own: what this plugin has set is taken out again."""
    own = {*scratch.environment(), *DEFAULTS}
    return {name: value for name, value in environment.items() if name.removesuffix("_FILE") not in own}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None, None, None]:
    """Before pytest-django reads the settings."""
    kept = without_scratch(dict(os.environ))
    os.environ.clear()
    os.environ.update(kept | scratch.environment())
    return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Tests are about to run: not under --collect-only, --help and the like."""
    if session.items and not session.config.option.collectonly:
        try:
            scratch.up()
        except LocalServiceError as error:
            pytest.exit(str(error), returncode=pytest.ExitCode.USAGE_ERROR)


def pytest_unconfigure() -> None:
    scratch.down()


@contextmanager
def new_folder(name: str) -> Iterator[Path]:
    """The path of a folder that does not exist yet; whatever runs in it afterwards is ended, and it is removed."""
    folder = scratch.make_folder(name)
    yield folder
    _remove_desk(folder)


@pytest.fixture
def scratch_folder(request: pytest.FixtureRequest) -> Iterator[Path]:
    """`new_folder` for one test."""
    with new_folder(request.node.name) as folder:
        yield folder


def _remove_if_abandoned(folder: Path) -> None:
    """Only a folder of ours whose run is dead: a living run holds the lock."""
    with suppress(OSError):
        if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
            return
        lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(folder)
        finally:
            os.close(lock)


def _remove(folder: Path) -> None:
    for inner in folder.iterdir():
        _remove_desk(inner)
    shutil.rmtree(folder, ignore_errors=True)


def _remove_desk(folder: Path) -> None:
    """End a desk, and servers without one, and delete their folder."""
    if (folder / "lock").exists():
        end_run(folder)
        with suppress(LocalServiceError):
            LocalServices(folder).remove()
    shutil.rmtree(folder, ignore_errors=True)

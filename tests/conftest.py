from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.models import User
from accounts.roles import Role
from tests.cast import Cast, make_cast, make_person


@pytest.fixture(autouse=True)
def quick_and_apart(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fast password hash, a password reset that answers at once, plain static files, a folder of its own for each
    test's uploads, and no footer that is read once a minute: query counts stay the same at any second."""
    monkeypatch.setattr("accounts.forms.RESET_ANSWER_SECONDS", 0)
    monkeypatch.setattr("helpdesk.desk_context._desk_hours", lambda minute: None)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def cast(db: None) -> Cast:
    """The people of every story, their organisations, levels and the working hours."""
    return make_cast()


@pytest.fixture
def boss(cast: Cast) -> User:
    """An administrator."""
    return make_person("Админов Адам Адамович", "admin@desk.example", Role.ADMINISTRATOR)

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from tests.cast import Cast, make_cast


@pytest.fixture(autouse=True)
def quick_and_apart(settings: Settings, tmp_path: Path) -> None:
    """A fast password hash, plain static files, and a folder of its own for each test's uploads."""
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

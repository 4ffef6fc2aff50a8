from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from helpdesk import environment as env


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (lambda: env.text("X"), "word", "word"),
        (lambda: env.flag("X", default=False), "yes", True),
        (lambda: env.flag("X", default=True), "0", False),
        (lambda: env.whole("X", 1), "8000", 8000),
        (lambda: env.listed("X"), "a, b ,,c", ["a", "b", "c"]),
        (lambda: env.web_address("X", ""), "https://help.example.ru/", "https://help.example.ru"),
    ],
)
def test_a_good_value_is_read_by_its_type(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[], object], value: str, expected: object
) -> None:
    monkeypatch.setenv("X", value)
    assert read() == expected


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda: env.flag("X", default=False), "maybe"),
        (lambda: env.whole("X", 1), "eighty"),
        (lambda: env.whole("X", 1, at_least=1), "0"),
        (lambda: env.web_address("X", ""), "help.example.ru"),
        (lambda: env.web_address("X", ""), "https://help.example.ru/desk"),
        (lambda: env.mail_settings("X", ""), "pigeon://loft"),
        (lambda: env.mail_settings("X", ""), "smtp://"),
    ],
)
def test_a_bad_value_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[], object], value: str
) -> None:
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured, match=r"^X "):
        read()


@pytest.mark.parametrize("password", ["pa/ss", "12/34", "pa?ss", "pa#ss", "[pass"])
@pytest.mark.parametrize(
    ("read", "address"),
    [
        (lambda: env.mail_settings("X", ""), "smtp+tls://desk:{}@mail.example.ru:587"),
        (lambda: env.database("X"), "postgresql://desk:{}@db:5432/desk"),
        (lambda: env.queue_address("X"), "redis://:{}@queue:6379/0"),
    ],
)
def test_an_address_whose_password_divides_it_is_refused_without_a_word_of_it(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[], object], address: str, password: str
) -> None:
    monkeypatch.setenv("X", address.format(password))
    with pytest.raises(
        ImproperlyConfigured, match=r"^X cannot be read: expected .* write .* / .* as .* %2F"
    ) as refused:
        read()
    told = "".join(traceback.format_exception(refused.value))
    assert password not in told and "pa" not in str(refused.value).replace("password", "")


def test_a_secret_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from the file\n")
    monkeypatch.setenv("X_FILE", str(tmp_path / "key"))
    assert env.text("X") == "from the file"
    monkeypatch.setenv("X_FILE", str(tmp_path / "nothing"))
    with pytest.raises(ImproperlyConfigured, match="X_FILE names"):
        env.text("X")


def test_what_is_missing_is_named_with_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("X", raising=False)
    with pytest.raises(ImproperlyConfigured, match=r"X is not set. Set it, or X_FILE"):
        env.text("X")


def test_mail_addresses_become_djangos_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "smtp+tls://us%40er:p%3Aw@mail.example.ru:587")
    read = env.mail_settings("X", "")
    assert (read["EMAIL_HOST"], read["EMAIL_PORT"], read["EMAIL_HOST_USER"], read["EMAIL_HOST_PASSWORD"]) == (
        "mail.example.ru",
        587,
        "us@er",
        "p:w",
    )
    assert read["EMAIL_USE_TLS"] and not read["EMAIL_USE_SSL"]
    monkeypatch.setenv("X", "unisender-go:")
    assert env.mail_settings("X", "")["EMAIL_BACKEND"] == "anymail.backends.unisender_go.EmailBackend"


def test_a_providers_settings_come_from_the_environment_or_from_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("secret\n")
    monkeypatch.setenv("ANYMAIL_UNISENDER_GO_API_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("ANYMAIL_MAILGUN_API_URL", "https://api.example")
    assert env.prefixed("ANYMAIL_") == {"UNISENDER_GO_API_KEY": "secret", "MAILGUN_API_URL": "https://api.example"}

"""Signing in: what is counted against whom, which names open an account, and addresses that nobody types by hand."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.forms import RESET_ANSWER_SECONDS
from accounts.roles import Role
from notifications.models import OutgoingEmail
from tests.cast import PASSWORD, Cast, make_person

LOGIN = "/accounts/login/"
CLOSED = "Вход закрыт на 15 минут"


@pytest.fixture(autouse=True)
def fresh_limits(db: None) -> None:
    cache.clear()


def sign_in(email: str, password: str = PASSWORD, **headers: str) -> Any:
    return Client().post(LOGIN, {"login": email, "password": password}, **headers)  # type: ignore[arg-type]


def test_ten_wrong_passwords_close_an_account_whatever_host_and_proxy_the_requests_name(cast: Cast) -> None:
    for n in range(10):
        names = {"HTTP_HOST": f"localhost:{1000 + n}", "HTTP_X_FORWARDED_FOR": f"198.51.100.{n}"}
        assert CLOSED not in sign_in("anna@reis.example", "wrong", **names).content.decode()
    last = sign_in("ANNA@reis.example", "wrong", HTTP_HOST="localhost:2000", HTTP_X_FORWARDED_FOR="198.51.100.99")
    assert CLOSED in last.content.decode()


@pytest.mark.parametrize("page", [LOGIN, "/admin/login/", "/accounts/password/reset/"])
def test_a_broken_address_to_go_on_to_is_no_address(cast: Cast, page: str) -> None:
    """urlsplit raises for a bracket that stays open; the page is shown as if nothing had been asked."""
    assert Client().get(page, {"next": "http://[evil"}, follow=True).status_code == 200
    entered = Client().post(LOGIN, {"login": "anna@reis.example", "password": PASSWORD, "next": "http://[evil"})
    assert entered["Location"] == "/accounts/home/"


@pytest.mark.parametrize(
    "place",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "http://localhost@evil.example", "x:alert(1)"],
)
def test_sign_in_leads_nowhere_else(cast: Cast, place: str) -> None:
    entered = Client().post(LOGIN, {"login": "anna@reis.example", "password": PASSWORD, "next": place})
    assert entered["Location"] == "/accounts/home/"


def test_an_address_that_was_replaced_opens_nothing(cast: Cast) -> None:
    """allauth remembers the address of each reset letter and would take it for a login for ever."""
    Client().post("/accounts/password/reset/", {"email": "anna@reis.example"})
    admin = make_person("Админов Адам Адамович", "admin@desk.example", Role.ADMINISTRATOR)
    desk, anna = Client(), cast.anna.user
    desk.force_login(admin)
    told = {
        "email": "anna@new.example",
        "full_name": anna.full_name,
        "language": "ru",
        "is_active": "on",
        "staff_roles-TOTAL_FORMS": "0",
        "staff_roles-INITIAL_FORMS": "0",
    }
    assert desk.post(f"/admin/accounts/user/{anna.pk}/change/", told).status_code == 302
    assert sign_in("anna@reis.example").status_code == 200, "refused"
    assert sign_in("anna@new.example").status_code == 302
    letters = OutgoingEmail.objects.filter(obligation="account.password_reset")
    before = letters.count()
    Client().post("/accounts/password/reset/", {"email": "anna@reis.example"})
    assert letters.count() == before


def test_the_answer_to_a_forgotten_password_takes_as_long_for_a_stranger(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A known address costs a letter; the time must not tell."""
    monkeypatch.setattr("accounts.forms.RESET_ANSWER_SECONDS", RESET_ANSWER_SECONDS)
    cast.boris.user.is_active = False
    cast.boris.user.save()
    for email in ("anna@reis.example", "nobody@reis.example", "boris@reis.example"):
        begun = perf_counter()
        Client().post("/accounts/password/reset/", {"email": email})
        assert perf_counter() - begun >= RESET_ANSWER_SECONDS, email


def test_a_blocked_person_is_told_what_everybody_is_told(cast: Cast) -> None:
    """Whoever guesses the password of a blocked account does not learn that he has."""
    cast.anna.user.is_active = False
    cast.anna.user.save()
    right, wrong = sign_in("anna@reis.example"), sign_in("anna@reis.example", "wrong")
    assert (right.status_code, right.headers.get("Location")) == (wrong.status_code, None)
    shown = [str(page.context["form"].non_field_errors()) for page in (right, wrong)]
    assert shown[0] == shown[1]


def test_staff_change_their_password_on_the_page_that_sends_the_letter(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.elena)
    response = client.get("/admin/password_change/")
    assert response.status_code == 302
    assert response.headers["Location"] == "/accounts/password/change/"

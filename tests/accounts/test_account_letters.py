"""Letters about an account: the link to a new password, and the news that the password was changed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.adapter import AccountAdapter
from notifications import delivery
from notifications.models import OutgoingEmail
from tests.cast import PASSWORD, Cast

RESET = "/accounts/password/reset/"
NEW_PASSWORD = "kolomna-shosse-88"


@pytest.fixture(autouse=True)
def fresh_limits(db: None) -> None:
    cache.clear()


def ask(email: str, client: Client | None = None, **headers: str) -> Any:
    return (client or Client()).post(RESET, {"email": email}, follow=True, **headers)  # type: ignore[arg-type]


def letters(code: str = "password_reset") -> list[OutgoingEmail]:
    return list(OutgoingEmail.objects.filter(obligation=f"account.{code}").order_by("pk"))


def link_in(letter: OutgoingEmail) -> str:
    text, html = letter.bodies()
    [link] = re.findall(r"^http\S+$", text, re.MULTILINE)
    assert f'href="{link}"' in html
    return str(link)


def open_link(client: Client, link: str) -> Any:
    return client.get(link.removeprefix(settings.SITE_URL), follow=True)


def set_password(client: Client, link: str) -> Any:
    page = open_link(client, link)
    return client.post(page.request["PATH_INFO"], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}, follow=True)


def without_token(page: bytes) -> bytes:
    return re.sub(rb'(name="csrfmiddlewaretoken" value=")[^"]+', rb"\1", page)


# --- asking for a link ------------------------------------------------------------------------------------------------


def test_a_known_and_an_unknown_address_get_the_same_page(cast: Cast) -> None:
    known, unknown = ask("anna@reis.example"), ask("nobody@reis.example")
    assert known.redirect_chain == unknown.redirect_chain
    assert known.status_code == unknown.status_code == 200
    assert without_token(known.content) == without_token(unknown.content)
    assert [letter.to_address for letter in letters()] == ["anna@reis.example"]


def test_a_person_without_access_gets_no_link_and_the_same_page(cast: Cast) -> None:
    cast.anna.user.is_active = False
    cast.anna.user.save()
    assert without_token(ask("anna@reis.example").content) == without_token(ask("nobody@reis.example").content)
    assert letters() == []


def test_the_letter_goes_through_the_outbox_and_lies_there_sealed(cast: Cast) -> None:
    ask("anna@reis.example")
    assert mail.outbox == [], "nothing leaves from the web process"
    [letter] = letters()
    key = link_in(letter).rstrip("/").rpartition("/")[2]
    with connection.cursor() as cursor:
        cursor.execute("select o::text from notifications_outgoingemail o")
        assert all(key not in row[0] for row in cursor.fetchall())
    delivery.deliver_due()
    [sent] = mail.outbox
    assert key in sent.body
    assert (sent.subject, sent.to) == ("Новый пароль для личного кабинета", ["anna@reis.example"])


def test_a_letter_goes_to_the_address_of_the_account_not_to_the_one_that_was_typed(cast: Cast) -> None:
    told = {"user": cast.anna.user, "password_reset_url": "https://help.example/"}
    AccountAdapter().send_mail("account/email/password_reset_key", "typed@elsewhere.example", told)
    assert [letter.to_address for letter in letters()] == ["anna@reis.example"]


def test_an_address_in_another_case_is_known_and_a_look_alike_is_not(cast: Cast) -> None:
    ask("ANNA@Reis.Example")
    assert [letter.to_address for letter in letters()] == ["anna@reis.example"]
    ask("ann\u00e1@reis.example")  # a look-alike is another address
    ask("anna@re\u0131s.example")
    assert len(letters()) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:81"])
def test_the_link_leads_to_our_site_whatever_host_the_request_named(cast: Cast, host: str) -> None:
    ask("anna@reis.example", HTTP_HOST=host, HTTP_X_FORWARDED_HOST="evil.example")
    [letter] = letters()
    assert link_in(letter).startswith(f"{settings.SITE_URL}/accounts/password/reset/key/")
    assert "evil" not in letter.bodies()[0]


def test_the_letter_speaks_the_readers_language(cast: Cast) -> None:
    cast.clara.user.language = "en"
    cast.clara.user.save()
    ask("clara@oil.example")
    [letter] = letters()
    assert letter.subject == "New password for the personal cabinet"
    assert "The link works for 1 hour." in letter.bodies()[0]


def test_an_address_gets_at_most_three_links_in_a_quarter_of_an_hour(cast: Cast) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert [ask("anna@reis.example").status_code for _ in range(5)] == [200, 200, 200, 429, 429]
        assert len(letters()) == 3
        assert ask("clara@oil.example").status_code == 200, "another address has a count of its own"
        clock.shift(timedelta(minutes=16))
        assert ask("anna@reis.example").status_code == 200
    assert len(letters()) == 5


def test_an_unknown_address_is_limited_like_a_known_one(cast: Cast) -> None:
    assert [ask("nobody@reis.example").status_code for _ in range(4)] == [200, 200, 200, 429]


# --- the link ---------------------------------------------------------------------------------------------------------


def test_the_link_sets_a_new_password_once_and_the_owner_is_told(cast: Cast) -> None:
    ask("anna@reis.example")
    client, link = Client(), link_in(letters()[0])
    set_password(client, link)
    cast.anna.user.refresh_from_db()
    assert cast.anna.user.check_password(NEW_PASSWORD)
    [told] = letters("password_changed")
    assert told.to_address == "anna@reis.example"
    assert told.subject == "Пароль изменён"
    text = told.bodies()[0].replace("\u00a0", " ")
    assert f"{settings.SITE_URL}{RESET}\n" in text
    assert NEW_PASSWORD not in text
    second = open_link(Client(), link)
    assert b"password1" not in second.content, "a used link opens no form"


@pytest.mark.parametrize(("minutes", "works"), [(59, True), (61, False)])
def test_the_link_works_for_an_hour(cast: Cast, minutes: int, works: bool) -> None:
    ask("anna@reis.example")
    link = link_in(letters()[0])
    with time_machine.travel((timezone.now() + timedelta(minutes=minutes)).timestamp()):  # leaves the zone as it is
        assert (b"password1" in open_link(Client(), link).content) is works


def test_a_changed_password_is_told_with_its_moment(cast: Cast) -> None:
    client = Client()
    with time_machine.travel("2026-11-22 13:40+00:00"):
        client.post("/accounts/login/", {"login": "anna@reis.example", "password": PASSWORD})
        client.post(
            "/accounts/password/change/",
            {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
        )
    [told] = letters("password_changed")
    text = told.bodies()[0].replace("\u00a0", " ")
    assert "Здравствуйте, Анна Павловна!" in text
    assert "изменён: 22 ноября 2026 г., 18:40." in text
    assert "Время — Оренбург (UTC+5)" in text
    assert told.is_sealed


def test_an_empty_form_of_a_new_password_asks_for_each_field_in_its_own_words(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.anna.user)
    html = client.post("/accounts/password/change/", {"oldpassword": PASSWORD}).content.decode()
    assert html.count("Введите новый пароль") == html.count("Повторите новый пароль") == 2

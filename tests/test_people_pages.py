"""The pages of people: who gives roles, who is shut out, what is never shown."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from notifications.models import OutgoingEmail
from tests.cast import PASSWORD, Cast, moment
from tests.staff_pages import enter, formset, page_of

NOW = moment("2026-11-23 10:30")
PEOPLE = "/admin/accounts/user/"


@pytest.fixture(autouse=True)
def at_half_past_ten() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def save_person(by: User, person: User, roles: list[dict[str, Any]], **fields: Any) -> Any:
    told = {
        "email": person.email, "full_name": person.full_name, "address_as": "", "phone": "", "language": "ru",
        "is_active": "on", **fields,
    }  # fmt: skip
    inline = formset("staff_roles", roles, initial=sum("id" in row for row in roles))
    data = {key: value for key, value in (told | inline).items() if value is not None}
    return enter(by).post(f"{PEOPLE}{person.pk}/change/", data)


def test_an_administrator_gives_and_takes_roles(cast: Cast, boss: User) -> None:
    assert save_person(boss, cast.maria, [{"user": cast.maria.pk, "role": "auditor"}]).status_code == 302
    maria = User.objects.get(pk=cast.maria.pk)
    assert maria.roles == {Role.MANAGER, Role.AUDITOR}
    row = maria.staff_roles.get(role="manager")
    taken = [{"id": row.pk, "user": maria.pk, "role": "manager", "DELETE": "on"}]
    assert save_person(boss, maria, taken).status_code == 302
    assert User.objects.get(pk=maria.pk).roles == {Role.AUDITOR}


def test_a_role_is_not_given_twice(cast: Cast, boss: User) -> None:
    twice = [{"user": cast.maria.pk, "role": "auditor"}] * 2
    assert save_person(boss, cast.maria, twice).status_code == 200
    assert User.objects.get(pk=cast.maria.pk).roles == {Role.MANAGER}


def test_nobody_locks_himself_out(cast: Cast, boss: User) -> None:
    row = boss.staff_roles.get()
    gone = [{"id": row.pk, "user": boss.pk, "role": "administrator", "DELETE": "on"}]
    response = save_person(boss, boss, gone)
    assert "Снять роль администратора с себя нельзя" in unescape(response.content.decode())
    swapped = [{"id": row.pk, "user": boss.pk, "role": "operator"}]
    assert save_person(boss, boss, swapped).status_code == 200
    kept = [{"id": row.pk, "user": boss.pk, "role": "administrator"}]
    assert save_person(boss, boss, kept, is_active=None).status_code == 302
    boss = User.objects.get(pk=boss.pk)
    assert boss.is_active
    assert boss.roles == {Role.ADMINISTRATOR}


def test_who_has_left_is_shut_out_and_stays_in_the_history(cast: Cast, boss: User) -> None:
    client = enter(cast.elena)
    row = cast.elena.staff_roles.get()
    kept = [{"id": row.pk, "user": cast.elena.pk, "role": "engineer"}]
    assert save_person(boss, cast.elena, kept, is_active=None).status_code == 302
    assert client.get("/admin/tickets/ticket/").status_code == 302
    assert not Client().login(email="elena@desk.example", password=PASSWORD)


def test_an_address_belongs_to_one_person_in_any_case(cast: Cast, boss: User) -> None:
    row = cast.elena.staff_roles.get()
    kept = [{"id": row.pk, "user": cast.elena.pk, "role": "engineer"}]
    response = save_person(boss, cast.elena, kept, email="ANNA@reis.example")
    assert "Этот e-mail уже у другого человека" in unescape(response.content.decode())


def new_person(by: User, **fields: Any) -> Any:
    told = {
        "email": "Nova@desk.example", "full_name": "Новая Нина Ниновна", "phone": "", "language": "ru", **fields,
    }  # fmt: skip
    return enter(by).post(f"{PEOPLE}add/", told | formset("staff_roles", [{"role": "operator"}]))


def test_a_new_colleague_is_added_and_sets_a_password_by_a_letter(cast: Cast, boss: User) -> None:
    assert new_person(boss, send_link="on").status_code == 302
    person = User.objects.get(email="nova@desk.example")
    assert not person.has_usable_password()
    assert person.roles == {Role.OPERATOR}
    row = OutgoingEmail.objects.get(to_address="nova@desk.example")
    assert row.is_sealed
    assert "/accounts/password/reset/key/" in row.bodies()[0]


def test_the_link_may_be_sent_later_to_those_who_may_sign_in(cast: Cast, boss: User) -> None:
    assert new_person(boss).status_code == 302
    assert not OutgoingEmail.objects.exists()
    cast.maria.is_active = False
    cast.maria.save()
    person = User.objects.get(email="nova@desk.example")
    link = {"action": "send_password_link", "_selected_action": [person.pk, cast.maria.pk]}
    response = enter(boss).post(PEOPLE, link, follow=True)
    assert "Ссылка отправлена: 1 человек." in response.content.decode()
    assert OutgoingEmail.objects.get().to_address == "nova@desk.example"


def set_password(by: User, person: User, password: str) -> Any:
    told = {"usable_password": "true", "password1": password, "password2": password, "set-password": "1"}
    return enter(by).post(f"{PEOPLE}{person.pk}/password/", told)


def test_an_administrator_may_set_a_password_and_a_weak_one_is_refused(cast: Cast, boss: User) -> None:
    for weak in ("12345", "password1", "elena@desk.example"):
        assert set_password(boss, cast.elena, weak).status_code == 200, weak
    assert set_password(boss, cast.elena, "neozhidanny-kustarnik").status_code == 302
    assert User.objects.get(pk=cast.elena.pk).check_password("neozhidanny-kustarnik")


def test_the_hash_of_a_password_is_not_shown(cast: Cast, boss: User) -> None:
    html = page_of(boss, f"{PEOPLE}{cast.elena.pk}/change/")
    assert cast.elena.password not in html
    assert cast.elena.password.rpartition("$")[2] not in html


def test_an_administrator_says_who_is_on_duty(cast: Cast, boss: User) -> None:
    roles = [{"id": row.pk, "user": cast.elena.pk, "role": row.role} for row in cast.elena.staff_roles.all()]
    assert save_person(boss, cast.elena, roles, is_on_duty="on").status_code == 302
    cast.elena.refresh_from_db()
    assert cast.elena.is_on_duty

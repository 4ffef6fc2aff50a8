"""Who may what: the table of regulation.md, written out once more by hand, against acts, pages and buttons."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from accounts.roles import ALLOWED, Act, NotAllowed, Role, may, require
from notifications.models import OutgoingEmail
from sla.models import BusinessCalendar, SupportLevel
from tests.cast import Cast, file_ticket, make_person, moment
from tests.staff_pages import enter
from tickets import workflow
from tickets.models import Ticket

NOW = moment("2026-11-23 10:30")

# One letter for each role, in this order; a dash where the role may not.
LETTER = {
    "o": Role.OPERATOR,
    "e": Role.ENGINEER,
    "s": Role.SENIOR,
    "m": Role.MANAGER,
    "a": Role.AUDITOR,
    "r": Role.ADMINISTRATOR,
}

ACTS = {
    Act.SEE_TICKETS: "oesmar",
    Act.WORK: "-es---",
    Act.OVERRULE: "--s---",
    Act.MANAGE_SERVICE: "---m-r",
    Act.MANAGE_CUSTOMERS: "---m-r",
    Act.ADMINISTER: "-----r",
}

PAGES = {
    "/admin/": "oesmar",
    "/admin/tickets/ticket/": "oesmar",
    "/admin/tickets/ticket/{number}/change/": "oesmar",
    "/admin/customers/customer/": "oesmar",
    "/admin/customers/customer/{customer}/change/": "oesmar",
    "/admin/customers/customer/add/": "---m-r",
    "/admin/sla/supportlevel/": "---m-r",
    "/admin/sla/supportlevel/{level}/": "---m-r",
    "/admin/sla/supportlevel/add/": "---m-r",
    "/admin/sla/businesscalendar/": "---m-r",
    "/admin/sla/businesscalendar/{calendar}/2026/": "---m-r",
    "/admin/sla/businesscalendar/{calendar}/2026/fill/": "---m-r",
    "/admin/sla/businesscalendar/{calendar}/publish/": "---m-r",
    "/admin/sla/businesscalendar/add/": "---m-r",
    "/admin/reports/reaction/": "---m-r",
    "/admin/reports/reaction/csv/": "---m-r",
    "/admin/reports/reaction/xlsx/": "---m-r",
    "/admin/notifications/outgoingemail/": "oesmar",
    "/admin/notifications/outgoingemail/{letter}/change/": "oesmar",
    "/admin/accounts/user/": "-----r",
    "/admin/accounts/user/add/": "-----r",
    "/admin/accounts/user/{person}/change/": "-----r",
    "/admin/accounts/user/{person}/password/": "-----r",
    "/admin/helpdesk/periodicjob/": "-----r",
}

# Each with a body that is fine, so that only the role can refuse it.
DAY = "1.12.2026"
VERBS = {
    "take": {},
    "confirm": {},
    "criticality": {"criticality-criticality": "high", "criticality-reason": "Обход есть."},
    "reply": {"reply-body": "Смотрим.", "reply-after": "waiting"},
    "note": {"note-body": "Заметка."},
    "develop": {"develop-review_date": DAY},
    "defer": {"defer-reason": "not_reproducible", "defer-until": DAY, "defer-text": "Вернёмся."},
    "resolve": {
        "resolve-kind": "failure",
        "resolve-component": "software",
        "resolve-outcome": "solved",
        "resolve-text": "Готово.",
    },
    "close": {"close-reason": "out_of_scope", "close-text": "Не наше."},
    "back": {},
}
WORKERS = "-es---"


@pytest.fixture(autouse=True)
def at_half_past_ten() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def allowed(letters: str) -> set[Role]:
    return {LETTER[letter] for letter in letters if letter != "-"}


@pytest.fixture
def people(cast: Cast) -> dict[Role, User]:
    return {role: make_person(f"Ролин Роль {role.value}", f"{role.value}@roles.example", role) for role in Role}


def test_the_table_in_code_is_the_table_of_the_regulation() -> None:
    assert {act: set(roles) for act, roles in ALLOWED.items()} == {act: allowed(text) for act, text in ACTS.items()}
    assert set(ACTS) == set(Act)


def test_roles_do_not_include_one_another_and_a_person_may_hold_two(cast: Cast) -> None:
    both = make_person("Двоев Илья Ильич", "both@desk.example", Role.ENGINEER, Role.ADMINISTRATOR)
    assert may(both, Act.WORK)
    assert may(both, Act.ADMINISTER)
    assert not may(both, Act.OVERRULE)


def test_a_blocked_person_may_nothing(cast: Cast) -> None:
    cast.elena.is_active = False
    assert not any(may(cast.elena, act) for act in Act)
    with pytest.raises(NotAllowed, match="Ваша роль"):
        require(cast.elena, Act.WORK)


def addresses(cast: Cast) -> dict[str, str]:
    """Every page of the table with real ids."""
    ticket = file_ticket(cast.anna)
    ids = {
        "number": ticket.number,
        "customer": cast.reis.pk,
        "level": SupportLevel.objects.latest("pk").pk,
        "calendar": BusinessCalendar.objects.latest("pk").pk,
        "letter": OutgoingEmail.objects.latest("pk").pk,
        "person": cast.oleg.pk,
    }
    return {page: page.format(**ids) for page in PAGES}


def test_each_role_opens_its_pages_and_no_others(cast: Cast, people: dict[Role, User]) -> None:
    opened: dict[str, set[Role]] = {page: set() for page in PAGES}
    for page, address in addresses(cast).items():
        for role, person in people.items():
            status = enter(person).get(address).status_code
            assert status in {200, 403}, (page, role, status)
            if status == 200:
                opened[page].add(role)
    assert opened == {page: allowed(letters) for page, letters in PAGES.items()}


@pytest.mark.parametrize("verb", VERBS)
def test_each_role_presses_its_buttons_and_no_others(cast: Cast, people: dict[Role, User], verb: str) -> None:
    pressed = set()
    for role, person in people.items():
        ticket = file_ticket(cast.anna, criticality="critical")
        if verb not in {"take", "reply", "note", "confirm", "criticality"}:
            workflow.take(ticket, by=cast.elena, at=NOW)
        if verb == "back":
            workflow.answer(ticket, "Что там?", by=cast.elena, at=NOW, waits_for_customer=True)
        before = Ticket.objects.filter(pk=ticket.pk).values().get()
        response = enter(person).post(f"/admin/tickets/ticket/{ticket.number}/{verb}/", VERBS[verb])
        assert response.status_code in {302, 403}, (verb, role, response.status_code)
        if response.status_code == 302:
            pressed.add(role)
        else:
            assert "Ваша роль этого не позволяет" in response.content.decode()
            assert Ticket.objects.filter(pk=ticket.pk).values().get() == before
            assert not ticket.messages.filter(author=person).exists()
    assert pressed == allowed(WORKERS)


def test_bad_input_of_somebody_without_the_role_is_refused_for_the_role(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    for verb in VERBS:
        assert enter(cast.oleg).post(f"/admin/tickets/ticket/{ticket.number}/{verb}/").status_code == 403


def test_the_page_offers_no_button_that_the_role_refuses(cast: Cast, people: dict[Role, User]) -> None:
    ticket = file_ticket(cast.anna, criticality="critical")
    for role, person in people.items():
        html = enter(person).get(f"/admin/tickets/ticket/{ticket.number}/change/").content.decode()
        queue = enter(person).get("/admin/tickets/ticket/").content.decode()
        for verb in ("take", "confirm", "reply", "note", "resolve", "close"):
            assert (f"/{verb}/" in html) == (role in allowed(WORKERS)), (role, verb)
        assert ("/take/" in queue) == (role in allowed(WORKERS))


def test_a_customer_is_told_that_the_staff_pages_are_not_his(cast: Cast) -> None:
    """At once, on the page itself: sent to sign in again he would come back for ever."""
    client = enter(cast.anna.user)
    for page, address in addresses(cast).items():
        response = client.get(address)
        assert response.status_code == 403, page
        assert "Эта страница — для сотрудников поддержки." in response.content.decode().replace("\xa0", " ")
    ticket = Ticket.objects.get()
    for verb in VERBS:
        assert client.post(f"/admin/tickets/ticket/{ticket.number}/{verb}/", VERBS[verb]).status_code == 403
    ticket.refresh_from_db()
    assert ticket.status == "new"


def test_whoever_lost_his_last_role_is_out_at_once(cast: Cast) -> None:
    client = enter(cast.elena)
    assert client.get("/admin/tickets/ticket/").status_code == 200
    cast.elena.staff_roles.all().delete()
    assert client.get("/admin/tickets/ticket/").status_code == 403


def test_a_stranger_is_asked_to_sign_in(cast: Cast) -> None:
    for page, address in addresses(cast).items():
        response = Client().get(address, follow=True)
        assert unquote(response.redirect_chain[-1][0]) == f"/accounts/login/?next={address}", page
    number = Ticket.objects.get().number
    for verb in VERBS:
        response = Client().post(f"/admin/tickets/ticket/{number}/{verb}/", VERBS[verb])
        assert response.headers["Location"].startswith("/accounts/login/?next=")
    assert Ticket.objects.get().status == "new"

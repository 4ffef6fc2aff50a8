"""Who gets which page: the same ladder for each of them."""

from __future__ import annotations

import pytest
from django.test import Client

from customers.models import Membership
from tests.billing_cabinet.pages import NEW, address, enter, text_of, told, without_tokens
from tests.cast import Cast, file_ticket, make_person
from tickets.models import Message, Ticket

READ = ["ticket_detail", "ticket_sent"]
WRITE = ["ticket_reply", "ticket_reopen", "ticket_close"]
LISTS = ["/cabinet/", "/cabinet/tickets/", NEW]


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    return file_ticket(cast.anna)


@pytest.fixture
def nina(cast: Cast) -> Membership:
    """An observer who sees all of the organisation."""
    person = make_person("Нилова Нина Никитична", "nina@reis.example")
    return Membership.objects.create(user=person, customer=cast.reis, role="observer", sees_all=True)


@pytest.mark.parametrize("path", LISTS)
def test_a_member_gets_the_page(cast: Cast, path: str) -> None:
    assert enter(cast.anna).get(path).status_code == 200


@pytest.mark.parametrize("name", READ)
def test_the_author_gets_the_page_of_his_request(cast: Cast, ticket: Ticket, name: str) -> None:
    response = enter(cast.anna).get(address(name, ticket))
    assert response.status_code == 200
    assert str(ticket.number) in text_of(response)


@pytest.mark.parametrize("path", [*LISTS, "/cabinet/switch/"])
def test_who_is_not_signed_in_is_sent_to_sign_in(cast: Cast, path: str) -> None:
    response = Client().get(path)
    assert (response.status_code, response["Location"]) == (302, f"/accounts/login/?next={path}")


@pytest.mark.parametrize("name", READ + WRITE)
def test_a_request_is_for_people_who_signed_in(cast: Cast, ticket: Ticket, name: str) -> None:
    path = address(name, ticket)
    response = Client().post(path) if name in WRITE else Client().get(path)
    assert (response.status_code, response["Location"]) == (302, f"/accounts/login/?next={path}")


@pytest.mark.parametrize("name", READ + WRITE)
@pytest.mark.parametrize("person", ["clara", "boris"])
def test_for_others_there_is_no_such_request(cast: Cast, ticket: Ticket, name: str, person: str) -> None:
    """Clara is another customer, Boris sees his own: both get what they get for a number that nobody has."""
    client = enter(getattr(cast, person))
    ask = client.post if name in WRITE else client.get
    hidden, missing = ask(address(name, ticket)), ask(address(name, 99_999_999))
    assert hidden.status_code == missing.status_code == 404
    page = hidden.content.replace(address(name, ticket).encode(), address(name, 99_999_999).encode())
    assert without_tokens(page) == without_tokens(missing.content)
    assert Message.objects.count() == 0


def test_a_number_beyond_every_table_is_not_found(cast: Cast) -> None:
    assert enter(cast.anna).get(f"/cabinet/tickets/{10**30}/").status_code == 404


@pytest.mark.parametrize("path", LISTS)
def test_staff_without_a_membership_go_to_their_own_pages(cast: Cast, path: str) -> None:
    response = enter(cast.elena).get(path)
    assert (response.status_code, response["Location"]) == (302, "/admin/")


@pytest.mark.parametrize("path", LISTS)
def test_who_works_nowhere_is_told_whom_to_ask(cast: Cast, path: str) -> None:
    nobody = make_person("Ничей Никто Никтович", "nobody@nowhere.example")
    response = enter(nobody).get(path)
    assert response.status_code == 403
    assert "does not belong to any organisation" in text_of(response)


@pytest.mark.parametrize("name", WRITE)
def test_a_page_that_changes_something_refuses_to_be_read(cast: Cast, ticket: Ticket, name: str) -> None:
    assert enter(cast.anna).get(address(name, ticket)).status_code == 405


def test_switching_refuses_to_be_read(cast: Cast) -> None:
    assert enter(cast.anna).get("/cabinet/switch/").status_code == 405


@pytest.mark.parametrize("path", ["/cabinet/", "/cabinet/tickets/"])
def test_a_page_that_is_read_refuses_to_be_written(cast: Cast, path: str) -> None:
    assert enter(cast.anna).post(path).status_code == 405


def test_an_observer_reads(cast: Cast, ticket: Ticket, nina: Membership) -> None:
    page = enter(nina).get(address("ticket_detail", ticket))
    assert page.status_code == 200
    assert page.context["reply_form"] is None
    assert page.context["close"] is None
    assert "You may read" in text_of(page)


def test_an_observer_finds_no_way_to_a_new_request(cast: Cast, nina: Membership) -> None:
    for path in ("/cabinet/", "/cabinet/tickets/"):
        assert NEW not in enter(nina).get(path).content.decode()


def test_an_observer_is_told_that_he_may_not_file(cast: Cast, nina: Membership) -> None:
    client = enter(nina)
    for response in (client.get(NEW), client.post(NEW, told())):
        assert response.status_code == 403
        assert "You may read" in text_of(response)
    assert Ticket.objects.count() == 0


@pytest.mark.parametrize("name", WRITE)
def test_an_observer_is_told_that_he_may_not_write(cast: Cast, ticket: Ticket, nina: Membership, name: str) -> None:
    response = enter(nina).post(address(name, ticket), {"body": "Добавлю"})
    assert response.status_code == 403
    assert "You may read" in text_of(response)
    ticket.refresh_from_db()
    assert (ticket.status, Message.objects.count()) == ("new", 0)


def test_a_page_of_the_cabinet_is_never_kept(cast: Cast, ticket: Ticket) -> None:
    assert enter(cast.anna).get(address("ticket_detail", ticket))["Cache-Control"] == "no-store"


def test_a_post_without_the_pages_own_token_is_refused(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.anna.user)
    assert client.post(NEW, told()).status_code == 403
    assert Ticket.objects.count() == 0

"""One person in two organisations: where he works, and what he sees there."""

from __future__ import annotations

import pytest

from customers.models import Membership
from tests.billing_cabinet.pages import NEW, address, enter, text_of, told
from tests.cast import Cast, file_ticket
from tickets.models import Message, Ticket


@pytest.fixture
def second(cast: Cast) -> Membership:
    """Anna also works for «Транс-Ойл», where she sees everything."""
    return Membership.objects.create(user=cast.anna.user, customer=cast.oil, role="member", sees_all=True)


def test_a_list_holds_one_organisation_at_a_time(cast: Cast, second: Membership) -> None:
    file_ticket(cast.anna, subject="Заявка Рейса")
    file_ticket(cast.clara, subject="Заявка Ойла")
    client = enter(cast.anna)
    assert "Заявка Рейса" in text_of(client.get("/cabinet/tickets/"))
    client.post("/cabinet/switch/", {"membership": second.pk})
    page = text_of(client.get("/cabinet/tickets/"))
    assert "Заявка Ойла" in page and "Заявка Рейса" not in page


def test_switching_says_where_one_works_now(cast: Cast, second: Membership) -> None:
    response = enter(cast.anna).post("/cabinet/switch/", {"membership": second.pk}, follow=True)
    assert "You now work in ООО «Транс-Ойл»" in text_of(response)


@pytest.mark.parametrize("chosen", ["", "0", "abc", "-1", "9" * 40])
def test_nobody_switches_to_what_is_not_his(cast: Cast, second: Membership, chosen: str) -> None:
    client = enter(cast.anna)
    assert client.post("/cabinet/switch/", {"membership": chosen}).status_code == 404
    assert client.post("/cabinet/switch/", {"membership": cast.clara.pk}).status_code == 404
    assert client.get("/cabinet/").context["membership"] == cast.anna


def test_a_request_is_filed_for_the_organisation_that_one_works_in(cast: Cast, second: Membership) -> None:
    client = enter(cast.anna)
    client.post("/cabinet/switch/", {"membership": second.pk})
    client.post(NEW, told())
    assert Ticket.objects.get().customer == cast.oil


def test_a_link_to_the_other_organisations_request_takes_one_there(cast: Cast, second: Membership) -> None:
    ticket = file_ticket(cast.clara)
    client = enter(cast.anna)
    page = client.get(address("ticket_detail", ticket))
    assert page.status_code == 200
    assert page.context["membership"] == second
    assert client.get("/cabinet/").context["membership"] == second


def test_a_page_left_open_answers_in_its_own_organisation(cast: Cast, second: Membership) -> None:
    ticket = file_ticket(cast.anna)
    client = enter(cast.anna)
    client.post("/cabinet/switch/", {"membership": second.pk})
    assert client.post(address("ticket_reply", ticket), {"body": "Ещё одна машина"}).status_code == 302
    assert Message.objects.get().ticket == ticket


def test_what_one_may_do_depends_on_the_requests_organisation(cast: Cast, second: Membership) -> None:
    Membership.objects.filter(pk=second.pk).update(role="observer")
    theirs, ours = file_ticket(cast.clara), file_ticket(cast.anna)
    client = enter(cast.anna)
    assert client.post(address("ticket_reply", theirs), {"body": "Добавлю"}).status_code == 403
    assert client.post(address("ticket_reply", ours), {"body": "Добавлю"}).status_code == 302


def test_a_lost_membership_closes_its_requests_at_once(cast: Cast, second: Membership) -> None:
    ticket = file_ticket(cast.clara)
    client = enter(cast.anna)
    client.post("/cabinet/switch/", {"membership": second.pk})
    second.delete()
    assert client.get(address("ticket_detail", ticket)).status_code == 404
    assert client.get("/cabinet/").context["membership"] == cast.anna


def test_a_stale_form_sent_again_elsewhere_finds_the_request_that_it_made(cast: Cast, second: Membership) -> None:
    form = told()
    client = enter(cast.anna)
    first = client.post(NEW, form)
    client.post("/cabinet/switch/", {"membership": second.pk})
    assert client.post(NEW, form)["Location"] == first["Location"]
    assert Ticket.objects.count() == 1

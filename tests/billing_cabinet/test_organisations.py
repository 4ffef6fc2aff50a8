"""One person in two organisations: where he works, and what he sees there."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from customers.models import Membership
from tests.billing_cabinet.pages import NEW, address, closed, enter, make_server, text_of, told
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


def form_of(page: Any, **changes: Any) -> dict[str, Any]:
    """A filled form with the place that the page put into it."""
    found = re.search(r'<form class="[^"]*new-ticket.*?name="membership" value="(\d+)"', page.content.decode(), re.S)
    assert found
    return told(membership=found.group(1), **changes)


def test_a_request_is_filed_for_the_organisation_that_one_works_in(cast: Cast, second: Membership) -> None:
    client = enter(cast.anna)
    client.post("/cabinet/switch/", {"membership": second.pk})
    client.post(NEW, form_of(client.get(NEW)))
    assert Ticket.objects.get().customer == cast.oil


def test_a_form_is_filed_where_it_was_opened_whatever_another_tab_does(cast: Cast, second: Membership) -> None:
    theirs = file_ticket(cast.clara)
    client = enter(cast.anna)
    form = form_of(client.get(NEW))
    client.get(address("ticket_detail", theirs))
    client.post("/cabinet/switch/", {"membership": second.pk})
    sent = client.post(NEW, form)
    ticket = Ticket.objects.latest("number")
    assert (sent.status_code, ticket.customer, ticket.author) == (302, cast.reis, cast.anna.user)
    assert sent["Location"] == address("ticket_sent", ticket)
    assert client.get("/cabinet/").context["membership"] == second  # filing chooses nothing


def test_a_refused_form_stays_in_its_organisation(cast: Cast, second: Membership) -> None:
    client = enter(cast.anna)
    form = form_of(client.get(NEW), subject="")
    client.post("/cabinet/switch/", {"membership": second.pk})
    refused = client.post(NEW, form)
    assert refused.status_code == 422
    client.post(NEW, form_of(refused))
    assert Ticket.objects.get().customer == cast.reis


def test_a_form_offers_and_takes_the_servers_of_its_own_organisation(cast: Cast, second: Membership) -> None:
    ours = make_server(cast, "Рейсовый", version="4.2.1")
    theirs = make_server(cast, "Ойловый", customer=cast.oil, version="4.2.1")
    client = enter(cast.anna)
    form = form_of(client.get(NEW))
    client.post("/cabinet/switch/", {"membership": second.pk})
    assert client.post(NEW, {**form, "server": str(theirs.pk)}).status_code == 422
    assert client.post(NEW, {**form, "server": str(ours.pk)}).status_code == 302


@pytest.mark.parametrize("named", ["", "0", "abc", "-1", "9" * 40, None])
def test_a_form_without_a_place_of_ones_own_files_nothing(cast: Cast, second: Membership, named: str | None) -> None:
    client = enter(cast.anna)
    assert client.post(NEW, told(membership=named)).status_code == 404
    assert Ticket.objects.count() == 0


def test_nobody_files_for_an_organisation_that_is_not_his(cast: Cast) -> None:
    client = enter(cast.anna)
    assert client.get(NEW, {"membership": cast.clara.pk}).status_code == 404
    assert client.post(NEW, told(membership=cast.clara.pk)).status_code == 404
    assert client.post(NEW, told(membership=cast.boris.pk)).status_code == 404  # a colleague's is not hers either
    assert Ticket.objects.count() == 0


def test_who_works_in_one_organisation_need_not_name_it(cast: Cast) -> None:
    assert enter(cast.anna).post(NEW, told(membership=None)).status_code == 302
    assert Ticket.objects.get().customer == cast.reis


def test_an_observer_there_files_nothing_there(cast: Cast, second: Membership) -> None:
    """The role counts where the form belongs, not where one works now."""
    Membership.objects.filter(pk=second.pk).update(role="observer")
    assert enter(cast.anna).post(NEW, told(membership=second.pk)).status_code == 403
    assert Ticket.objects.count() == 0


def test_the_form_names_the_organisation_to_those_who_have_several(cast: Cast, second: Membership) -> None:
    assert "Organisation: ООО «Рейс»" in text_of(enter(cast.anna).get(NEW))
    assert "Organisation:" not in text_of(enter(cast.boris).get(NEW))


def test_a_link_to_the_other_organisations_request_shows_it_and_chooses_nothing(cast: Cast, second: Membership) -> None:
    ticket = file_ticket(cast.clara)
    client = enter(cast.anna)
    for name in ("ticket_detail", "ticket_sent"):
        page = client.get(address(name, ticket))
        assert page.status_code == 200
        assert page.context["membership"] == second
        assert client.get("/cabinet/").context["membership"] == cast.anna


def test_a_new_request_from_that_page_belongs_there(cast: Cast, second: Membership) -> None:
    """Both ways that the page offers: the button on top, and «Создать похожую»."""
    ticket = closed(cast, cast.clara, contact_name="Диспетчер")
    client = enter(cast.anna)
    page = client.get(address("ticket_detail", ticket)).content.decode()
    links = [html.unescape(link) for link in re.findall(rf'href="({NEW}[^"]*)"', page)]
    assert len(links) == 2
    for link in links:
        form = client.get(link)
        assert form.context["membership"] == second
    assert form.context["form"]["contact_name"].value() == "Диспетчер"
    client.post(links[-1], form_of(form))
    assert Ticket.objects.latest("number").customer == cast.oil


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
    client = enter(cast.anna)
    form = form_of(client.get(NEW))
    first = client.post(NEW, form)
    client.post("/cabinet/switch/", {"membership": second.pk})
    assert client.post(NEW, form)["Location"] == first["Location"]
    assert Ticket.objects.count() == 1

"""The page of one request: head, facts, history; what it must never show."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from customers.models import Contract
from notifications.models import OutgoingEmail
from tests.billing_cabinet.pages import address, closed, enter, later, make_server, resolved, text_of, travel
from tests.cast import MONDAY_TEN, Cast, file_ticket
from tickets import workflow
from tickets.models import Ticket


def page(cast: Cast, ticket: Ticket) -> Any:
    return enter(cast.anna).get(address("ticket_detail", ticket))


def facts_of(response: Any) -> dict[str, str]:
    return {fact.label: fact.value.replace("\u00a0", " ") for fact in response.context["facts"]}


def test_the_details_name_everything(cast: Cast) -> None:
    ticket = file_ticket(cast.anna, server=make_server(cast, version="4.2.1"))
    facts = facts_of(page(cast, ticket))
    assert facts == {
        "Status": "Received",
        "Reaction due": "Mon, 23 November, by 15:00",
        "Place in the queue": "Cabinet, by time",
        "Criticality": "Medium",
        "Server": "Основной — 10.1.4.20",
        "Software version": "4.2.1",
        "How often it happens": "Always",
        "Channel": "Cabinet",
        "Received": "",
        "Contact": "Иванова Анна Павловна\n8-3532-373-233\nanna@reis.example",
        "Engineer": "Not assigned yet",
    }


@pytest.mark.clause("3.4.1")
def test_a_taken_request_names_its_engineer_and_the_reaction(cast: Cast) -> None:
    ticket = workflow.take(file_ticket(cast.anna), by=cast.elena, at=later(1))
    with travel(later(2)):
        response = page(cast, ticket)
    facts = facts_of(response)
    assert (facts["Status"], facts["Engineer"]) == ("In progress", "Петрова Е. С.")
    assert "Reaction due" not in facts
    assert "Reaction today, 11:00" in text_of(response)
    assert "Taken: Петрова Е. С." in text_of(response)


def test_a_withdrawn_request_names_no_term_any_more(cast: Cast) -> None:
    ticket = workflow.close_by_customer(file_ticket(cast.anna), by=cast.anna, at=later(1))
    response = page(cast, ticket)
    assert response.context["ticket"].reaction.state == "cancelled"
    assert "Reaction due" not in facts_of(response)


@pytest.mark.clause("3.4.4")
def test_messages_stand_oldest_first_under_the_request(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    workflow.answer(ticket, "Первый ответ", by=cast.elena, at=later(1))
    workflow.reply(ticket, "Второй", by=cast.anna, at=later(2))
    workflow.answer(ticket, "Третий", by=cast.elena, at=later(26))
    words = text_of(page(cast, ticket))
    places = [words.index(text) for text in ("С утра на карте", "Первый ответ", "Второй", "Третий")]
    assert places == sorted(places)


@pytest.mark.clause("1.2")
def test_the_history_stands_beside_newest_first(cast: Cast) -> None:
    ticket = workflow.take(file_ticket(cast.anna), by=cast.elena, at=later(1))
    OutgoingEmail.objects.filter(obligation="ticket.confirmation").update(state="sent", sent_at=MONDAY_TEN)
    words = text_of(page(cast, ticket)).partition("History")[2]
    told = ["Taken: Петрова Е. С.", "Confirmation sent to anna@reis.example", "Received through the cabinet"]
    places = [words.index(text) for text in told]
    assert places == sorted(places)


def test_a_note_is_nowhere_on_the_page(cast: Cast) -> None:
    ticket = workflow.take(file_ticket(cast.anna, criticality="critical"), by=cast.elena, at=MONDAY_TEN)
    workflow.note(ticket, "Клиент путает антенну", by=cast.elena, at=later(1))
    workflow.confirm_criticality(ticket, by=cast.elena, at=later(1))
    content = page(cast, ticket).content.decode()
    assert "путает" not in content and "nternal note" not in content and "confirmed" not in content


def test_without_a_promised_term_the_page_names_none(cast: Cast) -> None:
    Contract.objects.filter(customer=cast.reis).update(ends_date=date(2026, 1, 1))
    ticket = file_ticket(cast.anna)
    assert ticket.due_at is not None
    response = page(cast, ticket)
    assert response.context["ticket"].reaction is None
    assert "Reaction due" not in facts_of(response)
    assert "left" not in text_of(response)


@pytest.mark.clause("3.7.1")
@pytest.mark.parametrize("make", [file_ticket, resolved, closed])
def test_no_time_of_solution_is_promised(cast: Cast, make: Any) -> None:
    ticket = make(cast.anna if make is file_ticket else cast)
    assert not re.search(r"will be (solved|fixed|resolved) (by|on|within)", text_of(page(cast, ticket)))


def test_a_similar_request_is_offered_where_one_has_ended(cast: Cast) -> None:
    for ticket, offered in ((file_ticket(cast.anna), False), (resolved(cast), True), (closed(cast), True)):
        assert (f"?like={ticket.number}" in page(cast, ticket).content.decode()) is offered


def test_links_in_a_text_lead_out_and_scripts_do_not_run(cast: Cast) -> None:
    ticket = file_ticket(cast.anna, description='См. https://example.org/a?b=1 <img src=x onerror="alert(1)">')
    content = page(cast, ticket).content.decode()
    assert 'href="https://example.org/a?b=1"' in content
    assert "<img src=x" not in content


def test_the_page_obeys_the_strict_policy(cast: Cast) -> None:
    response = page(cast, resolved(cast))
    assert "script-src 'self'" in response["Content-Security-Policy"]
    content = response.content.decode()
    assert not re.search(r'\sstyle="|\son\w+="|<script(?![^>]*\ssrc=)', content)


def test_the_number_is_never_grouped(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    content = enter(cast.anna, language="ru").get(address("ticket_detail", ticket)).content.decode()
    assert f"№\u00a0{ticket.number}" in content


@pytest.mark.clause("3.5b.2")
@pytest.mark.clause("3.6.2")
def test_the_customer_reads_why_the_reaction_is_due_when_it_is(cast: Cast) -> None:
    words = text_of(page(cast, file_ticket(cast.anna)))
    assert "Why this term" in words
    assert "Mon, 23 November, 10:00–15:00, break 13:00–14:00: 4 h" in words


def test_a_term_that_works_inside_is_on_no_page_of_the_customers(cast: Cast) -> None:
    """Eight working hours from Monday at ten: till eleven on Tuesday."""
    Contract.objects.all().delete()
    ticket = file_ticket(cast.anna)
    for at in (later(1), MONDAY_TEN + timedelta(days=1, hours=2), MONDAY_TEN + timedelta(days=3)):
        with travel(at):
            workflow.flip(at=at)
            response = page(cast, ticket)
        assert response.context["ticket"].reaction is None
        assert response.context["explanation"] is None
        assert not {"Reaction due", "Place in the queue"} & set(facts_of(response))
        for word in ("Why this term", "overdue", "Overdue", "due soon", "8 working hours", "internal", "11:00"):
            assert word not in text_of(response), word


def test_the_reply_clock_is_not_the_customers(cast: Cast) -> None:
    ticket = workflow.take(file_ticket(cast.anna), by=cast.elena, at=later(1))
    with travel(MONDAY_TEN + timedelta(days=3)):
        words = text_of(page(cast, ticket))
    assert "Answer by" not in words and "overdue" not in words

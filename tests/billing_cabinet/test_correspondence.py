"""What a customer says on a request that exists: an answer, an objection, «проблема решена»."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from notifications.models import OutgoingEmail
from tests.billing_cabinet.pages import address, closed, enter, errors_of, later, resolved, text_of, travel
from tests.cast import MONDAY_TEN, Cast, file_ticket
from tickets import workflow
from tickets.models import Message, Ticket


def say(client: Client, name: str, ticket: Ticket, body: str = "Ещё одна машина", **more: Any) -> Any:
    return client.post(address(f"ticket_{name}", ticket), {"body": body, "submission_key": str(uuid.uuid4()), **more})


def waiting(cast: Cast) -> Ticket:
    ticket = file_ticket(cast.anna)
    return workflow.answer(ticket, "Горит ли индикатор?", by=cast.elena, at=MONDAY_TEN, waits_for_customer=True)


@pytest.mark.clause("3.4.3")
@pytest.mark.clause("3.4.4")
def test_an_answer_stands_in_the_thread(cast: Cast) -> None:
    ticket, client = waiting(cast), enter(cast.anna)
    response = say(client, "reply", ticket, "Горит красным.\r\nМигает.")
    assert (response.status_code, response["Location"]) == (302, address("ticket_detail", ticket))
    page = text_of(client.get(address("ticket_detail", ticket)))
    assert page.index("Горит ли индикатор?") < page.index("Горит красным. Мигает.")
    assert "Your reply has been sent." in page
    message = Message.objects.get(kind="customer")
    assert (message.body, message.author, message.channel) == ("Горит красным.\nМигает.", cast.anna.user, "cabinet")


def test_an_answer_brings_the_request_back_to_work(cast: Cast) -> None:
    ticket = waiting(cast)
    say(enter(cast.anna), "reply", ticket)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.engineer) == ("in_progress", cast.elena)


@pytest.mark.parametrize("body", ["", "   ", "\r\n\x00\u2028"])
def test_an_empty_answer_is_refused(cast: Cast, body: str) -> None:
    ticket = waiting(cast)
    page = say(enter(cast.anna), "reply", ticket, body)
    assert page.status_code == 422
    assert errors_of(page) == {"body": ["Write your reply"]}
    assert "<title>Error: " in page.content.decode()
    assert "Горит ли индикатор?" in text_of(page)  # the whole page stands around the refused form
    assert Message.objects.filter(kind="customer").count() == 0


def test_an_endless_answer_is_refused_and_kept(cast: Cast) -> None:
    page = say(enter(cast.anna), "reply", waiting(cast), "а" * 20_001)
    assert errors_of(page) == {"body": ["Shorten the text to 20000 characters, or attach it as a file"]}
    assert "а" * 20_001 in page.content.decode()


def test_an_answer_sent_twice_is_said_once(cast: Cast) -> None:
    ticket, client, key = waiting(cast), enter(cast.anna), str(uuid.uuid4())
    answers = [say(client, "reply", ticket, submission_key=key) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {302}
    assert Message.objects.filter(kind="customer").count() == 1


def test_a_reply_box_stands_on_every_open_request(cast: Cast) -> None:
    page = enter(cast.anna).get(address("ticket_detail", waiting(cast)))
    assert page.context["reply_form"] is not None
    assert page.context["reopen_form"] is None
    assert "We are waiting for your reply. Without it we cannot go on." in text_of(page)


class TestReopening:
    @pytest.mark.parametrize("make", [resolved, closed])
    def test_what_has_changed_reopens_the_request(self, cast: Cast, make: Any) -> None:
        ticket, client = make(cast), enter(cast.anna)
        with travel(later(days=5)):
            response = say(client, "reopen", ticket, "Снова пропали")
            page = text_of(client.get(address("ticket_detail", ticket)))
        assert response.status_code == 302
        ticket.refresh_from_db()
        assert (ticket.status, ticket.engineer) == ("in_progress", cast.elena)
        assert "Reopened by you" in page and "Снова пропали" in page
        assert "The ticket is open again." in page

    def test_it_needs_a_text(self, cast: Cast) -> None:
        ticket = resolved(cast)
        page = say(enter(cast.anna), "reopen", ticket, "")
        assert page.status_code == 422
        assert errors_of(page) == {"body": ["Write what has changed"]}
        assert "<details" in page.content.decode() and 'id="reopen" open' in page.content.decode()
        ticket.refresh_from_db()
        assert ticket.status == "resolved"

    def test_an_ended_request_offers_it_instead_of_the_reply_box(self, cast: Cast) -> None:
        page = enter(cast.anna).get(address("ticket_detail", resolved(cast)))
        assert page.context["reply_form"] is None
        assert "What has changed?" in text_of(page)

    def test_on_the_thirtieth_day_it_is_still_offered(self, cast: Cast) -> None:
        ticket = closed(cast)
        with travel(later(2, days=30)):
            assert say(enter(cast.anna), "reopen", ticket).status_code == 302

    def test_after_thirty_days_a_similar_one_is_offered(self, cast: Cast) -> None:
        ticket = closed(cast)
        with travel(later(2, days=30) + timedelta(microseconds=1)):
            client = enter(cast.anna)
            page = client.get(address("ticket_detail", ticket))
            refused = say(client, "reopen", ticket, "Снова пропали")
        assert page.context["reopen_form"] is None
        assert f"?like={ticket.number}" in page.content.decode()
        assert "create a similar ticket" in text_of(page)
        assert refused.status_code == 422
        assert "The ticket was closed more than 30 days ago. Create a similar one." in text_of(refused)
        assert "Снова пропали" in refused.content.decode()  # nobody has to type it again
        ticket.refresh_from_db()
        assert ticket.status == "closed"

    def test_an_answer_that_comes_late_is_not_lost(self, cast: Cast) -> None:
        """The page was open while Elena resolved the request: the answer is an objection."""
        ticket = resolved(cast)
        assert say(enter(cast.anna), "reply", ticket, "Ещё не работает").status_code == 302
        ticket.refresh_from_db()
        assert ticket.status == "in_progress"

    def test_two_forms_never_share_an_id(self, cast: Cast) -> None:
        page = say(enter(cast.anna), "reply", resolved(cast), "").content.decode()
        assert page.count('id="id_body"') == 1
        assert page.count('id="id_reopen_body"') == 1


class TestClosing:
    def test_a_resolved_request_closes_with_its_outcome(self, cast: Cast) -> None:
        ticket, client = resolved(cast), enter(cast.anna)
        page = client.post(address("ticket_close", ticket), follow=True)
        ticket.refresh_from_db()
        assert (ticket.status, ticket.outcome) == ("closed", "solved")
        assert "The ticket is closed. You can reopen it within 30 days." in text_of(page)
        assert "Closed by you" in text_of(page)

    def test_an_open_request_is_withdrawn_with_a_letter(self, cast: Cast) -> None:
        ticket, client = waiting(cast), enter(cast.anna)
        page = client.post(address("ticket_close", ticket), follow=True)
        ticket.refresh_from_db()
        assert (ticket.status, ticket.outcome) == ("closed", "withdrawn")
        assert "Withdrawn by you" in text_of(page)
        assert OutgoingEmail.objects.filter(obligation="ticket.withdrawn").count() == 1

    def test_closing_twice_closes_once(self, cast: Cast) -> None:
        ticket, client = resolved(cast), enter(cast.anna)
        answers = [client.post(address("ticket_close", ticket)).status_code for _ in range(2)]
        assert answers == [302, 302]
        assert ticket.events.filter(code="ticket.closed").count() == 1

    def test_a_closed_request_offers_it_no_more(self, cast: Cast) -> None:
        assert enter(cast.anna).get(address("ticket_detail", closed(cast))).context["close"] is None

    def test_it_is_asked_before_it_is_done(self, cast: Cast) -> None:
        page = text_of(enter(cast.anna).get(address("ticket_detail", waiting(cast))))
        assert "Mark as solved Close the ticket? It can be reopened within 30 days. Close ticket" in page


class TestNotice:
    @pytest.mark.parametrize(
        ("ground", "words"),
        [
            pytest.param(
                "not_reproducible",
                "the described problem cannot be reproduced",
                marks=pytest.mark.clause("3.8.3"),
            ),
            pytest.param(
                "insufficient_info",
                "the user cannot provide enough initial information to identify the problem",
                marks=pytest.mark.clause("3.8.4"),
            ),
            pytest.param(
                "requirements_violated",
                "the user violates the technical requirements for installing and using",
                marks=pytest.mark.clause("3.8.5"),
            ),
            pytest.param(
                "out_of_scope",
                "the question is beyond technical support",
                marks=pytest.mark.clause("3.8.6"),
            ),
        ],
    )
    def test_a_deferral_tells_its_ground_in_the_regulations_words(self, cast: Cast, ground: str, words: str) -> None:
        ticket = workflow.take(file_ticket(cast.anna), by=cast.elena, at=MONDAY_TEN)
        workflow.defer(ticket, ground=ground, until=date(2026, 12, 1), text="Отложим", by=cast.elena, at=MONDAY_TEN)
        page = text_of(enter(cast.anna).get(address("ticket_detail", ticket)))
        assert "Deferred, back on 1 December" in page
        assert f"Reason: {words}" in page

    def test_a_closing_with_a_ground_tells_it(self, cast: Cast) -> None:
        ticket = file_ticket(cast.anna)
        workflow.close(ticket, ground="out_of_scope", text="Не к нам", by=cast.elena, at=MONDAY_TEN)
        page = text_of(enter(cast.anna).get(address("ticket_detail", ticket)))
        assert "The ticket was closed on 23 November." in page
        assert "Reason: the question is beyond technical support." in page
        assert "you can reopen the ticket until" in page

    def test_another_reason_is_told_by_the_engineers_own_text(self, cast: Cast) -> None:
        ticket = file_ticket(cast.anna)
        workflow.close(ticket, ground="other", text="По вашей просьбе", by=cast.sergey, at=MONDAY_TEN)
        page = text_of(enter(cast.anna).get(address("ticket_detail", ticket)))
        assert "По вашей просьбе" in page and "Reason:" not in page

    def test_a_resolution_tells_its_outcome_and_what_comes(self, cast: Cast) -> None:
        page = text_of(enter(cast.anna).get(address("ticket_detail", resolved(cast, outcome="workaround"))))
        assert "The ticket is resolved. Outcome: Workaround." in page
        assert "it will close by itself in five working days" in page

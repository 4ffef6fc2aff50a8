"""The thread and the history: who reads what, in whose words, in which order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

import tickets
from customers.vault.access import AccessData
from notifications.models import OutgoingEmail
from tests.cast import MONDAY_TEN, Cast, file_ticket
from tickets import emails, thread, workflow
from tickets.attachments import write
from tickets.models import Message, Ticket, TicketEvent
from tickets.thread_letters import CONFIRMATION, TITLES
from tickets.thread_lines import FOR_BOTH, FOR_STAFF


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def at(minutes: int) -> datetime:
    return MONDAY_TEN + timedelta(minutes=minutes)


def plain(words: str) -> str:
    return words.replace("\u00a0", " ")


def fresh(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def upload(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"bytes")


@pytest.fixture
def story(cast: Cast) -> Ticket:
    """Filed, asked and answered, noted, confirmed, put off, woken, resolved and reopened; with files here and there."""
    ticket = file_ticket(cast.anna, files=[upload("log.txt")], criticality="critical")
    workflow.answer(ticket, "Горит ли индикатор?", by=cast.elena, at=at(10), waits_for_customer=True)
    workflow.reply(ticket, "Горит красным", by=cast.anna, at=at(20), files=write([upload("photo.jpg")]))
    workflow.note(ticket, "Похоже на антенну", by=cast.elena, at=at(30), files=write([upload("internal.txt")]))
    workflow.confirm_criticality(ticket, by=cast.elena, at=at(31))
    workflow.defer(ticket, ground="insufficient_info", until=date(2026, 12, 1), text="Ждём", by=cast.elena, at=at(40))
    workflow.wake(ticket, at=at(60 * 24 * 8))
    end: Any = {"kind": "failure", "component": "network", "outcome": "workaround"}
    workflow.resolve(ticket, text="Заменили кабель", by=cast.elena, at=at(60 * 24 * 8 + 1), **end)
    workflow.reply(ticket, "Опять", by=cast.anna, at=at(60 * 24 * 8 + 2))
    return fresh(ticket)


def said(ticket: Ticket, reader: thread.Reader) -> list[str]:
    return [plain(entry.words or f"{entry.author}: {entry.body}") for entry in thread.entries(ticket, reader)]


def told(ticket: Ticket, reader: thread.Reader) -> list[str]:
    """The history, oldest first."""
    return [plain(line.words) for line in reversed(thread.history(ticket, reader))]


@pytest.mark.clause("1.2")
@pytest.mark.clause("3.4.4")
def test_a_customer_reads_the_whole_correspondence_in_time_order(cast: Cast, story: Ticket) -> None:
    assert said(story, cast.anna) == [
        "Ticket received",
        "Taken: Петрова Е. С.",
        "Support engineer Петрова Е. С.: Горит ли индикатор?",
        "We wait for your reply",
        "You: Горит красным",
        "Support engineer Петрова Е. С.: Ждём",
        "Deferred, back on 1 December",
        "In progress again: the day has come",
        "Support engineer Петрова Е. С.: Заменили кабель",
        "Resolved: Петрова Е. С.",
        "Reopened by you",
        "You: Опять",
    ]


def test_staff_read_the_notes_too_in_their_own_words(cast: Cast, story: Ticket) -> None:
    assert said(story, cast.elena) == [
        "Ticket received",
        "Taken: Петрова Е. С.",
        "You: Горит ли индикатор?",
        "Waiting for customer",
        "Иванова А. П.: Горит красным",
        "You: Похоже на антенну",
        "Criticality confirmed: Петрова Е. С.",
        "You: Ждём",
        "Deferred, back on 1 December",
        "In progress again: the day has come",
        "You: Заменили кабель",
        "Resolved: Петрова Е. С.",
        "Reopened: Иванова А. П.",
        "Иванова А. П.: Опять",
    ]


def test_a_colleague_is_named_with_the_organisation(cast: Cast) -> None:
    ticket = file_ticket(cast.boris)
    assert plain(thread.opening(ticket, cast.anna).author) == "Борисов Б. Б. (your organisation)"
    assert thread.opening(fresh(ticket), cast.boris).author == "You"
    assert plain(thread.opening(fresh(ticket), cast.elena).author) == "Борисов Б. Б."


@pytest.mark.clause("1.2")
@pytest.mark.clause("3.4.1")
def test_the_history_of_a_customer(cast: Cast, story: Ticket) -> None:
    OutgoingEmail.objects.all().delete()
    assert told(story, cast.anna) == [
        "Received through the cabinet",
        "Taken: Петрова Е. С.",
        "Question of support: Петрова Е. С.",
        "Your reply",
        "Deferred, back on 1 December",
        "In progress again: the day has come",
        "Resolved: Петрова Е. С.",
        "Reopened by you",
    ]
    notes = {plain(line.words): line.note for line in thread.history(story, cast.anna)}
    assert notes["Deferred, back on 1 December"] == "Not enough information"
    assert notes["Resolved: Петрова Е. С."] == "Workaround"


def test_the_history_of_the_staff_holds_what_is_internal(cast: Cast, story: Ticket) -> None:
    for code in ("deadline.at_risk", "deadline.overdue", "deadline.grave", "deadline.corrected", "some.new_code"):
        TicketEvent.objects.create(ticket=story, code=code, at=at(50))
    staff, customer = told(fresh(story), cast.elena), told(fresh(story), cast.anna)
    inside = [
        "Internal note: Петрова Е. С.",
        "Criticality confirmed: Петрова Е. С.",
        "Reaction due soon",
        "Reaction overdue",
        "Overdue by more than the term",
        "The deadline was computed again and corrected",
        "some.new_code",
    ]
    assert [words for words in inside if words not in staff] == []
    assert [words for words in customer if words in inside] == []


def test_every_code_that_the_verbs_write_has_words(cast: Cast) -> None:
    """A code without words would show itself to staff, and nothing to a customer."""
    folder = Path(tickets.__file__).parent
    text = "".join(path.read_text() for path in [*folder.glob("*.py"), *(folder / "workflow").glob("*.py")])
    written = set(re.findall(r'(?:save\(\s*ticket, |code(?: = |=))"((?:ticket|deadline)\.\w+)"', text))
    written |= set(re.findall(r'(?:if|else) "(ticket\.\w+)"', text)) | set(re.findall(r'Rung\.\w+: "(\S+)"', text))
    assert written >= {"ticket.registered", "ticket.taken", "ticket.reopened", "deadline.grave", "deadline.corrected"}
    assert written - {*FOR_BOTH, *FOR_STAFF} == set()


def test_development_shows_task_and_review_to_staff_only(cast: Cast) -> None:
    ticket = workflow.take(file_ticket(cast.anna), by=cast.elena, at=MONDAY_TEN)
    workflow.pass_to_development(
        ticket, review_date=date(2027, 1, 11), task="DEV-17", text="Передали", by=cast.elena, at=at(5)
    )
    line = next(line for line in thread.history(fresh(ticket), cast.elena) if line.words == "Passed to development")
    assert plain(line.note or "") == "Петрова Е. С., task DEV-17, review on 11 January 2027"
    told_customer = str(thread.history(fresh(ticket), cast.anna)) + str(thread.entries(fresh(ticket), cast.anna))
    assert "Passed to development" in told_customer
    assert "DEV-17" not in told_customer and "January" not in told_customer


def test_what_the_clock_closed_says_so(cast: Cast) -> None:
    ticket = workflow.resolve(
        file_ticket(cast.anna), kind="other", component="software", outcome="consulted", text="Так",
        by=cast.elena, at=at(1),
    )  # fmt: skip
    workflow.close_resolved(ticket, at=at(60 * 24 * 10))
    assert told(fresh(ticket), cast.anna)[-1] == "Closed after five working days without an objection"


class TestFiles:
    def test_each_file_stands_with_what_it_came_with(self, cast: Cast, story: Ticket) -> None:
        assert [file.name for file in thread.opening(story, cast.anna).files] == ["log.txt"]
        by_body = {entry.body: [file.name for file in entry.files] for entry in thread.entries(story, cast.elena)}
        assert by_body["Горит красным"] == ["photo.jpg"]
        assert by_body["Похоже на антенну"] == ["internal.txt"]
        assert by_body["Ждём"] == []

    def test_all_files_of_a_request_but_for_a_customer_those_of_notes(self, cast: Cast, story: Ticket) -> None:
        assert [file.name for file in thread.files(story, cast.elena)] == ["log.txt", "photo.jpg", "internal.txt"]
        assert [file.name for file in thread.files(story, cast.anna)] == ["log.txt", "photo.jpg"]

    def test_a_file_leads_to_its_download(self, cast: Cast, story: Ticket) -> None:
        file = thread.files(story, cast.anna)[0]
        assert file.url == f"/files/{story.attachments.get(name='log.txt').pk}/"
        assert (file.size, file.at) == (5, MONDAY_TEN)


class TestLetters:
    def letter(self, ticket: Ticket, obligation: str = "ticket.confirmation", **fields: Any) -> None:
        OutgoingEmail.objects.filter(thread=f"ticket:{ticket.pk}").delete()
        OutgoingEmail.objects.create(
            obligation=obligation, about="test", thread=f"ticket:{ticket.pk}", to_address="anna@reis.example",
            subject="[#1] Тема", text_body="…", due_at=at(0), created_at=at(0), owed_at=at(0), **fields,
        )  # fmt: skip

    @pytest.mark.clause("3.2.2")
    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"state": "queued"}, "Confirmation waits to be sent to anna@reis.example"),
            ({"state": "deferred"}, "Confirmation waits to be sent to anna@reis.example"),
            ({"state": "sent", "sent_at": at(1)}, "Confirmation sent to anna@reis.example"),
            ({"state": "failed"}, "Confirmation could not be sent to anna@reis.example"),
        ],
    )
    def test_the_confirmation_tells_how_far_it_is(self, cast: Cast, fields: dict[str, Any], words: str) -> None:
        ticket = file_ticket(cast.anna)
        self.letter(ticket, **fields)
        for reader in (cast.anna, cast.elena):
            assert told(fresh(ticket), reader)[-1] == words

    def test_other_letters_are_named(self, cast: Cast) -> None:
        ticket = file_ticket(cast.anna)
        self.letter(ticket, "ticket.question", state="sent", sent_at=at(9))
        line = thread.history(fresh(ticket), cast.anna)[0]
        assert (line.words, line.at) == ("The letter “Your reply is needed” was sent to anna@reis.example", at(9))

    def test_every_letter_to_a_customer_has_a_title(self) -> None:
        names = {"confirmation", "taken", "answer", "question", "development", "deferred", "resolved", "closed"}
        names |= {"withdrawn", "reminder", "deadline_moved", "criticality", "term"}
        assert {f"ticket.{name}" for name in names} == {
            CONFIRMATION,
            *TITLES,
        }
        assert emails.thread_of(Ticket(pk=5)) == "ticket:5"

    def test_what_went_wrong_is_for_staff(self, cast: Cast) -> None:
        ticket = file_ticket(cast.anna)
        self.letter(ticket, state="failed", last_error="SMTPRecipientsRefused: 550 no such user")
        assert "550" in (thread.history(fresh(ticket), cast.elena)[0].note or "")
        assert "550" not in str(thread.history(fresh(ticket), cast.anna))

    def test_a_letter_to_staff_is_not_the_customers(self, cast: Cast) -> None:
        ticket = file_ticket(cast.anna)
        self.letter(ticket, "staff.at_risk", state="queued")
        assert not [line for line in told(fresh(ticket), cast.anna) if "anna@reis.example" in line]

    def test_a_letter_of_another_request_is_not_shown(self, cast: Cast) -> None:
        ticket, other = file_ticket(cast.anna), file_ticket(cast.anna)
        OutgoingEmail.objects.filter(thread=f"ticket:{ticket.pk}").delete()
        assert OutgoingEmail.objects.filter(thread=f"ticket:{other.pk}").exists()
        assert told(fresh(ticket), cast.anna) == ["Received through the cabinet"]


class TestOpening:
    def test_what_nobody_told_is_said_to_be_untold(self, cast: Cast) -> None:
        ticket = file_ticket(cast.anna, steps="", version="", server_address="", frequency="unknown")
        facts = {fact.label: fact.value for fact in thread.opening(ticket, cast.anna).facts}
        assert facts == {
            "Steps to reproduce": "Not specified",
            "How often it happens": "I don't know",
            "Server": "Not related to a server",
            "Software version": "Not specified",
            "Criticality": "Medium",
        }

    def test_access_is_told_by_its_day(self, cast: Cast) -> None:
        ticket = file_ticket(cast.anna, access=AccessData(login="root", password="secret"))
        assert plain(thread.opening(ticket, cast.anna).access_words or "") == "Access given: 23 November."
        assert thread.opening(file_ticket(cast.anna, server_address=""), cast.anna).access_words is None

    @pytest.mark.parametrize(
        ("channel", "via"),
        [("cabinet", None), ("email", "by e-mail"), ("phone", "by phone"), ("fax", "by fax"), ("letter", "by letter")],
    )
    def test_the_channel_is_told_in_words(self, cast: Cast, channel: str, via: str | None) -> None:
        ticket = file_ticket(cast.anna)
        Ticket.objects.filter(pk=ticket.pk).update(channel=channel)
        assert thread.opening(fresh(ticket), cast.anna).channel.via == via


def test_a_colleagues_answer_is_his_and_not_ones_own(cast: Cast) -> None:
    ticket = file_ticket(cast.boris)
    workflow.reply(ticket, "Добавлю", by=cast.boris, at=at(5))
    ends = [told(fresh(ticket), reader)[-2:] for reader in (cast.boris, cast.anna, cast.elena)]
    assert [line for end in ends for line in end if "reply" in line] == [
        "Your reply",
        "Your colleague's reply: Борисов Б. Б.",
        "Customer's reply: Борисов Б. Б.",
    ]


def test_a_message_without_an_account_shows_the_name_that_came_with_it(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    Message.objects.create(ticket=ticket, kind="customer", author_name="Диспетчер", body="Привет", created_at=at(3))
    Message.objects.create(ticket=ticket, kind="customer", body="Ещё", created_at=at(4), channel="email")
    entries = [entry for entry in thread.entries(fresh(ticket), cast.anna) if entry.kind == "customer"]
    assert [entry.author for entry in entries] == ["Диспетчер", "Иванова Анна Павловна"]
    assert entries[1].channel is not None and entries[1].channel.via == "by e-mail"


def test_everything_costs_four_queries_however_long_the_thread(
    cast: Cast, story: Ticket, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for reader in (cast.anna, cast.elena):
        ticket = Ticket.objects.select_related("author", "server", "credential").get(pk=story.pk)
        with django_assert_num_queries(4):
            thread.opening(ticket, reader)
            thread.entries(ticket, reader)
            thread.files(ticket, reader)
            thread.history(ticket, reader)


def test_one_request_object_may_be_read_by_both_sides(cast: Cast, story: Ticket) -> None:
    """What was loaded for staff does not leak to the customer, and nothing is missing the other way round."""
    staff_first, customer_first = fresh(story), fresh(story)
    thread.entries(staff_first, cast.elena)
    assert "Похоже на антенну" not in str(thread.entries(staff_first, cast.anna))
    thread.entries(customer_first, cast.anna)
    assert "Похоже на антенну" in str(thread.entries(customer_first, cast.elena))

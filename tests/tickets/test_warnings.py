"""Warnings to the staff (E8): once for each state, to who should react, in working hours."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from notifications.models import OutgoingEmail
from sla.models import SupportLevel
from tests.cast import Cast, file_ticket, make_person, moment
from tickets import emails, jobs, thread, workflow
from tickets.models import Ticket, TicketEvent
from tickets.rank import Rung

AT_RISK, OVERDUE, GRAVE = moment("2026-11-23 14:30"), moment("2026-11-23 15:05"), moment("2026-11-24 12:00")
NBSP = "\u00a0"


def warnings(ticket: Ticket | None = None) -> list[OutgoingEmail]:
    rows = OutgoingEmail.objects.filter(obligation="ticket.warning").order_by("pk")
    return list(rows.filter(about__startswith=f"{emails.thread_of(ticket)}:") if ticket else rows)


@pytest.fixture
def on_duty(cast: Cast) -> Cast:
    """Elena alone is on duty."""
    cast.elena.is_on_duty = True
    cast.elena.save()
    return cast


def test_each_state_is_told_once(on_duty: Cast) -> None:
    ticket = file_ticket(on_duty.anna)
    subjects = []
    for at in (moment("2026-11-23 13:59"), AT_RISK, AT_RISK, OVERDUE, OVERDUE, GRAVE, GRAVE + timedelta(days=1)):
        jobs.warn_staff(at)
        subjects = [letter.subject.replace(NBSP, " ") for letter in warnings()]
    topic = "Не приходят координаты с контроллера 4512"
    assert subjects == [
        f"[#{ticket.number}] Осталось 30 мин на реакцию: {topic}",
        f"[#{ticket.number}] Срок реакции нарушен: {topic}",
        f"[#{ticket.number}] Реакция просрочена больше чем на весь срок: {topic}",
    ]
    grave = warnings()[-1].text_body.replace(NBSP, " ")
    assert f"Реакция по заявке № {ticket.number} просрочена на 6 ч рабочего времени — больше чем на весь срок." in grave
    assert {letter.to_address for letter in warnings()} == {"elena@desk.example"}
    ticket.refresh_from_db()
    assert ticket.warned_rung == Rung.GRAVE
    assert list(ticket.events.filter(code="deadline.warned").values_list("data", flat=True)) == [
        {"rung": rung, "to": [on_duty.elena.pk]} for rung in (Rung.AT_RISK, Rung.OVERDUE, Rung.GRAVE)
    ]


def test_a_warning_says_what_a_reader_decides_by(on_duty: Cast) -> None:
    ticket = file_ticket(on_duty.anna)
    jobs.warn_staff(OVERDUE)
    [letter] = warnings(ticket)
    text = letter.text_body.replace(NBSP, " ")
    for line in (
        f"Реакция по заявке № {ticket.number} просрочена на 5 мин рабочего времени.",
        "Заказчик: ООО «Рейс», уровень «Стандарт»",
        "Критичность: средняя",
        "Инженер: Пока не назначен",
        "пн, 23 ноября, до 15:00",
        f"/admin/tickets/ticket/{ticket.number}/change/",
    ):
        assert line in text, line
    assert "ООО «Рейс»" in unescape(letter.html_body)
    assert letter.is_automatic


def test_a_state_that_was_skipped_is_not_told(on_duty: Cast) -> None:
    ticket = file_ticket(on_duty.anna)
    jobs.warn_staff(GRAVE)
    assert [letter.about.rpartition(":2026")[0] for letter in warnings(ticket)] == [f"ticket:{ticket.pk}:grave"]


@pytest.mark.clause("3.6.4")
def test_a_critical_request_is_told_too(on_duty: Cast) -> None:
    ticket = file_ticket(on_duty.anna, criticality="critical")
    jobs.warn_staff(AT_RISK)
    assert len(warnings(ticket)) == 1


@pytest.mark.parametrize("at", ["2026-11-23 13:30", "2026-11-23 18:00", "2026-11-24 08:59", "2026-11-28 12:00"])
def test_nobody_is_told_outside_working_hours_and_everybody_at_opening(on_duty: Cast, at: str) -> None:
    ticket = file_ticket(on_duty.anna, at=moment("2026-11-23 09:00"))  # at risk from noon, due at two
    jobs.warn_staff(moment(at))
    assert warnings() == []
    jobs.warn_staff(moment("2026-11-30 09:00"))
    assert len(warnings(ticket)) == 1


def test_without_hours_of_the_desk_those_of_the_request_count(on_duty: Cast) -> None:
    SupportLevel.objects.filter(is_internal_default=True).update(is_internal_default=False)
    ticket = file_ticket(on_duty.anna)
    jobs.warn_staff(moment("2026-11-23 20:00"))
    assert warnings() == []
    jobs.warn_staff(moment("2026-11-24 09:00"))
    assert len(warnings(ticket)) == 1


def test_what_was_taken_or_has_ended_meanwhile_is_not_told(on_duty: Cast) -> None:
    taken, withdrawn = file_ticket(on_duty.anna), file_ticket(on_duty.anna)
    due = workflow.due_to_warn(AT_RISK)
    assert due == [taken.pk, withdrawn.pk]
    workflow.take(taken, by=on_duty.sergey, at=AT_RISK)
    workflow.close_by_customer(withdrawn, by=on_duty.anna, at=AT_RISK)
    for ticket_id in due:
        workflow.warn(ticket_id, at=AT_RISK)
    assert warnings() == []


def test_where_nobody_is_on_duty_all_engineers_and_seniors_are_told(cast: Cast) -> None:
    make_person("Ушедший Егор Егорович", "left@desk.example", Role.ENGINEER, is_active=False)
    make_person("Двойной Иван Иванович", "both@desk.example", Role.ENGINEER, Role.SENIOR)
    file_ticket(cast.anna)
    jobs.warn_staff(AT_RISK)
    assert sorted(letter.to_address for letter in warnings()) == [
        "both@desk.example", "elena@desk.example", "sergey@desk.example",
    ]  # fmt: skip


def test_whoever_does_not_work_on_requests_is_on_no_duty(cast: Cast) -> None:
    for person in (cast.maria, cast.oleg):
        person.is_on_duty = True
        person.save()
    file_ticket(cast.anna)
    jobs.warn_staff(AT_RISK)
    assert sorted(letter.to_address for letter in warnings()) == ["elena@desk.example", "sergey@desk.example"]


def test_a_warning_speaks_the_language_of_its_reader(on_duty: Cast) -> None:
    on_duty.elena.language = "en"
    on_duty.elena.save()
    file_ticket(on_duty.anna)
    jobs.warn_staff(AT_RISK)
    assert "30 min left to react" in warnings()[0].subject


def test_a_customer_sees_no_warning_in_his_history(on_duty: Cast) -> None:
    ticket = file_ticket(on_duty.anna)
    jobs.warn_staff(AT_RISK)
    assert "Предупреждение" not in " ".join(line.words for line in thread.history(ticket, on_duty.anna))
    ticket.refresh_from_db()
    words = [line.words.replace(NBSP, " ") for line in thread.history(ticket, on_duty.elena)]
    assert "Предупреждение о сроке: 1 сотруднику" in words


def test_letters_and_mark_are_one_transaction(on_duty: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = file_ticket(on_duty.anna)

    def fail(*told: object, **more: object) -> None:
        raise ValueError

    with monkeypatch.context() as patched, pytest.raises(ValueError):
        patched.setattr(emails, "warning", fail)
        workflow.warn(ticket.pk, at=AT_RISK)
    ticket.refresh_from_db()
    assert ticket.warned_rung is None
    assert not TicketEvent.objects.filter(code="deadline.warned").exists()


def test_the_clock_finds_them_by_an_index(on_duty: Cast) -> None:
    file_ticket(on_duty.anna)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        # Of one request any index costs the same: those by status may not stand in for the one that is asked about.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("DROP INDEX tickets_of_engineer, queue_counts")
        assert "tickets_to_warn" in Ticket.objects.to_warn(AT_RISK).explain()
        transaction.set_rollback(True)
    with CaptureQueriesContext(connection) as queries:
        jobs.warn_staff(moment("2026-11-23 20:00"))
    assert not [query for query in queries if "tickets_ticket" in query["sql"]], "outside working hours nothing is read"

"""Thousands of open requests on a demo desk, a draft that moves them all, and a judge of what became of them.

Runs inside the desk that is proved (`manage.py shell`): what it finds it prints as JSON.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from customers.models import Customer
from notifications.models import OutgoingEmail
from sla.calendars import working_time_of
from sla.deadlines import deadline, windows_to_json
from sla.models import BusinessCalendar, CalendarDay, CalendarVersion, WorkingHours
from tickets import clock, publishing
from tickets.models import Recalculation, Ticket, TicketEvent
from tickets.rank import place
from tickets.statuses import Channel, Status

CHUNK = 2000
REASON = "Выходной день по указу губернатора"


def fill(count: int) -> None:
    """So many open requests of the last two hours: of ten one is taken and waits for a reply, one has no contract."""
    now, engineer = timezone.now(), User.objects.get(email="elena@desk.example")
    customers = [customer for customer in Customer.objects.order_by("pk") if clock.term_for(customer, now)]
    promised = [customer for customer in customers if _is_promised(customer, now)]
    terms: dict[int | None, Any] = {None: clock.term_for(None, now)}
    terms |= {customer.pk: clock.term_for(customer, now) for customer in promised}
    for begin in range(0, count, CHUNK):
        rows = [
            _request(n, promised[n % len(promised)], terms, engineer, now)
            for n in range(begin, min(begin + CHUNK, count))
        ]
        _save(rows)


def _is_promised(customer: Customer, now: datetime) -> bool:
    term = clock.term_for(customer, now)
    return bool(term and term.is_promised)


def _request(n: int, customer: Customer, terms: dict[int | None, Any], engineer: User, now: datetime) -> Ticket:
    received_at = now - timedelta(seconds=1 + n * 7200 // 20_000)
    ticket = Ticket(
        customer=None if n % 10 == 1 else customer,
        channel=Channel.CABINET if n % 3 else Channel.EMAIL,
        language="en" if n % 50 == 2 else "ru",
        subject=f"Нет данных с терминала {n}",
        description="С утра терминал не выходит на связь.",
        criticality=("critical", "high", "medium", "medium", "low")[n % 5],
        contact_name="Иванов Павел Сергеевич",
        contact_email=f"person{n % 977}@firm{n % 311}.example",
        status=Status.NEW,
        status_changed_at=received_at,
        received_at=received_at,
        registered_at=received_at,
        updated_at=received_at,
        settled_at=received_at,
    )
    clock.start(ticket, terms[ticket.customer_id])
    if n % 10 == 0:
        ticket.status, ticket.engineer, ticket.reacted_at = Status.IN_PROGRESS, engineer, received_at
        ticket.unanswered_since, ticket.reply_due_at = received_at, ticket.due_at
    clock.rank(ticket, now)
    return ticket


@transaction.atomic
def _save(rows: list[Ticket]) -> None:
    """With the event and the letter that each would have, the letter sent."""
    tickets = Ticket.objects.bulk_create(rows)
    TicketEvent.objects.bulk_create(
        TicketEvent(ticket=ticket, code="ticket.registered", at=ticket.registered_at, data={"channel": ticket.channel})
        for ticket in tickets
    )
    OutgoingEmail.objects.bulk_create(
        OutgoingEmail(
            obligation="ticket.confirmation",
            about=f"ticket:{ticket.pk}",
            thread=f"ticket:{ticket.pk}",
            to_address=ticket.contact_email,
            subject="Заявка принята",
            text_body="Мы приняли заявку.",
            state=OutgoingEmail.State.SENT,
            sent_at=ticket.registered_at,
            due_at=ticket.registered_at,
            created_at=ticket.registered_at,
            owed_at=ticket.registered_at,
        )
        for ticket in tickets
    )


def draft() -> int:
    """A draft of the calendar in which the days that the open deadlines are counted in are off; its calendar's id."""
    calendar = BusinessCalendar.objects.get()
    last = calendar.current()
    version = CalendarVersion.objects.create(
        calendar=calendar, number=last.number + 1, zone=last.zone, is_always_open=last.is_always_open
    )
    for hours in last.hours.filter(day=None):
        WorkingHours.objects.create(
            version=version, weekday=hours.weekday, opens_minute=hours.opens_minute, closes_minute=hours.closes_minute
        )
    days_off = set(_counted_days())
    for day in last.days.prefetch_related("hours"):
        if day.date not in days_off:
            copied = CalendarDay.objects.create(version=version, date=day.date, name=day.name)
            for hours in day.hours.all():
                WorkingHours.objects.create(
                    version=version, day=copied, opens_minute=hours.opens_minute, closes_minute=hours.closes_minute
                )
    CalendarDay.objects.bulk_create(CalendarDay(version=version, date=day, name="Указ") for day in days_off)
    return calendar.pk


def _counted_days() -> Iterator[date]:
    """Today, and every day up to the last deadline."""
    last = Ticket.objects.open().aggregate(last=Max("due_at"))["last"]
    today = timezone.localdate()
    for number in range((timezone.localdate(last) - today).days + 1):
        yield today + timedelta(days=number)


def publish() -> int:
    """The draft, by the manager; the id of the recalculation."""
    manager = User.objects.get(email="maria@desk.example")
    found = BusinessCalendar.objects.get().draft()
    assert found
    return publishing.publish(found, reason=REASON, by=manager, at=timezone.now()).pk


def snapshot() -> None:
    """Print by id when the reaction to each open request is due, and whether moving it later owes a letter."""
    rows = Ticket.objects.open().exclude(due_at=None)
    print(
        json.dumps(
            {
                ticket.pk: [
                    ticket.due_at,
                    bool(ticket.is_term_promised and not ticket.reacted_at and ticket.contact_email),
                ]
                for ticket in rows.iterator(2000)
            },
            default=datetime.isoformat,
        )
    )


def judge(before: dict[str, Any], recalculation: int) -> None:
    """Print what is wrong, and how many were counted, moved and written to."""
    done = Recalculation.objects.select_related("calendar_version").get(pk=recalculation)
    version, now = done.calendar_version, timezone.now()
    faults: Counter[str] = Counter()
    moved, later = set(), set()
    for ticket in Ticket.objects.open().exclude(due_at=None).iterator(2000):
        faults.update(_faults_of(ticket, version, now))
        was = before.get(str(ticket.pk))
        if was and ticket.due_at and datetime.fromisoformat(was[0]) != ticket.due_at:
            moved.add(ticket.pk)
            if was[1] and ticket.due_at > datetime.fromisoformat(was[0]):
                later.add(ticket.pk)
    events = Counter(
        TicketEvent.objects.filter(code="deadline.moved", data__calendar_version=version.pk).values_list(
            "ticket", flat=True
        )
    )
    letters = Counter(
        int(about.split(":")[1])
        for about in OutgoingEmail.objects.filter(
            obligation="ticket.deadline_moved", about__endswith=f":calendar:{version.pk}"
        ).values_list("about", flat=True)
    )
    known = {int(pk) for pk in before}
    faults["events not exactly one"] = sum(events[pk] != 1 for pk in moved) + sum(events[pk] for pk in known - moved)
    faults["letters not exactly one"] = sum(letters[pk] != 1 for pk in later) + sum(letters[pk] for pk in known - later)
    faults["filed meanwhile and told twice"] = sum(events[pk] > 1 or letters[pk] > 1 for pk in set(events) - known)
    faults["moved differs from events"] = int(done.moved != sum(events.values()))
    faults["done is less than there were"] = max(0, done.total - done.done)
    told: dict[str, Any] = {"total": done.total, "done": done.done, "moved": len(moved)}
    told |= {"letters": sum(letters.values()), "late": len(set(events) - known)}
    told["seconds"] = done.finished_at and round((done.finished_at - done.started_at).total_seconds(), 2)
    print(json.dumps({**told, "faults": {name: count for name, count in faults.items() if count}}))


def _faults_of(ticket: Ticket, version: CalendarVersion, now: datetime) -> Iterator[str]:
    if ticket.hours_id != version.pk:
        yield "lives by another version"
        return
    hours, limit = working_time_of(version.pk), ticket.limit_minutes or 0
    if ticket.unanswered_since and ticket.reply_due_at != hours.add(ticket.unanswered_since, limit):
        yield "the reply is due at another moment"
    if ticket.reacted_at:
        return
    if ticket.calendar_version_id != version.pk:
        yield "stands on another version"
    term = deadline(hours, ticket.received_at, limit)
    if (ticket.due_at, ticket.at_risk_at, ticket.grave_at) != (term.due_at, term.at_risk_at, term.grave_at):
        yield "is due at another moment"
    if ticket.settled_at and ticket.reaction_windows != windows_to_json(term.windows):
        yield "is explained by other windows"
    stands = place(ticket, now)
    is_the_clocks_turn = ticket.flip_at is not None and ticket.flip_at <= now
    if not is_the_clocks_turn and (ticket.rung, ticket.queue_at, ticket.flip_at) != (
        stands.rung,
        stands.queue_at,
        stands.flip_at,
    ):
        yield "stands on another rung"

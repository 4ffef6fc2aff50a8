"""The demo at one moment, loaded once for all tests of this file: they read it and leave it as it is."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.models import Count, F
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from accounts.models import User
from customers.models import Customer, Membership
from helpdesk.demo import customers
from helpdesk.demo.load import load
from helpdesk.demo.people import PASSWORD, sign_ins
from notifications.models import OutgoingEmail
from sla.calendars import working_time_of
from sla.deadlines import windows_to_json
from sla.models import CalendarVersion
from tests.cast import moment
from tickets import clock, jobs, rank
from tickets.models import Attachment, Message, Ticket, TicketEvent
from tickets.replay import differences
from tickets.statuses import Channel, Component, Ground, Kind, Outcome, Status

NOW = moment("2026-11-23 10:00")


@dataclass(frozen=True)
class Loaded:
    counts: dict[str, int]
    media: Path
    calls_waiting: int


@pytest.fixture(scope="module")
def desk(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Loaded]:
    media = tmp_path_factory.mktemp("media")
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(MEDIA_ROOT=media, PASSWORD_HASHERS=hashers):
            counts = load(now=NOW, seed=35)
        yield Loaded(counts, media, len(connection.run_on_commit))
        transaction.set_rollback(True)


def test_a_desk_of_ninety_days_is_there(desk: Loaded) -> None:
    assert desk.counts["customers"] >= 12
    assert desk.counts["tickets"] >= 100
    assert Ticket.objects.filter(received_at__lt=NOW - timedelta(days=80)).exists()
    assert not Ticket.objects.filter(received_at__lt=NOW - timedelta(days=100)).exists()


def test_every_status_channel_and_qualification_occurs(desk: Loaded) -> None:
    def used(field: str) -> set[str]:
        return set(Ticket.objects.values_list(field, flat=True)) - {""}

    assert used("status") == set(Status.values)
    assert used("channel") == set(Channel.values)
    assert used("outcome") == set(Outcome.values)
    assert used("ground") == set(Ground.values)
    assert used("kind") == set(Kind.values)
    assert used("component") == set(Component.values)


@pytest.mark.clause("3.4.1")
def test_whoever_left_new_got_a_reaction_that_stands_in_the_history(desk: Loaded) -> None:
    left = Ticket.objects.exclude(status=Status.NEW).exclude(outcome=Outcome.WITHDRAWN)
    assert left.count() > 80
    for ticket in left:
        assert ticket.engineer
        assert ticket.reacted_at
        reactions = {"ticket.taken", "ticket.answered", "ticket.resolved", "ticket.closed"}
        assert ticket.events.filter(code__in=reactions, at=ticket.reacted_at, by__isnull=False).exists(), ticket.subject


@pytest.mark.clause("3.2.1")
def test_each_request_with_an_address_has_exactly_one_confirmation(desk: Loaded) -> None:
    confirmed = Counter(OutgoingEmail.objects.filter(obligation="ticket.confirmation").values_list("thread", flat=True))
    addressed = [f"ticket:{pk}" for pk in Ticket.objects.exclude(contact_email="").values_list("pk", flat=True)]
    assert confirmed == Counter(addressed)


def test_no_letter_is_left_to_send_and_nobody_is_called(desk: Loaded) -> None:
    assert not OutgoingEmail.objects.exclude(state="sent", sent_at=F("created_at")).exists()
    assert desk.calls_waiting == 0


@pytest.mark.clause("3.5b.2")
def test_stored_deadlines_and_ranks_equal_recomputed_ones(desk: Loaded) -> None:
    for ticket in Ticket.objects.select_related("level_version__calendar", "calendar_version"):
        term = clock.term_of(ticket)
        assert term is not None
        deadline = term.deadline(ticket.received_at, ticket.criticality)
        assert (ticket.due_at, ticket.at_risk_at, ticket.grave_at) == (
            deadline.due_at,
            deadline.at_risk_at,
            deadline.grave_at,
        )
        assert windows_to_json(deadline.windows) == ticket.reaction_windows
        place = rank.place(ticket, NOW)
        assert (ticket.rung, ticket.queue_at, ticket.flip_at) == (place.rung, place.queue_at, place.flip_at)


def test_the_clock_finds_nothing_to_do_at_that_moment(desk: Loaded) -> None:
    before = TicketEvent.objects.count(), OutgoingEmail.objects.count()
    with transaction.atomic():
        for job in (
            jobs.settle_deadlines,
            jobs.flip_rungs,
            jobs.warn_staff,
            jobs.wake_deferred,
            jobs.close_resolved,
            jobs.remind_customers,
        ):
            job(NOW)
        after = TicketEvent.objects.count(), OutgoingEmail.objects.count()
        transaction.set_rollback(True)
    assert after == before


def test_the_history_runs_forward_and_ends_before_now(desk: Loaded) -> None:
    moments = list(TicketEvent.objects.order_by("pk").values_list("at", flat=True))
    assert moments == sorted(moments)
    assert moments[-1] <= NOW
    assert not Message.objects.filter(created_at__gt=NOW).exists()
    numbers = list(Ticket.objects.order_by("registered_at").values_list("number", flat=True))
    assert numbers == sorted(numbers)


def test_staff_work_in_working_hours(desk: Loaded) -> None:
    calendar = working_time_of(CalendarVersion.objects.get().pk)
    acts = TicketEvent.objects.filter(by__staff_roles__isnull=False).exclude(code="ticket.registered")
    assert acts.count() > 300
    for event in acts:
        assert calendar.between(event.at - timedelta(seconds=1), event.at), event.at


def test_some_reactions_are_late_but_few(desk: Loaded) -> None:
    reacted = Ticket.objects.filter(reacted_at__isnull=False)
    late = reacted.filter(reacted_at__gt=F("due_at")).count()
    assert 0 < late < reacted.count() / 5


@pytest.mark.clause("3.5a.4")
def test_no_secret_lies_in_the_clear_in_any_table(desk: Loaded) -> None:
    secrets = [part for firm in customers.FIRMS for one in firm.machines for part in (one.secret or ())[1:3] if part]
    assert len(secrets) > 10
    tables = [model._meta.db_table for model in apps.get_models() if model._meta.managed]
    assert {"tickets_message", "vault_credential", "customers_server", "accounts_user"} <= set(tables)
    with connection.cursor() as cursor:
        for table in tables:
            found = f'SELECT secret FROM "{table}" line, unnest(%s) secret WHERE strpos(line::text, secret) > 0'  # noqa: S608
            cursor.execute(found, [[PASSWORD, *secrets]])
            assert cursor.fetchall() == [], table


def test_texts_are_finished_and_nobody_repeats_himself(desk: Loaded) -> None:
    texts = [*Ticket.objects.values_list("description", flat=True), *Message.objects.values_list("body", flat=True)]
    assert [text for text in texts if re.search(r"[{}]|TODO|\.\.\.", text)] == []
    sentences = Counter(
        sentence for text in texts for sentence in set(re.split(r"(?<=[.?!])\s+", text)) if len(sentence) > 25
    )
    repeated = {sentence for sentence, times in sentences.items() if times > 1}
    assert repeated <= {"Директор Кузьмин Г. Ф."}


def test_subjects_fit_and_differ(desk: Loaded) -> None:
    twice = Ticket.objects.values("subject").annotate(times=Count("pk")).filter(times__gt=1)
    assert [row["subject"] for row in twice] == ["Пустые отчёты после обновления"]  # the duplicate


def test_files_are_kept_as_they_were_sent(desk: Loaded) -> None:
    files = Attachment.objects.all()
    assert {file.content_type for file in files} == {"text/plain", "image/png"}
    for file in files:
        content = (desk.media / file.path).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file.sha256


def test_everybody_in_the_table_of_sign_ins_may_sign_in(desk: Loaded) -> None:
    users = {email: User.objects.get(email=email) for _, email, _ in sign_ins()}
    assert all(users[email].check_password(password) and users[email].is_active for _, email, password in sign_ins())
    assert {user.staff_roles.get().role for user in users.values() if user.is_staff} == {
        "operator",
        "engineer",
        "senior",
        "manager",
        "auditor",
        "administrator",
    }
    assert {user.memberships.get().role for user in users.values() if not user.is_staff} == set(Membership.Role.values)


def test_anna_and_elena_have_something_to_do(desk: Loaded) -> None:
    anna, elena = User.objects.get(email="anna@reis.example"), User.objects.get(email="elena@desk.example")
    assert anna.full_name == "Иванова Анна Павловна"
    assert anna.memberships.get().customer.name == "ООО «Рейс»"
    assert {"new", "in_progress", "waiting"} <= {ticket.status for ticket in anna.filed_tickets.all()}
    assert {"in_progress", "waiting", "development", "deferred"} <= {
        ticket.status for ticket in Ticket.objects.of_engineer(elena)
    }


def test_terms_are_promised_with_a_contract_and_in_its_grace_days_only(desk: Loaded) -> None:
    def promised(name: str) -> set[bool]:
        waiting = Ticket.objects.filter(customer__name__contains=name, status=Status.NEW)
        return set(waiting.values_list("is_term_promised", flat=True))

    assert promised("Рейс") == {True}
    assert promised("Такси") == {True}  # the contract is over, its grace days are not
    assert promised("Бетон") == {False}  # over for longer than that
    assert promised("Гайсин") == {False}  # never had one
    assert set(Ticket.objects.filter(customer=None).values_list("is_term_promised", flat=True)) == {False}


def test_taxpayer_numbers_have_right_check_digits_and_belong_to_nobody(desk: Loaded) -> None:
    def digit(body: str, weights: list[int]) -> str:
        return str(sum(int(one) * weight for one, weight in zip(body, weights, strict=True)) % 11 % 10)

    tail = [2, 4, 10, 3, 5, 9, 4, 6, 8]
    for inn in Customer.objects.values_list("inn", flat=True):
        assert inn.startswith("00")  # no such region
        if len(inn) == 10:
            assert inn[9] == digit(inn[:9], tail)
        else:
            assert inn[10:] == digit(inn[:10], [7, *tail]) + digit(inn[:11], [3, 7, *tail])


def test_the_clocks_are_what_the_histories_give(desk: Loaded) -> None:
    assert [str(difference) for difference in differences(lambda: NOW) if difference] == []

"""Every letter that the desk can write, as it is owed when its story happens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from accounts.adapter import AccountAdapter
from accounts.models import User
from accounts.roles import Role
from customers import endings
from customers.models import Membership
from customers.vault.access import AccessData
from notifications.models import OutgoingEmail
from tests.cast import MONDAY_TEN, Cast, file_ticket, make_person, new_calendar_version
from tickets import coverage, publishing, recounting, workflow
from tickets.models import Ticket

SECRET = "Kanareika-4711"  # stands in the access data and in internal notes, and must travel nowhere
REVIEW = date(2026, 12, 1)


@dataclass(frozen=True)
class Words:
    """What people write in a story, in one alphabet."""

    customer: str
    engineer: str
    subject: str
    answer: str
    question: str
    ended: str
    organisation: str
    level: str


RUSSIAN = Words(
    "Иванов Павел Сергеевич",
    "Петров Кирилл Львович",
    "Не приходят координаты с трёх машин",
    "Служба приёма остановилась ночью после обновления.\n\nМы запустили её снова и добавили наблюдение.",
    "Пришлите, когда координаты приходили в последний раз, и показания индикаторов на контроллере.",
    "Перезапустили службу приёма. Координаты с машин приходят.",
    "ООО «Рейс»",
    "Стандарт",
)
ENGLISH = Words(
    "Pavel Smith",
    "Kirill Brown",
    "No coordinates from three vehicles",
    "The receiving service stopped at night.\n\nWe have started it again.",
    "When did the last coordinates come in?",
    "The receiving service runs again.",
    "Reis Ltd",
    "Standard",
)


def every_letter(cast: Cast, language: str, words: Words, **filing: Any) -> dict[str, OutgoingEmail]:
    """Obligation to letter, all to one reader."""
    reader = make_person(words.customer, "reader@reis.example", language=language)
    cast.reis.name, cast.standard.name = words.organisation, words.level
    cast.reis.save()
    cast.standard.save()
    customer = Membership.objects.create(user=reader, customer=cast.reis, role=Membership.Role.MEMBER)
    engineer = make_person(words.engineer, "engineer@desk.example", Role.ENGINEER, language=language, is_on_duty=True)
    _long_story(customer, engineer, words, **filing)
    workflow.close(
        _file(customer, words, **filing), text=words.ended, ground="not_reproducible", by=engineer, at=MONDAY_TEN
    )
    workflow.close_by_customer(_file(customer, words, **filing), by=customer, at=MONDAY_TEN)
    _contract_story(customer, _file(customer, words, **filing))
    _late_story(_file(customer, words, **filing))
    _calendar_story(cast, customer, words, **filing)
    _account_story(reader)
    return {row.obligation: row for row in OutgoingEmail.objects.order_by("-pk")}  # the first of a kind wins


def _long_story(customer: Membership, engineer: User, words: Words, **filing: Any) -> None:
    ticket, at = _file(customer, words, **filing), MONDAY_TEN + timedelta(hours=1)
    workflow.change_criticality(ticket, "low", reason=words.answer, by=engineer, at=at)
    workflow.take(ticket, by=engineer, at=at)
    workflow.note(ticket, f"{words.answer} {SECRET}", by=engineer, at=at)
    workflow.answer(ticket, words.answer, by=engineer, at=at)
    workflow.answer(ticket, words.question, by=engineer, at=at, waits_for_customer=True)
    workflow.remind(ticket, at=at + timedelta(days=7))
    workflow.resume(ticket, by=engineer, at=at)
    workflow.pass_to_development(ticket, review_date=REVIEW, text=words.answer, by=engineer, at=at)
    workflow.defer(ticket, ground="not_reproducible", until=REVIEW, text=words.question, by=engineer, at=at)
    workflow.resolve(
        ticket, kind="failure", component="software", outcome="workaround", text=words.ended, by=engineer, at=at
    )


def _calendar_story(cast: Cast, customer: Membership, words: Words, **filing: Any) -> None:
    """The day of the request becomes a day off."""
    _file(customer, words, **filing)
    draft = new_calendar_version(cast.calendar, {MONDAY_TEN.date(): []}, published_at=None)
    done = publishing.publish(draft, reason=words.ended, by=cast.maria, at=MONDAY_TEN)
    recounting.recount(done.pk, at=MONDAY_TEN)


def _contract_story(customer: Membership, ticket: Ticket) -> None:
    """The request came in before anybody had checked the contract, which ends soon."""
    Ticket.objects.filter(pk=ticket.pk).update(is_term_promised=False)
    coverage.cover(ticket.pk, at=MONDAY_TEN)
    Membership.objects.filter(customer=customer.customer).update(role=Membership.Role.MEMBER)
    Membership.objects.filter(pk=customer.pk).update(role=Membership.Role.ADMINISTRATOR)
    contract = customer.customer.contracts.get()
    endings.tell(contract.pk, at=MONDAY_TEN)


def _late_story(ticket: Ticket) -> None:
    """Nobody takes it."""
    workflow.warn(ticket.pk, at=MONDAY_TEN + timedelta(hours=4, minutes=10))


def _file(customer: Membership, words: Words, **filing: Any) -> Ticket:
    access = AccessData(login="root", password=SECRET)
    told = {"subject": words.subject, "description": words.answer, "access": access, "version": "", "steps": ""}
    return file_ticket(customer, **{**told, **filing})


def _account_story(reader: User) -> None:
    adapter = AccountAdapter()
    link = adapter.get_reset_password_from_key_url("1-abc123-0123456789abcdef")
    context = {"user": reader, "password_reset_url": link}
    adapter.send_mail("account/email/password_reset_key", reader.email, context)
    adapter.send_mail("account/email/password_changed", reader.email, {})

"""What support owes an organisation, in words: level, terms, hours, contract; and when a reaction may be expected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from content.moments import due_words, full_date_words, start_words, working_words
from customers.models import Contract, Customer
from sla.week_words import week_words
from sla.working_time import NoWorkingTime
from tickets import clock
from tickets.statuses import Criticality


@dataclass(frozen=True)
class Labelled:
    label: str
    words: str


@dataclass(frozen=True)
class SupportCard:
    """«Поддержка» of the dashboard. Without a valid contract only the hours."""

    level: str | None
    terms: list[Labelled]
    hours: str
    contract: str | None


@dataclass(frozen=True)
class ReactionBox:
    """«Ожидаемая реакция» of the new form: a line for each criticality, and the sentences under them."""

    lines: list[Labelled]
    notes: list[str]


def support_card(customer: Customer, at: datetime) -> SupportCard:
    """What the contract of that day gives."""
    today = timezone.localdate(at)
    contract = customer.contract_on(today)
    term = clock.term_under(contract, today)
    hours = week_words(term.working_time) if term else ""
    if contract is None or term is None:
        return SupportCard(None, [], hours, None)
    return SupportCard(contract.level.name, _terms(term), hours, _contract_words(contract, at))


def reaction_box(customer: Customer, at: datetime) -> ReactionBox:
    """When a request filed at that moment would get its reaction (3.5b.2, 3.6.2). No line without a promised term."""
    term = clock.term_for(customer, at)
    if term is None or not term.is_promised:
        return ReactionBox([], [])
    calendar = term.working_time
    try:
        lines = [
            Labelled(str(criticality.label), due_words(term.deadline(at, criticality).due_at, now=at))
            for criticality in Criticality
        ]
        opens = None if calendar.is_open(at) else calendar.next_opening(at)
    except NoWorkingTime:
        return ReactionBox([], [])
    notes = [_level_words(term)]
    if opens:
        notes.append(
            _("It is outside working hours now. The reaction clock will start: %(moment)s.")
            % {"moment": start_words(opens, now=at)}
        )
    return ReactionBox(lines, notes)


def _terms(term: clock.Term) -> list[Labelled]:
    """The term of each criticality, or one line where they do not differ."""
    limits = {criticality: term.limit(criticality) for criticality in Criticality}
    if len(set(limits.values())) == 1:
        return [Labelled(_("Reaction term"), working_words(limits[Criticality.CRITICAL]))]
    return [
        Labelled(
            _("Reaction, %(criticality)s criticality") % {"criticality": str(criticality.label).lower()},
            working_words(minutes),
        )
        for criticality, minutes in limits.items()
    ]


def _level_words(term: clock.Term) -> str:
    terms = _terms(term)
    told = {"level": term.level.level.name, "hours": week_words(term.working_time), "term": terms[0].words}
    if len(terms) > 1:
        return _("Support level “%(level)s”. We work %(hours)s.") % told
    return _("Support level “%(level)s”: %(term)s. We work %(hours)s.") % told


def _contract_words(contract: Contract, at: datetime) -> str:
    told = {"n": contract.number, "date": full_date_words(contract.ends_date)}
    if contract.ends_date < timezone.localdate(at):
        return _("Contract No. %(n)s, ended on %(date)s") % told
    return _("Contract No. %(n)s, valid until %(date)s") % told

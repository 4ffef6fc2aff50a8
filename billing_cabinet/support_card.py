"""What support owes an organisation, in words: level, terms, hours, contract, and how soon it usually reacts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing_cabinet.service import Service
from billing_cabinet.working_days import short_days_words
from content.moments import full_date_words, minutes_words, place_words, working_words
from customers.endings import NOTICE
from customers.models import Contract
from sla.week_words import week_words
from tickets import clock
from tickets.shapes import Notice
from tickets.statuses import CRITICALITY_HINTS, Criticality
from tickets.usual_reaction import WORKING_DAYS, UsualReaction


@dataclass(frozen=True)
class Labelled:
    """A label with its words; a hint says what the label means."""

    label: str
    words: str
    hint: str = ""


@dataclass(frozen=True)
class SupportCard:
    """«Поддержка» of the dashboard. Without a valid contract only the hours."""

    level: str | None
    terms: list[Labelled]
    usual: str
    hours: str
    short_days: str
    zone: str
    contract: str | None
    grace: str


def support_card(service: Service, at: datetime) -> SupportCard:
    """What the contract of that day gives."""
    calendar, contract, term = service.calendar, service.contract, service.promised
    return SupportCard(
        level=contract.level.name if contract and term else None,
        terms=terms(term) if term else [],
        usual=usual_words(service.usual(at)),
        hours=week_words(calendar) if calendar else "",
        short_days=short_days_words(calendar, timezone.localdate(at).year) if calendar else "",
        zone=place_words(calendar.zone, at) if calendar else "",
        contract=contract_words(contract, at) if contract else None,
        grace=_grace_words(contract) if contract else "",
    )


def terms(term: clock.Term) -> list[Labelled]:
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


def every_term(term: clock.Term) -> list[Labelled]:
    """The term of each criticality with what the criticality means, alike or not."""
    return [
        Labelled(str(each.label), working_words(term.limit(each)), str(CRITICALITY_HINTS[each])) for each in Criticality
    ]


def usual_words(usual: UsualReaction | None) -> str:
    """How soon half, and nine of ten, reactions of the last thirty working days came (3.8.1); empty for none."""
    if usual is None:
        return ""
    return _(
        "The usual reaction of the last %(days)d working days: half of the tickets of your level within %(median)s "
        "of working time, nine of ten within %(ninety)s. This is not an obligation."
    ) % {
        "days": WORKING_DAYS,
        "median": minutes_words(usual.median_minutes),
        "ninety": minutes_words(usual.ninety_minutes),
    }


def contract_words(contract: Contract, at: datetime) -> str:
    """Its number, and until when it is valid, or was."""
    told = {"n": contract.number, "date": full_date_words(contract.ends_date)}
    if contract.ends_date < timezone.localdate(at):
        return _("Contract No. %(n)s, ended on %(date)s") % told
    return _("Contract No. %(n)s, valid until %(date)s") % told


def contract_notice(contract: Contract, at: datetime) -> Notice | None:
    """That the contract ends within thirty days and none takes over, or has ended, and until when its term is kept."""
    left = contract.ends_date - timezone.localdate(at)
    if left > NOTICE:
        return None
    kept = _("The reaction term of the contract is kept until %(date)s.") % {
        "date": full_date_words(contract.served_until_date)
    }
    if left < timedelta():
        return Notice("warn", contract_words(contract, at), kept)
    if contract.is_followed():
        return None
    if not left:
        return Notice("warn", _("The contract ends today"), kept)
    title = ngettext("The contract ends in %(n)d day", "The contract ends in %(n)d days", left.days)
    return Notice("warn", title % {"n": left.days}, kept)


def _grace_words(contract: Contract) -> str:
    """How long the term is kept when the contract is over; empty where it is not."""
    days = contract.grace_days
    if not days:
        return ""
    words = ngettext(
        "The reaction term of the contract is kept for %(n)d more day after its end.",
        "The reaction term of the contract is kept for %(n)d more days after its end.",
        days,
    )
    return words % {"n": days}

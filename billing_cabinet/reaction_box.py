"""«Ожидаемая реакция» of the new form: when a request filed at that moment would get its reaction (ux.md 3.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from billing_cabinet.service import Service
from billing_cabinet.support_card import Labelled, terms, usual_words
from content.moments import due_words, place_words, start_words, working_words
from sla.week_words import week_words
from sla.working_time import NoWorkingTime
from tickets import clock
from tickets.statuses import Criticality


@dataclass(frozen=True)
class ReactionBox:
    """What the box says about a criticality, or before one is chosen (""): the bold first line and the sentences under
    it. `lines` tell the reaction for each criticality, for a reader without JavaScript.

    What is always said last stands in the template: what a reaction is, and what the time of a solution depends on,
    for no time is promised (3.7.1).
    """

    criticality: str
    headline: str
    notes: list[str] = field(default_factory=list)
    lines: list[Labelled] = field(default_factory=list)

    @property
    def may_be_critical(self) -> bool:
        """Whether to say that a critical request may be taken out of turn (3.6.4), and to call."""
        return self.criticality in ("", Criticality.CRITICAL)


def reaction_box(service: Service, criticality: str, at: datetime) -> ReactionBox:
    """When a request of that criticality, filed at that moment, would get its reaction (3.5b.2, 3.6.2).

    No term is named but a promised one. Raises ValueError for a criticality that does not exist.
    """
    chosen = Criticality(criticality) if criticality else None
    term = service.promised
    try:
        if term:
            return _promised(service, term, chosen, at)
    except NoWorkingTime:  # the request gets no term either, and is taken all the same (3.5b.1)
        pass
    return ReactionBox(criticality, _("We will tell the reaction term when we have checked the contract."))


def _promised(service: Service, term: clock.Term, chosen: Criticality | None, at: datetime) -> ReactionBox:
    due = {each: due_words(term.deadline(at, each).due_at, now=at) for each in Criticality}
    if chosen:
        headline = _("Expected reaction: %(due)s") % {"due": due[chosen]}
    else:
        headline = _("Choose a criticality, and we will show the reaction term.")
    notes = [_level_words(term, chosen, at), _outside_words(term, at), usual_words(service.usual(at))]
    lines = [Labelled(str(each.label), words) for each, words in due.items()]
    return ReactionBox(chosen or "", headline, [note for note in notes if note], lines)


def _level_words(term: clock.Term, chosen: Criticality | None, at: datetime) -> str:
    """The level, its term where it is clear which, and the hours."""
    calendar = term.working_time
    told = {
        "level": term.level.level.name,
        "hours": week_words(calendar),
        "zone": place_words(calendar.zone, at),
    }
    if chosen or len(terms(term)) == 1:
        told["term"] = working_words(term.limit(chosen or Criticality.CRITICAL))
        return _("Support level “%(level)s”: %(term)s. We work %(hours)s (%(zone)s).") % told
    return _("Support level “%(level)s”. We work %(hours)s (%(zone)s).") % told


def _outside_words(term: clock.Term, at: datetime) -> str:
    """When the clock would start, where support is closed; else empty."""
    if term.working_time.is_open(at):
        return ""
    opens_at = term.working_time.next_opening(at)
    return _("It is outside working hours now. The reaction clock will start: %(moment)s.") % {
        "moment": start_words(opens_at, now=at)
    }

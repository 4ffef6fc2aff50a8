"""The moves of the workplace: which are offered where, with which form, and the one verb that each calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import User
from accounts.roles import Act, may
from tickets import breaches, workflow
from tickets.admin.desk import verb_url
from tickets.admin.forms import AnnulForm, CloseForm, CriticalityForm, DeferForm, DevelopForm, ResolveForm, WorkForm
from tickets.models import Ticket
from tickets.statuses import MOVES, Criticality, Status
from tickets.thread_lines import day_of
from tickets.workflow import MoveNotAllowed


@dataclass(frozen=True)
class Verb:
    """One button of the workplace. `run` gets the cleaned form, or None where there is none."""

    label: Any
    icon: str
    is_offered: Callable[[Ticket], bool]
    run: Callable[[Ticket, Any, User, datetime], Ticket]
    done: Callable[[Ticket], str]
    form: type[WorkForm] | None = None
    submit: Any = ""
    hint: Any = ""
    danger: bool = False
    act: Act = Act.WORK


@dataclass(frozen=True)
class Move:
    """A verb as the template draws it."""

    code: str
    label: str
    icon: str
    url: str
    submit: str
    form: WorkForm | None
    hint: str
    danger: bool


def _to(status: Status) -> Callable[[Ticket], bool]:
    return lambda ticket: ticket.is_open and status in MOVES[ticket.status]


def _is_claimed_critical(ticket: Ticket) -> bool:
    return ticket.is_open and ticket.criticality == Criticality.CRITICAL and ticket.criticality_confirmed_at is None


def _has_breach_that_counts(ticket: Ticket) -> bool:
    breach = breaches.breach_of(ticket)
    return breach is not None and breaches.annulment_of(breach) is None


def _annul(ticket: Ticket, form: AnnulForm, by: User, at: datetime) -> Ticket:
    breach = breaches.breach_of(ticket)
    if breach is None:
        raise MoveNotAllowed(_("The term of this ticket was not breached. Reload the page."))
    reason = form.cleaned_data["reason"]
    annulment = breaches.annul(breach, reason=reason, by=by, at=at)
    if (annulment.by, annulment.reason) != (by, reason):
        told = {"name": annulment.by.short_name, "reason": annulment.reason}
        raise MoveNotAllowed(_("The breach is annulled already: %(name)s. Reason: %(reason)s") % told)
    return ticket


def _change_criticality(ticket: Ticket, form: CriticalityForm, by: User, at: datetime) -> Ticket:
    told = form.cleaned_data
    return workflow.change_criticality(ticket, told["criticality"], reason=told["reason"], by=by, at=at)


def _develop(ticket: Ticket, form: DevelopForm, by: User, at: datetime) -> Ticket:
    told = form.cleaned_data
    return workflow.pass_to_development(
        ticket, review_date=told["review_date"], task=told["task"], text=form.letter, by=by, at=at, key=form.key
    )


def _defer(ticket: Ticket, form: DeferForm, by: User, at: datetime) -> Ticket:
    told = form.cleaned_data
    return workflow.defer(
        ticket, ground=told["reason"], until=told["until"], text=told["text"], by=by, at=at, key=form.key
    )


def _close(ticket: Ticket, form: CloseForm, by: User, at: datetime) -> Ticket:
    return workflow.close(
        ticket, text=form.cleaned_data["text"], ground=form.ground, outcome=form.outcome, by=by, at=at, key=form.key
    )


def _resolve(ticket: Ticket, form: ResolveForm, by: User, at: datetime) -> Ticket:
    told = form.cleaned_data
    return workflow.resolve(
        ticket,
        kind=told["kind"],
        component=told["component"],
        outcome=told["outcome"],
        text=told["text"],
        by=by,
        at=at,
        key=form.key,
    )


VERBS: dict[str, Verb] = {
    "take": Verb(
        gettext_lazy("Take"),
        "hand",
        is_offered=lambda ticket: ticket.is_open and ticket.engineer_id is None,
        run=lambda ticket, form, by, at: workflow.take(ticket, by=by, at=at),
        done=lambda ticket: _("Ticket No. %(number)s is yours, processing has begun.") % {"number": ticket.number},
    ),
    "confirm": Verb(
        gettext_lazy("Confirm criticality"),
        "flame",
        is_offered=_is_claimed_critical,
        run=lambda ticket, form, by, at: workflow.confirm_criticality(ticket, by=by, at=at),
        done=lambda ticket: _("The criticality is confirmed."),
    ),
    "criticality": Verb(
        pgettext_lazy("move", "Change criticality"),
        "gauge",
        is_offered=lambda ticket: ticket.is_open,
        run=_change_criticality,
        done=lambda ticket: _("The criticality is changed."),
        form=CriticalityForm,
        submit=gettext_lazy("Change the criticality"),
        hint=gettext_lazy("While nobody has reacted, the reaction term is counted anew from receipt."),
    ),
    "back": Verb(
        gettext_lazy("Back to work"),
        "refresh-cw",
        is_offered=lambda ticket: ticket.status in {Status.WAITING, Status.DEVELOPMENT, Status.DEFERRED},
        run=lambda ticket, form, by, at: workflow.resume(ticket, by=by, at=at),
        done=lambda ticket: _("The ticket is in progress again."),
    ),
    "develop": Verb(
        gettext_lazy("Pass to development"),
        "code-xml",
        is_offered=_to(Status.DEVELOPMENT),
        run=_develop,
        done=lambda ticket: _("The ticket is passed to development."),
        form=DevelopForm,
        submit=gettext_lazy("Pass the ticket to development"),
    ),
    "defer": Verb(
        pgettext_lazy("move", "Defer"),
        "calendar-days",
        is_offered=_to(Status.DEFERRED),
        run=_defer,
        done=lambda ticket: _("The ticket is deferred until %(date)s.") % {"date": _day(ticket)},
        form=DeferForm,
        submit=gettext_lazy("Defer the ticket"),
    ),
    "resolve": Verb(
        pgettext_lazy("move", "Resolve"),
        "circle-check",
        is_offered=_to(Status.RESOLVED),
        run=_resolve,
        done=lambda ticket: _("The ticket is resolved."),
        form=ResolveForm,
        submit=gettext_lazy("Resolve the ticket"),
        hint=gettext_lazy("Without the customer's objection the ticket closes after five working days."),
    ),
    "close": Verb(
        pgettext_lazy("move", "Close"),
        "x",
        is_offered=_to(Status.CLOSED),
        run=_close,
        done=lambda ticket: _("The ticket is closed."),
        form=CloseForm,
        submit=gettext_lazy("Close the ticket"),
        hint=gettext_lazy("The customer gets the reason by letter and can reopen the ticket within 30 days."),
        danger=True,
    ),
    "annul": Verb(
        gettext_lazy("Annul the breach"),
        "undo-2",
        is_offered=_has_breach_that_counts,
        run=_annul,
        done=lambda ticket: _("The breach does not count any more. It stays in the history with your reason."),
        form=AnnulForm,
        submit=gettext_lazy("Annul the breach of the term"),
        hint=gettext_lazy("For the staff and the report. The customer gets no letter."),
        act=Act.OVERRULE,
    ),
}


def moves_of(ticket: Ticket, user: User, at: datetime, bound: dict[str, WorkForm], *, seen: int) -> list[Move]:
    """The buttons beside «Взять в работу»: what this person may do with the request now. A refused form of `bound` is
    drawn again, also where its move is no longer offered: what was typed stays readable."""
    return [
        Move(
            code=code,
            label=str(verb.label),
            icon=verb.icon,
            url=verb_url(ticket.number, code),
            submit=str(verb.submit),
            form=bound.get(code) or form_for(code, ticket, user, at, seen=seen),
            hint=str(verb.hint),
            danger=verb.danger,
        )
        for code, verb in VERBS.items()
        if code != "take" and may(user, verb.act) and (verb.is_offered(ticket) or code in bound)
    ]


def form_for(
    code: str, ticket: Ticket, user: User, at: datetime, data: Any = None, *, seen: int = 0
) -> WorkForm | None:
    """The form of a verb, bound to what was posted if there is `data`; None for a verb without one. `seen` is the
    customer's last message on the page that the form is drawn on."""
    form = VERBS[code].form
    if form is None:
        return None
    return form(ticket, data, prefix=code, initial={"seen": seen}, **circumstances(user, at))


def circumstances(user: User, at: datetime) -> dict[str, Any]:
    """What a form of the workplace depends on besides the request: the day, and whether a senior fills it."""
    return {"today": timezone.localdate(at), "is_senior": may(user, Act.OVERRULE)}


def _day(ticket: Ticket) -> str:
    return day_of(ticket.deferred_until_date, seen=ticket.updated_at) if ticket.deferred_until_date else ""

"""Samples of what is said, asked and listed: messages, forms, statuses, terms, lists. The texts are invented."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from billing_cabinet.reaction_box import ReactionBox
from billing_cabinet.rows import TicketRow
from billing_cabinet.support_card import Labelled
from content.moments import due_words, minutes_words, near_words, start_words, working_words
from helpdesk.ui_page.correspondence import CUSTOMER, NOWHERE, correspondence
from helpdesk.ui_page.forms import SampleForm, opened, refused
from helpdesk.ui_page.shapes import Component, Example
from sla import production_calendar
from sla.norms import totals
from sla.working_time import WorkingTime
from sla.year_grid import year_grid
from sla.year_plan import official_plan
from tickets.admin.queue import NextTicket
from tickets.reaction import Reaction
from tickets.shapes import PageLink, TabLink, Tag
from tickets.statuses import META, Criticality, Status

SUBJECT = "Не приходят координаты с контроллера 4512"


def components(at: datetime) -> list[Component]:
    """Every template of templates/components, as it reads at that moment."""
    wrong, short = refused("subject", "frequency", "files"), refused("description")
    return [
        Component("_error_summary", _("Error summary"), [Example("form", {"form": form}) for form in (wrong, short)]),
        *_told(),
        *_asked(wrong, short),
        *_states(at),
        *_lists(),
        _year(timezone.localdate(at)),
        *_tickets(at),
        *correspondence(at),
    ]


def _told() -> list[Component]:
    """What a page says about itself."""
    told = {"title": _("Deferred, back on %(date)s") % {"date": "1 декабря"}, "text": _("Could not reproduce")}
    banners = [Example(f"tone = {tone}", {"tone": tone, **told}) for tone in ("info", "ok", "warn", "bad", "mute")]
    link = {"text": _("Your reply has been sent."), "tone": "ok", "url": NOWHERE, "url_label": _("To the queue")}
    nothing = {"title": _("No tickets yet"), "icon_name": "inbox"}
    action = {"url": NOWHERE, "url_label": _("New ticket"), "url_icon": "plus", "primary": True}
    lead = _("We accept tickets round the clock. Only working time counts towards the reaction term.")
    button = {"action_url": NOWHERE, "action_label": _("New ticket"), "action_icon": "plus"}
    return [
        Component("_banner", _("Banner"), [*banners, Example("url, url_label", link)]),
        Component(
            "_empty_state", _("Empty list"), [Example("title", nothing), Example("url, primary", {**nothing, **action})]
        ),
        Component(
            "_page_header",
            _("Page heading"),
            [
                Example("title, lead", {"title": _("Tickets"), "lead": lead}),
                Example("action_url, action_icon", {"title": _("Tickets"), **button}),
            ],
        ),
    ]


def _asked(wrong: SampleForm, short: SampleForm) -> list[Component]:
    """The parts of forms, as they are opened and as they are refused."""
    fresh, compact = opened(), opened("compact")
    names = ("subject", "description", "phone", "channel", "password", "notify")
    two: dict[str, Any] = {"columns": True}
    return [
        Component(
            "_field",
            _("Field of a form"),
            [
                *(Example(fresh[name].widget_type, {"field": fresh[name]}) for name in names),
                Example("errors", {"field": wrong["subject"]}),
                Example("errors", {"field": short["description"]}),
            ],
        ),
        Component(
            "_error", _("Error of a field"), [Example("field", {"field": refused("criticality")["criticality"]})]
        ),
        Component(
            "_radio_list",
            _("Choice of answers"),
            [
                Example("option_hints", {"field": fresh["criticality"]}),
                Example("columns", {"field": fresh["frequency"], **two}),
                Example("checkboxselectmultiple", {"field": fresh["channels"], **two}),
                Example("errors", {"field": wrong["frequency"], **two}),
            ],
        ),
        Component(
            "_file_picker",
            _("Choice of files"),
            [
                Example("field", {"field": fresh["files"]}),
                Example("compact", {"field": compact["files"], "compact": True}),
                Example("errors", {"field": wrong["files"]}),
            ],
        ),
    ]


def _states(at: datetime) -> list[Component]:
    """Where a request stands: statuses as the staff and as the customer call them, and its term."""
    staff = [Tag(status, str(status.label), META[status].tone) for status in Status]
    customer = [Tag(status, str(META[status].customer_label), META[status].tone) for status in Status]
    tags = [Example(f"{tag.code}, {tag.tone}", {"tag": tag}) for tag in dict.fromkeys((*staff, *customer))]
    terms = [Example(f"state = {reaction.state}", {"reaction": reaction}) for reaction in reactions(at)]
    short = Example("short", {"reaction": reactions(at)[0], "short": True})
    hours = {"level": "Расширенный", "term": working_words(120), "hours": "9:00–18:00", "zone": "Оренбург, UTC+5"}
    notes = [_("Support level “%(level)s”: %(term)s. We work %(hours)s (%(zone)s).") % hours]
    lines = [
        Labelled(str(criticality.label), due_words(at + timedelta(hours=2 * number), now=at))
        for number, criticality in enumerate(Criticality, start=1)
    ]
    due = _("Expected reaction: %(due)s") % {"due": lines[0].words}
    untold = _("We will tell the reaction term when we have checked the contract.")
    outside = _("It is outside working hours now. The reaction clock will start: %(moment)s.") % {
        "moment": start_words(at + timedelta(days=1), now=at)
    }
    boxes = {
        "critical": ReactionBox(Criticality.CRITICAL, due, notes, lines),
        "high": ReactionBox(Criticality.HIGH, due, notes, lines),
        "not chosen": ReactionBox("", _("Choose a criticality, and we will show the reaction term."), notes, lines),
        "outside working hours": ReactionBox(Criticality.CRITICAL, due, [*notes, outside], lines),
        "no contract": ReactionBox("", untold),
    }
    told = [Example(name, {"box": box, "phone": settings.SUPPORT_PHONE}) for name, box in boxes.items()]
    return [
        Component("_tag", _("Status"), tags, is_small=True),
        Component("_reaction_tag", _("Reaction term"), [*terms, short], is_small=True),
        Component("_reaction_box", _("Expected reaction"), told),
        Component("_reaction_words", _("Words of the expected reaction"), told),
    ]


def reactions(at: datetime) -> list[Reaction]:
    """Every state that tickets.reaction tells, in its words, icons and colours."""
    told = {"time": minutes_words(190)}
    soon, later = near_words(at + timedelta(hours=3), now=at), near_words(at + timedelta(days=1), now=at)
    by = _("by %(moment)s") % {"moment": soon}
    due = _("due by %(moment)s") % {"moment": later}
    return [
        Reaction("pending", _("%(time)s left") % told, by, "clock", "ok"),
        Reaction("at_risk", _("%(time)s left") % {"time": minutes_words(25)}, by, "clock", "warn"),
        Reaction("breaching", _("Overdue by %(time)s") % told, None, "flame", "bad"),
        Reaction("paused", _("Paused until %(moment)s") % {"moment": soon}, due, "circle-pause", "mute"),
        Reaction("met", _("Reacted in %(time)s") % told, None, "circle-check", "ok"),
        Reaction("met_late", _("Reacted late by %(time)s") % told, None, "triangle-alert", "bad-outline"),
        Reaction("cancelled", _("The term is not tracked"), None, "circle-minus", "mute"),
    ]


def _lists() -> list[Component]:
    """What leads from one part of a list to another."""
    tabs = [
        TabLink(pgettext("tickets", "Open"), NOWHERE, current=True, count=12),
        TabLink(_("Waiting for reply"), NOWHERE, current=False, count=0),
        TabLink(pgettext("tickets", "All"), NOWHERE, current=False),
    ]
    following = NextTicket(10431, SUBJECT, NOWHERE, "ООО «Транс-Ойл»", _("Reaction overdue"), NOWHERE)
    return [
        Component("_tabs", _("Tabs"), [Example("tabs", {"tabs": tabs, "label": _("Which tickets")})]),
        Component(
            "_pager",
            _("Pages"),
            [
                Example("next_url", {"page": PageLink(NOWHERE, None)}),
                Example(
                    "first_url, next_label", {"page": PageLink(NOWHERE, NOWHERE, _("Show %(n)d more") % {"n": 50})}
                ),
            ],
        ),
        Component(
            "_next_strip",
            _("Next in the queue"),
            [
                Example("can_take", {"next_ticket": following, "can_take": True}),
                Example("next_ticket = None", {"next_ticket": None, "can_take": True}),
            ],
        ),
    ]


def _year(today: date) -> Component:
    """A year of five-day weeks with the official days; its first months, as a list of links and as plain text."""
    windows = ((9 * 60, 13 * 60), (14 * 60, 18 * 60))
    week = dict.fromkeys(range(5), windows)
    year = production_calendar.known_years()[-1]
    plan = official_plan(year, week)
    calendar = WorkingTime("Asia/Yekaterinburg", week, {day: planned.windows for day, planned in plan.items()})
    names = {day: planned.name for day, planned in plan.items()}
    months = year_grid(calendar, year, names=names, today=today.replace(year=year, day=1))
    changed = WorkingTime("Asia/Yekaterinburg", week, {date(year, 1, 13): (), date(year, 1, 14): windows[:1]})
    by_hand = year_grid(changed, year, names={}, today=today, official={})
    links = {"day_url": "?day=", "picked": date(year, 1, 20), "by_hand": True, "totals": totals(changed, year)}
    return Component(
        "_year_grid",
        _("Year of a calendar"),
        [
            Example("months, totals", {"months": months[:4], "totals": totals(calendar, year)}),
            Example("day_url, picked, by_hand", {"months": by_hand[:1], **links}),
        ],
    )


def _tickets(at: datetime) -> list[Component]:
    """Requests of a list, as a card and as a row."""
    rows = [
        _row(10431 + n, status, reaction, at)
        for n, (status, reaction) in enumerate(zip(Status, reactions(at), strict=True))
    ]
    cards = [Example("row", {"row": rows[0]}), Example("waiting", {"row": rows[2], "waiting": True})]
    return [
        Component("_ticket_card", _("Ticket as a card"), cards, frame="cards"),
        Component("_ticket_row", _("Ticket as a row"), [Example("row", {"row": row}) for row in rows], frame="rows"),
    ]


def _row(number: int, status: Status, reaction: Reaction, at: datetime) -> TicketRow:
    return TicketRow(
        number=number,
        subject=SUBJECT,
        url=NOWHERE,
        status=Tag(status, str(META[status].customer_label), META[status].tone),
        reaction=reaction,
        criticality=str(Criticality.HIGH.label),
        author=CUSTOMER,
        updated_at=at - timedelta(hours=1),
        has_files=number % 2 == 0,
        last_words=_("support"),
        last_at=at - timedelta(hours=1),
    )

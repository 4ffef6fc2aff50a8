"""Samples of the parts that show one request: its opening, messages, history, files, facts. The texts are invented."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from helpdesk.ui_page.shapes import Component, Example
from tickets.explanation import Explanation
from tickets.statuses import Channel
from tickets.thread import Entry, Fact, File, HistoryLine, Opening, channel_tag

NOWHERE = "#"
CUSTOMER, ENGINEER = "Иванова Анна Павловна", "Петрова Е. С."
LONG_NAME = "Журнал сервера приёма телематических данных за ноябрь 2026 года, полный.log.gz"
FILES = [File("журнал.log", 128_000, NOWHERE), File("карта.png", 1_540_000, NOWHERE)]


def correspondence(at: datetime) -> list[Component]:
    """The parts of a request's page, as they read at that moment."""
    kinds = [Example(f"entry.kind = {entry.kind}", {"entry": entry}) for entry in _kinds(at)]
    files = [*FILES, File(LONG_NAME, 24_900_000, NOWHERE, at)]
    return [
        Component("_opening", _("Opening of a ticket"), [Example("opening", {"opening": _opening(at)})]),
        Component("_message", _("Message"), kinds),
        Component("_thread", _("Correspondence"), [Example("entries", {"opening": None, "entries": _thread(at)})]),
        Component("_timeline", _("History"), [Example("lines", {"lines": _history(at)})]),
        Component("_files", _("Files"), [Example("files", {"files": files})]),
        Component("_summary_list", _("Labels and values"), _summary_lists(at)),
        Component("_side_card", _("Card of the side panel"), _side_cards()),
        Component("_copy", _("Copy button"), [Example("value", {"value": "10427"})], is_small=True),
        Component("_details", _("Folded text"), _details()),
        Component("_explanation", _("Why this term"), _explanations()),
    ]


def _opening(at: datetime) -> Opening:
    return Opening(
        author=CUSTOMER,
        at=at - timedelta(days=1, hours=3),
        channel=channel_tag(Channel.EMAIL),
        description="С утра на карте стоят три машины.\nКоординаты не обновляются: https://desk.example/map/4512",
        steps="Открыть карту\nВыбрать машину 4512",
        facts=[
            Fact(_("How often it happens"), _("Always")),
            Fact(_("Server"), "10.1.4.20:8080"),
            Fact(_("Software version"), "4.2.1"),
        ],
        access_words=_("Access given: %(date)s.") % {"date": "23.11.2026"},
        files=FILES,
    )


def _kinds(at: datetime) -> list[Entry]:
    """Each sort of entry, ids of their own."""
    cabinet, mail = channel_tag(Channel.CABINET), channel_tag(Channel.EMAIL)
    body = "Перезагрузили контроллер, связь появилась.\n\nЖурнал приложили."
    reply = "Служба приёма остановилась ночью после обновления. Мы запустили её снова."
    note = "Тот же сбой был у соседнего сервера: смотреть журнал обновлений."
    return [
        Entry("customer", at, id=901, author=CUSTOMER, body=body, channel=mail, files=FILES),
        Entry(
            "customer", at, id=902, author=_("You"), body="Спасибо, координаты приходят.", channel=cabinet, is_mine=True
        ),
        Entry("staff", at, id=903, author=ENGINEER, body=reply, channel=cabinet),
        Entry("note", at, id=904, author=ENGINEER, body=note, channel=cabinet),
        Entry("event", at, words=_("Taken: %(name)s") % {"name": ENGINEER}, icon="hand"),
    ]


def _thread(at: datetime) -> list[Entry]:
    """Two days, with the mark of what is new."""
    before = at - timedelta(days=1)
    return [
        Entry("event", before, words=_("Taken: %(name)s") % {"name": ENGINEER}, icon="hand"),
        Entry("staff", before, id=911, author=ENGINEER, body="Когда координаты приходили в последний раз?"),
        Entry("customer", at, id=912, author=CUSTOMER, body="Вчера в 18:40.", first_new=True),
    ]


def _history(at: datetime) -> list[HistoryLine]:
    told = {"name": ENGINEER}
    sent = _("Confirmation sent to %(address)s") % {"address": "anna@reis.example"}
    return [
        HistoryLine(at, _("Resolved: %(name)s") % told, "circle-check", _("Workaround")),
        HistoryLine(at - timedelta(hours=3), _("Taken: %(name)s") % told, "hand"),
        HistoryLine(at - timedelta(hours=4), sent, "mail", _("The mail server did not take it yet, we keep trying.")),
        HistoryLine(at - timedelta(hours=4), _("Received through the cabinet")),
    ]


def _summary_lists(at: datetime) -> list[Example]:
    plain = [
        Fact(_("Organisation"), "ООО «Рейс»", url=NOWHERE),
        Fact(_("Phone"), "8-3532-373-233", copy=True),
        Fact(_("Received"), moment=at),
        Fact(_("Support level"), "Расширенный", note=_("The contract has ended, days of grace are running")),
        Fact(_("How to connect"), "VPN поддержки,\nзатем 10.1.4.1", pre=True),
    ]
    return [
        Example("rows", {"rows": plain}),
        Example("class = facts-inline", {"rows": plain[:3], "class": "facts-inline"}),
    ]


def _side_cards() -> list[Example]:
    rows = [Fact(_("Organisation"), "ООО «Транс-Ойл»", url=NOWHERE), Fact(_("Taxpayer number (INN)"), "5610000002")]
    customer = {"title": _("Customer"), "icon_name": "building-2", "rows": rows}
    access = {"title": _("Server and access"), "icon_name": "server", "text": _("No access given yet.")}
    return [
        Example("rows", customer),
        Example("warning", {**customer, "warning": _("There is no valid contract")}),
        Example("text", access),
    ]


def _explanations() -> list[Example]:
    lines = [
        "пт, 20 ноября, 17:30–18:00: 30 мин",
        "сб–вс, 21–22 ноября: 2 нерабочих дня",
        "пн, 23 ноября, 9:00–12:30: 3 ч 30 мин",
    ]
    note = _("The calendar for %(year)s is not filled. Terms are counted by a normal week.") % {"year": 2028}
    return [Example("explanation", {"explanation": Explanation(lines, [note])})]


def _details() -> list[Example]:
    told = {"summary": _("Why this term"), "text": "пн, 23 ноября, 9:00–13:00: 4 ч"}
    return [Example("summary, text", told), Example("open", {**told, "open": True})]

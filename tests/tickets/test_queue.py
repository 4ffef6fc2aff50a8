"""The queue as staff see it: rungs and words, tabs, search, paging, and two who press «Взять» at once."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from notifications.models import OutgoingEmail
from tests.cast import MONDAY_TEN, Cast, file_ticket, make_cast, moment
from tests.staff_pages import enter
from tests.tickets.workplace import shown
from tickets import clock, keyset, workflow
from tickets.admin import queue
from tickets.models import Ticket
from tickets.statuses import Channel

QUEUE = "/admin/tickets/ticket/"
NOW = moment("2026-11-23 10:15")


@pytest.fixture(autouse=True)
def at_quarter_past_ten() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def look(user: User, query: str = "") -> Any:
    """The context of the queue, as its template gets it."""
    response = enter(user).get(QUEUE + query)
    assert response.status_code == 200
    return shown(response)


def numbers(page: Any) -> list[int]:
    return [row.number for row in page.rows]


def by_email(ticket: Ticket) -> Ticket:
    """The request as if it had come by e-mail."""
    ticket.channel = Channel.EMAIL
    clock.rank(ticket, ticket.received_at)
    ticket.save()
    return ticket


def six_rungs(cast: Cast) -> list[tuple[Ticket, str]]:
    """Requests on every rung on Monday at 10:15, in the order of 3.6, with the words why. Filed in another order."""
    mail = by_email(file_ticket(cast.clara, at=moment("2026-11-23 09:01")))
    cabinet = file_ticket(cast.anna, at=moment("2026-11-23 09:30"))
    at_risk = file_ticket(cast.anna, at=moment("2026-11-20 16:00"))
    overdue = file_ticket(cast.boris, at=moment("2026-11-20 14:00"))
    grave = file_ticket(cast.clara, at=moment("2026-11-19 10:00"))
    claimed = file_ticket(cast.anna, at=moment("2026-11-23 10:00"), criticality="critical")
    confirmed = file_ticket(cast.anna, at=moment("2026-11-23 09:50"), criticality="critical")
    workflow.confirm_criticality(confirmed, by=cast.elena, at=NOW)
    workflow.flip(at=NOW)
    return [
        (confirmed, "Вне очереди: критическая"),
        (claimed, "Вне очереди: критическая, не подтверждена"),
        (grave, "Просрочена больше чем на срок"),
        (at_risk, "Срок подходит"),
        (overdue, "Срок реакции нарушен"),
        (cabinet, "Личный кабинет, по времени"),
        (mail, "По времени"),
    ]


# --- the order ------------------------------------------------------------------------------------------------------


@pytest.mark.clause("3.6.1")
@pytest.mark.clause("3.6.3")
@pytest.mark.clause("3.6.4")
@pytest.mark.clause("1.3")
@pytest.mark.clause("card.5")
def test_the_queue_stands_on_six_rungs_and_says_why(cast: Cast) -> None:
    expected = six_rungs(cast)
    page = look(cast.elena)
    assert [(row.number, row.why) for row in page.rows] == [(ticket.number, words) for ticket, words in expected]
    assert [row.rung for row in page.rows] == [1, 1, 2, 3, 4, 5, 6]
    assert [row.reaction.state for row in page.rows[2:5]] == ["breaching", "at_risk", "breaching"]


@pytest.mark.clause("card.5")
def test_the_page_prints_the_order_the_words_and_the_title(cast: Cast) -> None:
    expected = six_rungs(cast)
    response = enter(cast.elena).get(QUEUE)
    html = unescape(response.content.decode())
    assert "<title>(3) Очередь" in html
    places = [html.index(f"<b>{ticket.number}</b>") for ticket, _words in expected]
    assert places == sorted(places)
    for _ticket, words in expected:
        assert words in html
    assert "ООО «Транс-Ойл»" in html


@pytest.mark.clause("3.6.1")
def test_requests_of_the_same_instant_stand_by_their_id(cast: Cast) -> None:
    same = [file_ticket(cast.anna, at=MONDAY_TEN) for _ in range(4)]
    assert numbers(look(cast.elena)) == [ticket.number for ticket in same]


@pytest.mark.clause("3.6.1")
def test_a_deadline_of_the_same_instant_stands_by_receipt(cast: Cast) -> None:
    """Both are due on Friday at 18:00 of the same term: one came during the break, one right after it."""
    later = file_ticket(cast.anna, at=moment("2026-11-20 13:50"))
    sooner = file_ticket(cast.anna, at=moment("2026-11-20 13:10"))
    workflow.flip(at=NOW)
    assert later.due_at == sooner.due_at
    assert numbers(look(cast.elena)) == [sooner.number, later.number]


def test_the_strip_names_the_first_untaken_request_and_takes_it(cast: Cast) -> None:
    first, second = six_rungs(cast)[:2]
    page = look(cast.elena)
    assert (page.next_ticket.number, page.next_ticket.why) == (first[0].number, first[1])
    response = enter(cast.elena).post(page.next_ticket.take_url)
    assert response.headers["Location"] == f"{QUEUE}{first[0].number}/change/"
    assert look(cast.elena).next_ticket.number == second[0].number


def test_an_empty_queue_says_so(cast: Cast) -> None:
    page = look(cast.elena)
    assert (page.next_ticket, page.rows, page.empty) == (None, [], "queue")
    assert "Очередь разобрана. Новых заявок нет." in enter(cast.elena).get(QUEUE).content.decode()


# --- tabs -----------------------------------------------------------------------------------------------------------


def spread(cast: Cast) -> dict[str, Ticket]:
    """One request in each place of the queue; all but the first two were taken by Elena."""
    at = MONDAY_TEN

    def taken(by: User = cast.elena) -> Ticket:
        return workflow.take(file_ticket(cast.anna, at=at), by=by, at=at)

    found = {
        "new": file_ticket(cast.anna, at=at),
        "urgent": file_ticket(cast.anna, at=moment("2026-11-20 14:00")),
        "mine": taken(),
        "sergeys": taken(cast.sergey),
        "waiting": workflow.answer(taken(), "Пришлите журнал.", by=cast.elena, at=at, waits_for_customer=True),
        "development": workflow.pass_to_development(taken(), review_date=date(2026, 12, 1), by=cast.elena, at=at),
        "deferred": workflow.defer(
            taken(), ground="insufficient_info", until=date(2026, 12, 1), text="Ждём данных.", by=cast.elena, at=at
        ),
        "resolved": workflow.resolve(
            taken(), kind="failure", component="software", outcome="solved", text="Готово.", by=cast.elena, at=at
        ),
        "closed": workflow.close(taken(), ground="out_of_scope", text="Не наше.", by=cast.elena, at=at),
    }
    workflow.flip(at=NOW)
    return found


@pytest.mark.parametrize(
    ("tab", "held"),
    [
        ("next", {"new", "urgent", "mine"}),
        ("mine", {"mine", "waiting", "development", "deferred"}),
        ("at_risk", {"urgent"}),
        ("waiting", {"waiting"}),
        ("development", {"development"}),
        ("deferred", {"deferred"}),
        ("open", {"new", "urgent", "mine", "sergeys", "waiting", "development", "deferred"}),
        ("closed", {"resolved", "closed"}),
    ],
)
def test_each_tab_holds_its_part_and_counts_it(cast: Cast, tab: str, held: set[str]) -> None:
    tickets = spread(cast)
    page = look(cast.elena, f"?tab={tab}")
    assert set(numbers(page)) == {tickets[name].number for name in held}
    count = dict(zip(queue.TABS, page.tabs, strict=True))[tab].count
    assert count == (None if tab == "closed" else len(held))
    assert [link.current for link in page.tabs].count(True) == 1
    assert page.total_words.startswith(str(len(held)))


def test_the_first_tab_is_what_to_do_next(cast: Cast) -> None:
    spread(cast)
    assert numbers(look(cast.elena)) == numbers(look(cast.elena, "?tab=next"))
    # An operator has no requests of his own: only what nobody has.
    assert len(look(cast.oleg).rows) == 2


def test_a_request_of_an_engineer_who_left_is_everybodys_next(cast: Cast) -> None:
    ticket = workflow.take(file_ticket(cast.anna), by=cast.sergey, at=MONDAY_TEN)
    Ticket.objects.filter(pk=ticket.pk).update(engineer=None)
    assert numbers(look(cast.elena)) == [ticket.number]


def test_the_closed_tab_begins_with_what_is_resolved_then_the_latest_closed(cast: Cast) -> None:
    def closed(at: datetime) -> Ticket:
        ticket = file_ticket(cast.anna, at=at)
        return workflow.close(ticket, ground="out_of_scope", text="Не наше.", by=cast.elena, at=at + timedelta(hours=1))

    old, recent = closed(moment("2026-11-19 10:00")), closed(moment("2026-11-20 10:00"))
    resolved = workflow.resolve(
        file_ticket(cast.anna, at=moment("2026-11-18 10:00")),
        kind="failure",
        component="software",
        outcome="workaround",
        text="Готово.",
        by=cast.elena,
        at=moment("2026-11-18 11:00"),
    )
    page = look(cast.elena, "?tab=closed")
    assert numbers(page) == [resolved.number, recent.number, old.number]
    assert [row.why for row in page.rows] == ["Обходное решение", "Вне рамок поддержки", "Вне рамок поддержки"]


def test_a_row_tells_who_has_it_its_files_and_that_the_customer_waits(cast: Cast) -> None:
    ticket = workflow.answer(file_ticket(cast.anna), "Что на экране?", by=cast.elena, at=MONDAY_TEN)
    assert look(cast.elena).rows[0].unread is False
    workflow.reply(ticket, "Пусто.", by=cast.anna, at=MONDAY_TEN)
    row = look(cast.elena).rows[0]
    assert (row.engineer, row.unread, row.has_files, row.level) == ("Петрова\u00a0Е.\u00a0С.", True, False, "Стандарт")


def test_a_level_that_was_not_promised_is_not_shown(cast: Cast) -> None:
    cast.reis.contracts.update(ends_date=date(2025, 1, 1), grace_days=0)
    file_ticket(cast.anna)
    assert look(cast.elena).rows[0].level is None


# --- search and filter ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["{number}", "№ {number}", "№{number}", "#{number}", "  {number}  "])
def test_a_number_finds_its_request_in_whatever_status(cast: Cast, words: str) -> None:
    ticket = file_ticket(cast.anna)
    file_ticket(cast.anna)
    workflow.close(ticket, ground="out_of_scope", text="Не наше.", by=cast.elena, at=MONDAY_TEN)
    assert numbers(enter_and_search(cast, words.format(number=ticket.number))) == [ticket.number]


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("координаты", True),
        ("КООРДИНАТЫ", True),
        ("транс-ойл", True),
        ("7890", True),
        ("8 (912) 345-78-90", True),
        ("+7 912 345 78 90", True),
        ("345", False),  # too short for a phone, no number
        ("100 %", False),
        ("нет такого", False),
        ("%", False),
        ("_", False),
    ],
)
def test_subject_customer_and_phone_find_a_request(cast: Cast, words: str, is_found: bool) -> None:
    ticket = file_ticket(cast.clara, subject="Пропали координаты", contact_phone="8-912-345-78-90")
    file_ticket(cast.anna, subject="Отчёт пуст", contact_phone="8-3532-373-233")
    assert numbers(enter_and_search(cast, words)) == ([ticket.number] if is_found else [])


def enter_and_search(cast: Cast, words: str) -> Any:
    response = enter(cast.elena).get(QUEUE, {"q": words})
    assert response.status_code == 200
    return shown(response)


def test_a_search_without_a_hit_says_what_was_searched(cast: Cast) -> None:
    response = enter(cast.elena).get(QUEUE, {"q": "<b>зонт"})
    html = response.content.decode()
    assert "Ничего не нашли по запросу «&lt;b&gt;зонт»" in html
    assert "<b>зонт" not in html


@pytest.mark.parametrize("words", ["\x00", "a\x00b", "№", "9" * 40, "²³", "ё" * 5000])
def test_odd_words_find_nothing_and_break_nothing(cast: Cast, words: str) -> None:
    file_ticket(cast.anna)
    assert enter(cast.elena).get(QUEUE, {"q": words}).status_code == 200


def test_the_queue_of_one_customer(cast: Cast) -> None:
    file_ticket(cast.anna)
    ticket = file_ticket(cast.clara)
    page = look(cast.elena, f"?tab=open&customer={cast.oil.pk}")
    assert numbers(page) == [ticket.number]
    assert page.tabs[0].count == 1
    assert all(f"customer={cast.oil.pk}" in link.url for link in page.tabs)
    assert page.reset_url == QUEUE
    assert "Заказчик: ООО «Транс-Ойл»" in enter(cast.elena).get(f"{QUEUE}?customer={cast.oil.pk}").content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "?tab=none",
        "?customer=0",
        "?customer=abc",
        "?customer=-1",
        f"?customer={'9' * 30}",
        f"?customer={'9' * 5000}",
        "?after=x",
        "?after=1~2~3",
        "?after=5~2~3~x",
        "?after=5~2~3~-4",
        "?after=1~999999999999999999~3~4",
        "?after=" + "~".join(["9" * 30] * 4),
        "?tab=closed&after=m~1",
        "?tab=closed&after=n~n",
    ],
)
def test_an_address_that_names_nothing_is_not_found(cast: Cast, query: str) -> None:
    assert enter(cast.elena).get(QUEUE + query).status_code == 404


def test_the_queue_is_only_read(cast: Cast) -> None:
    assert enter(cast.elena).post(QUEUE).status_code == 405


# --- paging ---------------------------------------------------------------------------------------------------------


def walk(user: User, query: str) -> list[int]:
    """The numbers of all pages, by their own links; after the first page a new request arrives at the head."""
    client, url, found = enter(user), QUEUE + query, []
    while url:
        page = shown(client.get(url))
        found += numbers(page)
        url = page.page.next_url
        assert len(found) < 500
    return found


@pytest.mark.clause("3.6.1")
@pytest.mark.parametrize("query", ["?tab=open", "?q=координаты", "?tab=closed"])
def test_paging_shows_every_request_once_in_order(cast: Cast, monkeypatch: pytest.MonkeyPatch, query: str) -> None:
    monkeypatch.setattr(queue, "PAGE", 2)
    for step in range(11):
        ticket = file_ticket(cast.anna, at=MONDAY_TEN - timedelta(minutes=step % 3), criticality="medium")
        if query == "?tab=closed" and step % 4:
            workflow.close(ticket, ground="out_of_scope", text="Нет.", by=cast.elena, at=MONDAY_TEN)
        elif query == "?tab=closed":
            workflow.resolve(
                ticket, kind="other", component="network", outcome="solved", text="Да.", by=cast.elena, at=MONDAY_TEN
            )
    order = {"?tab=open": keyset.QUEUE, "?q=координаты": keyset.LATEST, "?tab=closed": keyset.BY_CLOSING}[query]
    assert walk(cast.elena, query) == [ticket.number for ticket in order.sort(Ticket.objects.all())]


def test_a_request_that_arrives_meanwhile_hides_none_of_the_next_page(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "PAGE", 2)
    known = [file_ticket(cast.anna, at=MONDAY_TEN + timedelta(minutes=step)).number for step in range(4)]
    first = look(cast.elena, "?tab=open")
    file_ticket(cast.anna, at=MONDAY_TEN, criticality="critical")
    second = shown(enter(cast.elena).get(first.page.next_url))
    assert numbers(first) + numbers(second) == known
    assert second.page.next_url is None
    assert second.page.first_url == f"{QUEUE}?tab=open"


def test_neighbours_of_the_same_instant_are_told_apart(cast: Cast) -> None:
    first, middle, last = (file_ticket(cast.anna, at=MONDAY_TEN) for _ in range(3))
    rows = Ticket.objects.open()
    assert keyset.QUEUE.neighbour(rows, middle, backwards=True).get() == first
    assert keyset.QUEUE.neighbour(rows, middle).get() == last
    assert not keyset.QUEUE.neighbour(rows, last).exists()


# --- what it costs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["", "?tab=open", "?tab=closed", "?q=координаты"])
def test_sixty_rows_cost_as_many_queries_as_five(cast: Cast, monkeypatch: pytest.MonkeyPatch, query: str) -> None:
    monkeypatch.setattr(queue, "PAGE", 60)

    def fill(count: int) -> None:
        for step in range(count):
            ticket = file_ticket([cast.anna, cast.clara][step % 2], at=MONDAY_TEN)
            if query == "?tab=closed":
                workflow.close(ticket, ground="out_of_scope", text="Нет.", by=cast.elena, at=MONDAY_TEN)

    def cost(rows: int) -> int:
        client = enter(cast.elena)
        client.get(QUEUE + query)
        with CaptureQueriesContext(connection) as queries:
            page = shown(client.get(QUEUE + query))
        assert len(page.rows) == rows
        return len(queries)

    fill(5)
    few = cost(5)
    fill(55)
    assert cost(60) == few <= 10


def test_even_with_nothing_remembered_the_queue_costs_ten_queries_at_most(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """Another minute has begun: the footer's hours are read again."""
    file_ticket(cast.anna)
    client = enter(cast.elena)
    client.get(QUEUE)
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False), django_assert_max_num_queries(10):
        client.get(QUEUE)


def test_the_open_queue_is_walked_by_its_index(cast: Cast) -> None:
    """Ten thousand rows are not needed to see it: without sequential scans only the index of the order is left."""
    for _ in range(3):
        file_ticket(cast.anna)
    cursor = keyset.QUEUE.cursor(Ticket.objects.in_queue_order()[1])
    rows = keyset.QUEUE.sort(keyset.QUEUE.behind(Ticket.objects.open(), cursor))[:50]
    with connection.cursor() as sql:
        sql.execute("set local enable_seqscan = off")
        sql.execute("set local enable_sort = off")
        sql.execute("set local enable_bitmapscan = off")
    plan = rows.explain()
    assert "queue_rank" in plan
    assert "Index Cond: (ROW(rung, queue_at, received_at, id) > ROW(" in plan
    assert "Sort" not in plan


# --- two at once ----------------------------------------------------------------------------------------------------


@pytest.mark.clause("3.4.1")
@pytest.mark.django_db(transaction=True)
def test_of_two_who_press_take_at_the_same_instant_one_gets_it_and_the_other_her_name() -> None:
    cast = make_cast()
    ticket = file_ticket(cast.anna)
    clients = [enter(cast.elena), enter(cast.sergey)]
    start, answers = threading.Barrier(2), dict[int, Any]()

    def press(index: int) -> None:
        try:
            start.wait(10)
            answers[index] = clients[index].post(f"{QUEUE}{ticket.number}/take/")
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    ticket.refresh_from_db()
    assert sorted(answer.status_code for answer in answers.values()) == [302, 409]
    loser = next(answer for answer in answers.values() if answer.status_code == 409)
    assert ticket.engineer
    assert re.search(f"Уже в работе: {re.escape(ticket.engineer.short_name)}", unescape(loser.content.decode()))
    assert OutgoingEmail.objects.filter(obligation="ticket.taken").count() == 1

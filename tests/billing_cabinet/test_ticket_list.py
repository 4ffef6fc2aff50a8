"""The list: tabs, scope, search, pages; what it finds and what it never does."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.billing_cabinet.pages import closed, enter, later, resolved, text_of
from tests.cast import MONDAY_TEN, Cast, file_ticket
from tickets import workflow
from tickets.models import Ticket

LIST = "/cabinet/tickets/"


def subjects(response: Any) -> list[str]:
    return [row.subject for row in response.context["rows"]]


def counts(response: Any) -> list[int]:
    return [tab.count for tab in response.context["tabs"]]


def four_states(cast: Cast) -> None:
    file_ticket(cast.anna, subject="Новая")
    asked = file_ticket(cast.anna, subject="Ждёт", at=later(1))
    workflow.answer(asked, "Какая версия?", by=cast.elena, at=later(1), waits_for_customer=True)
    resolved(cast, subject="Решена", at=later(2))
    closed(cast, subject="Закрыта", at=later(3))


@pytest.mark.parametrize(
    ("tab", "found"),
    [
        ("", ["Ждёт", "Новая"]),
        ("open", ["Ждёт", "Новая"]),
        ("waiting", ["Ждёт"]),
        ("closed", ["Закрыта", "Решена"]),
        ("all", ["Закрыта", "Решена", "Ждёт", "Новая"]),
        ("no such tab", ["Ждёт", "Новая"]),
    ],
)
def test_a_tab_holds_its_requests_latest_change_first(cast: Cast, tab: str, found: list[str]) -> None:
    four_states(cast)
    response = enter(cast.anna).get(LIST, {"tab": tab} if tab else {})
    assert subjects(response) == found
    assert counts(response) == [2, 1, 2, 4]


def test_the_open_tab_is_marked(cast: Cast) -> None:
    response = enter(cast.anna).get(LIST, {"tab": "closed"})
    assert [tab.current for tab in response.context["tabs"]] == [False, False, True, False]


class TestScope:
    def test_an_administrator_chooses_between_his_own_and_all(self, cast: Cast) -> None:
        file_ticket(cast.anna, subject="Моя")
        file_ticket(cast.boris, subject="Бориса", at=later(1))
        client = enter(cast.anna)
        everything, mine = client.get(LIST), client.get(LIST, {"scope": "mine"})
        assert (subjects(everything), subjects(mine)) == (["Бориса", "Моя"], ["Моя"])
        assert (counts(everything)[0], counts(mine)[0]) == (2, 1)
        assert [scope.current for scope in mine.context["scopes"]] == [True, False]
        assert all("scope=mine" in tab.url for tab in mine.context["tabs"])

    def test_a_member_sees_his_own_and_is_offered_no_choice(self, cast: Cast) -> None:
        file_ticket(cast.anna, subject="Анны")
        file_ticket(cast.boris, subject="Бориса")
        response = enter(cast.boris).get(LIST, {"scope": "all"})
        assert (subjects(response), response.context["scopes"]) == (["Бориса"], None)


class TestPages:
    def fill(self, cast: Cast, number: int = 57) -> None:
        """Many of the same instant: the id decides their order."""
        for i in range(number):
            file_ticket(cast.anna, subject=f"Заявка {i:02}", at=later(i // 10))

    def test_pages_of_25_hold_everything_once_in_order(self, cast: Cast) -> None:
        self.fill(cast)
        client, path, seen, sizes = enter(cast.anna), LIST, [], []
        while path:
            response = client.get(path)
            seen += subjects(response)
            sizes.append(len(subjects(response)))
            path = response.context["page"].next_url
        assert sizes == [25, 25, 7]
        assert seen == [f"Заявка {i:02}" for i in reversed(range(57))]

    def test_what_changes_meanwhile_neither_repeats_nor_hides_others(self, cast: Cast) -> None:
        self.fill(cast, 30)
        client = enter(cast.anna)
        first = client.get(LIST)
        file_ticket(cast.anna, subject="Только что", at=later(9))
        second = client.get(first.context["page"].next_url)
        assert subjects(second) == [f"Заявка {i:02}" for i in (4, 3, 2, 1, 0)]

    def test_a_later_page_leads_back_to_the_start(self, cast: Cast) -> None:
        self.fill(cast, 26)
        client = enter(cast.anna)
        first = client.get(LIST, {"tab": "all"})
        assert first.context["page"].first_url is None
        second = client.get(first.context["page"].next_url)
        assert second.context["page"].first_url == f"{LIST}?tab=all"
        assert second.context["page"].next_url is None

    def test_exactly_25_are_one_page(self, cast: Cast) -> None:
        self.fill(cast, 25)
        assert enter(cast.anna).get(LIST).context["page"].next_url is None

    @pytest.mark.parametrize(
        "place",
        ["", "~", "abc", "1~2~3", "-1~5", f"{10**18}~1", f"{10**17}~{10**17}", "9" * 400, "\x00", "1~\u0661", "n~1"],
    )
    def test_a_place_that_is_none_shows_the_first_page(self, cast: Cast, place: str) -> None:
        self.fill(cast, 3)
        response = enter(cast.anna).get(LIST, {"after": place})
        assert response.status_code == 200
        assert subjects(response) == ["Заявка 02", "Заявка 01", "Заявка 00"]

    def test_a_place_opens_nothing_of_others(self, cast: Cast) -> None:
        for i in range(26):
            file_ticket(cast.clara, subject=f"Чужая {i}")
        theirs = enter(cast.clara).get(LIST).context["page"].next_url
        assert subjects(enter(cast.anna).get(theirs)) == []


class TestSearch:
    @pytest.mark.parametrize(
        "query", ["4512", "КООРДИНАТЫ", "трёх машин", "индикатор", "Горит красным", "  не   приходят "]
    )
    def test_it_looks_into_subject_description_and_correspondence(self, cast: Cast, query: str) -> None:
        ticket = file_ticket(cast.anna)
        file_ticket(cast.anna, subject="Другое", description="Совсем")
        workflow.answer(ticket, "Горит ли индикатор?", by=cast.elena, at=MONDAY_TEN)
        workflow.reply(ticket, "Горит красным", by=cast.anna, at=MONDAY_TEN)
        assert subjects(enter(cast.anna).get(LIST, {"q": query})) == [ticket.subject]

    @pytest.mark.parametrize("pattern", ["{}", "№ {}", "№{}", "#{}", "[#{}]", " {} "])
    def test_it_finds_a_number_however_it_is_written(self, cast: Cast, pattern: str) -> None:
        ticket = closed(cast, subject="Старая")
        file_ticket(cast.anna)
        assert subjects(enter(cast.anna).get(LIST, {"q": pattern.format(ticket.number)})) == ["Старая"]

    def test_it_never_reaches_a_note(self, cast: Cast) -> None:
        ticket = workflow.take(file_ticket(cast.anna), by=cast.elena, at=MONDAY_TEN)
        workflow.note(ticket, "Клиент путает антенну", by=cast.elena, at=MONDAY_TEN)
        response = enter(cast.anna).get(LIST, {"q": "путает"})
        assert (subjects(response), counts(response)) == ([], [0, 0, 0, 0])

    def test_it_never_reaches_what_others_may_see(self, cast: Cast) -> None:
        ticket = file_ticket(cast.clara)
        workflow.answer(ticket, "Горит ли индикатор?", by=cast.elena, at=MONDAY_TEN)
        file_ticket(cast.anna, subject="Координаты Анны")
        assert subjects(enter(cast.anna).get(LIST, {"q": "индикатор"})) == []
        assert subjects(enter(cast.boris).get(LIST, {"q": "координаты"})) == []
        assert subjects(enter(cast.anna).get(LIST, {"q": str(ticket.number)})) == []

    @pytest.mark.parametrize("query", ["%", "_", "100%", "\\", "'", "a' OR 1=1 --"])
    def test_signs_stand_for_themselves(self, cast: Cast, query: str) -> None:
        file_ticket(cast.anna, subject="Ничего такого")
        file_ticket(cast.anna, subject=f"Здесь {query} есть")
        assert subjects(enter(cast.anna).get(LIST, {"q": query})) == [f"Здесь {query} есть"]

    @pytest.mark.parametrize("query", ["\x00", "\u202e", "9" * 500, "№", "#", "²", "١٢٣"])
    def test_what_means_nothing_does_no_harm(self, cast: Cast, query: str) -> None:
        file_ticket(cast.anna)
        assert enter(cast.anna).get(LIST, {"q": query}).status_code == 200

    def test_it_looks_into_all_tabs_unless_one_is_chosen(self, cast: Cast) -> None:
        four_states(cast)
        client = enter(cast.anna)
        assert subjects(client.get(LIST, {"q": "трёх машин"})) == ["Закрыта", "Решена", "Ждёт", "Новая"]
        narrowed = client.get(LIST, {"q": "Решена", "tab": "open"})
        assert (subjects(narrowed), counts(narrowed)) == ([], [0, 0, 1, 1])

    def test_tabs_pages_and_scopes_keep_the_search(self, cast: Cast) -> None:
        for i in range(26):
            file_ticket(cast.anna, subject=f"Антенна & кабель {i}")
        response = enter(cast.anna).get(LIST, {"q": "Антенна & кабель"})
        links = [tab.url for tab in response.context["tabs"]] + [scope.url for scope in response.context["scopes"]]
        for link in [*links, response.context["page"].next_url]:
            assert "q=%D0%90%D0%BD%D1%82%D0%B5%D0%BD%D0%BD%D0%B0+%26+" in link
        assert subjects(enter(cast.anna).get(response.context["page"].next_url)) == ["Антенна & кабель 0"]


class TestEmpty:
    def test_nothing_was_ever_filed(self, cast: Cast) -> None:
        assert "No tickets yet New ticket" in text_of(enter(cast.anna).get(LIST))

    def test_the_tab_is_empty(self, cast: Cast) -> None:
        closed(cast)
        assert "No tickets match these filters. Reset filters" in text_of(enter(cast.anna).get(LIST))

    def test_the_scope_is_empty(self, cast: Cast) -> None:
        file_ticket(cast.boris)
        page = text_of(enter(cast.anna).get(LIST, {"scope": "mine"}))
        assert "No tickets match these filters. Reset filters" in page

    def test_the_search_found_nothing(self, cast: Cast) -> None:
        file_ticket(cast.anna)
        page = text_of(enter(cast.anna).get(LIST, {"q": "Сатурн"}))
        assert "Nothing found for “Сатурн”. Check the number or change the words. Reset filters" in page


def test_a_row_says_everything_about_its_request(cast: Cast) -> None:
    ticket = file_ticket(cast.boris)
    page = text_of(enter(cast.anna).get(LIST))
    for words in (
        f"No. {ticket.number}",
        ticket.subject,
        "Received",
        "4 h left",
        "Medium",
        "Борисов Б. Б.",
        "today, 10:00",
    ):
        assert words in page


def test_a_deferred_request_says_when_we_come_back_to_it(cast: Cast) -> None:
    ticket = workflow.take(file_ticket(cast.anna), by=cast.elena, at=MONDAY_TEN)
    workflow.defer(ticket, ground="out_of_scope", until=date(2026, 12, 1), text="Позже", by=cast.elena, at=MONDAY_TEN)
    assert "Deferred, back on 1 December" in text_of(enter(cast.anna).get(LIST))


def test_a_note_does_not_move_a_request_up(cast: Cast) -> None:
    first = file_ticket(cast.anna, subject="Первая")
    file_ticket(cast.anna, subject="Вторая", at=later(1))
    workflow.note(first, "Для своих", by=cast.elena, at=later(2))
    assert subjects(enter(cast.anna).get(LIST)) == ["Вторая", "Первая"]
    assert Ticket.objects.get(pk=first.pk).updated_at == MONDAY_TEN

"""The moves of the workplace: what each button does, and what happens to bad input and late clicks."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine

from tests.cast import Cast, file_ticket, moment
from tests.staff_pages import enter
from tests.tickets.workplace import (
    NOW,
    RESOLUTION,
    TOMORROW,
    errors,
    letters,
    look,
    press,
    taken,
    text_of,
    url,
)
from tickets import workflow
from tickets.statuses import GROUND_TEXTS, Status

pytestmark = pytest.mark.usefixtures("at_half_past_ten")


# --- taking ---------------------------------------------------------------------------------------------------------


@pytest.mark.clause("3.4.1")
def test_taking_brings_to_the_workplace_and_tells_the_customer_once(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    assert look(cast.elena, ticket).take == {"url": url(ticket, "take")}
    response = press(cast.elena, ticket, "take")
    assert (response.status_code, response.headers["Location"]) == (302, url(ticket))
    assert (ticket.status, ticket.engineer, ticket.reacted_at) == (Status.IN_PROGRESS, cast.elena, NOW)
    press(cast.elena, ticket, "take")
    assert len(letters("taken")) == 1
    assert look(cast.elena, ticket).take is None


def test_who_comes_late_sees_who_has_it(cast: Cast) -> None:
    ticket = taken(cast)
    response = press(cast.sergey, ticket, "take")
    assert response.status_code == 409
    assert "Уже в работе: Петрова Е. С." in text_of(response)
    assert ticket.engineer == cast.elena


def test_the_page_says_what_was_done(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    response = enter(cast.elena).post(url(ticket, "take"), follow=True)
    html = text_of(response)
    assert "Готово." in html
    assert f"Заявка № {ticket.number} взята в работу." in html


# --- development ----------------------------------------------------------------------------------------------------


def test_passing_to_development_tells_the_customer_if_wished(cast: Cast) -> None:
    ticket = taken(cast)
    ready = look(cast.elena, ticket)
    form = next(move.form for move in ready.moves if move.code == "develop")
    assert form.initial["text"].startswith("Мы передали заявку в отдел разработки.")
    press(cast.elena, ticket, "develop", task=" DEV-17 ", review_date=TOMORROW, notify="on", text="Передали.")
    assert (ticket.status, ticket.development_task, ticket.review_date) == (
        Status.DEVELOPMENT, "DEV-17", date(2026, 11, 24),
    )  # fmt: skip
    assert len(letters("development")) == 1


def test_passing_to_development_may_stay_inside(cast: Cast) -> None:
    ticket = taken(cast)
    press(cast.elena, ticket, "develop", review_date=TOMORROW, text="Передали.")
    assert ticket.status == Status.DEVELOPMENT
    assert letters("development") == []
    assert press(cast.elena, ticket, "back").status_code == 302
    assert ticket.status == Status.IN_PROGRESS


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"text": "Передали."}, {"review_date": ["Введите дату не раньше завтрашней"]}),
        ({"review_date": TOMORROW, "notify": "on"}, {"text": ["Напишите текст заказчику"]}),
        (
            {"review_date": TOMORROW, "notify": "on", "text": "Номер …"},
            {"text": ["Допишите текст вместо многоточия"]},
        ),
    ],
)
def test_development_needs_a_day_and_what_is_told(
    cast: Cast, fields: dict[str, str], expected: dict[str, list[str]]
) -> None:
    ticket = taken(cast)
    response = press(cast.elena, ticket, "develop", **fields)
    assert response.status_code == 422
    assert errors(response, "develop") == expected
    assert ticket.status == Status.IN_PROGRESS


# --- putting off and closing: the grounds of 3.8 --------------------------------------------------------------------

GROUNDS = [
    pytest.param("not_reproducible", "невозможно повторить описанную проблему", marks=pytest.mark.clause("3.8.3")),
    pytest.param(
        "insufficient_info",
        "пользователь не может предоставить достаточно исходной информации",
        marks=pytest.mark.clause("3.8.4"),
    ),
    pytest.param(
        "requirements_violated",
        "пользователь выполняет действия в нарушение технических требований",
        marks=pytest.mark.clause("3.8.5"),
    ),
    pytest.param("out_of_scope", "вопрос выходит за рамки технической поддержки", marks=pytest.mark.clause("3.8.6")),
]


@pytest.mark.parametrize(("ground", "words"), GROUNDS)
def test_the_grounds_of_the_regulation_put_off_and_close(cast: Cast, ground: str, words: str) -> None:
    ticket = taken(cast)
    html = text_of(enter(cast.elena).get(url(ticket))).lower()
    assert html.count(f'<span class="hint">{words}') == 2  # in the panels of both moves
    press(cast.elena, ticket, "defer", reason=ground, until="1.12.2026", text="Вернёмся к этому.")
    assert (ticket.status, ticket.ground, ticket.deferred_until_date) == (Status.DEFERRED, ground, date(2026, 12, 1))
    assert look(cast.elena, ticket).notice.title == "Отложена, вернёмся 1\u00a0декабря"
    press(cast.elena, ticket, "close", reason=ground, text="Закрываем.")
    assert (ticket.status, ticket.ground, ticket.outcome) == (Status.CLOSED, ground, "")
    assert len(letters("deferred")) == len(letters("closed")) == 1


@pytest.mark.parametrize(("ground", "words"), GROUNDS)
def test_a_text_left_empty_is_filled_with_the_ready_one_and_sent_only_when_seen(
    cast: Cast, ground: str, words: str
) -> None:
    ticket = taken(cast)
    response = press(cast.elena, ticket, "close", reason=ground, text="")
    assert response.status_code == 422
    assert errors(response, "close") == {"text": ["Проверьте готовый текст и отправьте ещё раз"]}
    assert str(GROUND_TEXTS[ground])[:40] in text_of(response)
    assert ticket.status == Status.IN_PROGRESS


@pytest.mark.parametrize("ground", ["insufficient_info", "requirements_violated", "out_of_scope"])
@pytest.mark.parametrize("verb", ["defer", "close"])
def test_a_ready_text_with_its_gap_is_not_sent(cast: Cast, ground: str, verb: str) -> None:
    ticket = taken(cast)
    response = press(cast.elena, ticket, verb, reason=ground, until=TOMORROW, text=str(GROUND_TEXTS[ground]))
    assert response.status_code == 422
    assert errors(response, verb) == {"text": ["Допишите текст вместо многоточия"]}
    assert ticket.status == Status.IN_PROGRESS


@pytest.mark.parametrize("verb", ["defer", "close"])
def test_another_reason_is_for_seniors_with_words_of_their_own(cast: Cast, verb: str) -> None:
    ticket = taken(cast)
    told = {"reason": "other", "until": TOMORROW, "text": "По просьбе заказчика."}
    response = press(cast.elena, ticket, verb, **told)
    assert response.status_code == 422
    assert errors(response, verb) == {"reason": ["Выберите причину"]}
    assert "Иная причина" not in text_of(enter(cast.elena).get(url(ticket)))
    assert "Иная причина" in text_of(enter(cast.sergey).get(url(ticket)))
    empty = press(cast.sergey, ticket, verb, **{**told, "text": ""})
    assert errors(empty, verb) == {"text": ["Напишите текст заказчику"]}
    assert press(cast.sergey, ticket, verb, **told).status_code == 302
    assert ticket.ground == "other"


@pytest.mark.parametrize(
    ("until", "words"),
    [
        ("", "Введите дату не раньше завтрашней"),
        ("23.11.2026", "Введите дату не раньше завтрашней"),
        ("1.1.2020", "Введите дату не раньше завтрашней"),
        ("1.12.2062", "Введите дату в пределах года от сегодняшнего дня"),
        ("31.02.2027", "Введите дату как день.месяц.год, например 30.11.2026"),
        ("завтра", "Введите дату как день.месяц.год, например 30.11.2026"),
        ("9" * 400, "Введите дату как день.месяц.год, например 30.11.2026"),
    ],
)
def test_a_day_that_cannot_be_is_refused(cast: Cast, until: str, words: str) -> None:
    ticket = taken(cast)
    response = press(cast.elena, ticket, "defer", reason="not_reproducible", until=until, text="Вернёмся.")
    assert response.status_code == 422
    assert errors(response, "defer") == {"until": [words]}
    assert "Вернёмся." in text_of(response)
    assert ticket.status == Status.IN_PROGRESS


@pytest.mark.parametrize("until", ["24.11.2026", "24.11.26", "2026-11-24", " 24.11.2026 "])
def test_tomorrow_is_the_first_day_in_any_usual_spelling(cast: Cast, until: str) -> None:
    ticket = taken(cast)
    press(cast.elena, ticket, "defer", reason="not_reproducible", until=until, text="Вернёмся.")
    assert ticket.deferred_until_date == date(2026, 11, 24)


def test_tomorrow_is_counted_where_the_desk_works(cast: Cast) -> None:
    """At five to midnight in Orenburg it is still the 23rd, in UTC too; five minutes later only here it is the 24th."""
    ticket = taken(cast)
    with time_machine.travel(moment("2026-11-24 00:05"), tick=False):
        told = {"reason": "not_reproducible", "text": "Вернёмся."}
        assert press(cast.elena, ticket, "defer", until="24.11.2026", **told).status_code == 422
        assert press(cast.elena, ticket, "defer", until="25.11.2026", **told).status_code == 302


@pytest.mark.parametrize("reason", ["", "nonsense", "resolved"])
@pytest.mark.parametrize("verb", ["defer", "close"])
def test_a_reason_must_be_one_of_the_list(cast: Cast, verb: str, reason: str) -> None:
    ticket = taken(cast)
    response = press(cast.elena, ticket, verb, reason=reason, until=TOMORROW, text="Так вышло.")
    assert response.status_code == 422
    assert errors(response, verb) == {"reason": ["Выберите причину"]}


@pytest.mark.parametrize("outcome", ["solved", "workaround", "consulted", "withdrawn", "duplicate", "misdirected"])
def test_a_request_may_be_closed_with_an_outcome(cast: Cast, outcome: str) -> None:
    ticket = taken(cast)
    press(cast.elena, ticket, "close", reason=outcome, text="Закрываем.")
    assert (ticket.status, ticket.outcome, ticket.ground) == (Status.CLOSED, outcome, "")


def test_an_outcome_is_no_ground_to_put_off(cast: Cast) -> None:
    assert press(cast.elena, taken(cast), "defer", reason="solved", until=TOMORROW, text="Так.").status_code == 422


# --- resolving ------------------------------------------------------------------------------------------------------


@pytest.mark.clause("1.3")
@pytest.mark.clause("2.1")
@pytest.mark.clause("2.3")
def test_a_request_is_resolved_with_its_qualification(cast: Cast) -> None:
    ticket = taken(cast)
    assert press(cast.elena, ticket, "resolve", **RESOLUTION).status_code == 302
    assert (ticket.status, ticket.kind, ticket.component, ticket.outcome) == (
        Status.RESOLVED, "failure", "controller", "workaround",
    )  # fmt: skip
    assert "Прошивка откатана." in letters("resolved")[0].text_body
    assert {fact.label: fact.value for fact in look(cast.elena, ticket).qualification} == {
        "Вид": "Отказ", "Компонент": "Бортовой контроллер", "Итог": "Обходное решение",
    }  # fmt: skip


@pytest.mark.clause("1.3")
@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("kind", "Выберите вид обращения"),
        ("component", "Выберите, к чему относится заявка"),
        ("outcome", "Выберите итог"),
        ("text", "Напишите, что сделано"),
    ],
)
def test_nothing_of_the_qualification_may_be_missing(cast: Cast, missing: str, words: str) -> None:
    ticket = taken(cast)
    response = press(cast.elena, ticket, "resolve", **{**RESOLUTION, missing: ""})
    assert response.status_code == 422
    assert errors(response, "resolve") == {missing: [words]}
    assert ticket.status == Status.IN_PROGRESS
    assert '<details class="move" data-menu name="move" open>' in text_of(response)


@pytest.mark.clause("3.8.2")
def test_a_new_request_may_be_resolved_at_once_and_is_taken_by_that(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    press(cast.elena, ticket, "resolve", **RESOLUTION)
    assert (ticket.status, ticket.engineer, ticket.reacted_at) == (Status.RESOLVED, cast.elena, NOW)


@pytest.mark.parametrize("verb", ["develop", "defer", "resolve", "close"])
def test_a_move_that_a_colleague_made_impossible_says_so_and_keeps_the_text(cast: Cast, verb: str) -> None:
    ticket = taken(cast)
    workflow.resolve(ticket, **RESOLUTION, by=cast.sergey, at=NOW)
    workflow.close_by_customer(ticket, by=cast.anna, at=NOW)
    told = {"reason": "out_of_scope", "until": TOMORROW, "review_date": TOMORROW, "notify": "on"}
    response = press(cast.elena, ticket, verb, **{**RESOLUTION, **told, "text": "Мой длинный текст."})
    assert response.status_code == 409
    html = text_of(response)
    assert f"Заявка № {ticket.number}" in html
    assert "«Закрыта»" in html
    assert "Мой длинный текст." in html
    assert ticket.status == Status.CLOSED


# --- criticality ----------------------------------------------------------------------------------------------------


@pytest.mark.clause("3.6.4")
def test_an_engineer_confirms_what_the_customer_claims_to_be_critical(cast: Cast) -> None:
    ticket = file_ticket(cast.anna, criticality="critical")
    page = look(cast.elena, ticket)
    assert "confirm" in {move.code for move in page.moves}
    assert page.ticket.criticality == "Критическая, не подтверждена"
    press(cast.elena, ticket, "confirm")
    assert ticket.criticality_confirmed_at == NOW
    page = look(cast.elena, ticket)
    assert "confirm" not in {move.code for move in page.moves}
    assert page.why == "Вне очереди: критическая"

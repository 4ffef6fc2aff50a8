"""The reaction report as managers see it, print it and take it along."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from customers.models import Contract
from tests.cast import Cast, file_ticket, make_customer, make_person, moment
from tests.content.test_spreadsheets import ATTACKS
from tests.staff_pages import enter
from tickets import workflow
from tickets.admin import report_address
from tickets.models import Breach, BreachAnnulment, Ticket
from tickets.reports import csv_file, xlsx_file
from tickets.reports import lines as report_lines

REPORT = "/admin/reports/reaction/"
NOW = moment("2026-12-07 12:00")
NBSP = "\u00a0"


@pytest.fixture(autouse=True)
def on_a_monday_of_december() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def contract_of(cast: Cast) -> Contract:
    return Contract.objects.get(customer=cast.reis)


def address(about: Contract | None = None, file: str = "", **told: Any) -> str:
    asked = {"month": "2026-11", **({"contract": str(about.pk)} if about else {}), **told}
    return f"{REPORT}{file}?" + "&".join(f"{name}={value}" for name, value in asked.items())


def get(cast: Cast, path: str) -> Any:
    """What Maria is answered."""
    return enter(cast.maria).get(path)


def look(cast: Cast, path: str, *, status: int = 200) -> str:
    response = get(cast, path)
    assert response.status_code == status
    return unescape(response.content.decode()).replace(NBSP, " ")


def words(html: str) -> str:
    """What somebody reads on the page."""
    main = re.sub(r"<(script|svg|select).*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def rows_of(response: Any) -> list[list[str]]:
    text = body(response).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))


def book_of(response: Any) -> Any:
    return openpyxl.load_workbook(io.BytesIO(body(response)))


def november(cast: Cast) -> dict[str, Ticket]:
    """One request of each result, of Анна's organisation; one of Клара's; one without a promise."""
    took = {
        "in_time": file_ticket(cast.anna, at=moment("2026-11-23 10:00"), subject="Нет связи с сервером"),
        "late": file_ticket(
            cast.anna, at=moment("2026-11-20 17:30"), subject="Датчик топлива врёт", criticality="high"
        ),
        "annulled": file_ticket(cast.anna, at=moment("2026-11-24 10:00"), subject="Не строится отчёт"),
        "withdrawn": file_ticket(cast.anna, at=moment("2026-11-25 10:00"), subject="Забыли пароль"),
        "unanswered": file_ticket(cast.anna, at=moment("2026-11-30 17:59"), subject="Последняя в ноябре"),
        "other": file_ticket(cast.clara, at=moment("2026-11-23 11:00"), subject="Секрет Транс-Ойла"),
    }
    workflow.take(took["in_time"], by=cast.elena, at=moment("2026-11-23 10:25"))
    workflow.answer(took["in_time"], "Смотрим", by=cast.elena, at=moment("2026-11-23 11:00"))
    workflow.take(took["late"], by=cast.elena, at=moment("2026-11-23 15:10"))
    workflow.take(took["annulled"], by=cast.elena, at=moment("2026-11-24 16:30"))
    breach = Breach.objects.get(ticket=took["annulled"])
    BreachAnnulment.objects.create(breach=breach, reason="Авария\nна узле", by=cast.sergey, at=NOW)
    workflow.close_by_customer(took["withdrawn"], by=cast.anna, at=moment("2026-11-25 10:05"))
    return took


# --- who may --------------------------------------------------------------------------------------------------------

FILES = ["", "csv/", "xlsx/"]


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("role", list(Role))
def test_managers_and_administrators_open_the_report_and_nobody_else(cast: Cast, role: Role, file: str) -> None:
    november(cast)
    person = make_person("Ролин Роль", f"{role.value}@roles.example", role)
    for path in (address(file=file), address(contract_of(cast), file)):
        response = enter(person).get(path)
        expected = 200 if role in {Role.MANAGER, Role.ADMINISTRATOR} else 403
        assert response.status_code == expected, (role, path)
        if expected == 403:
            assert "Ваша роль этого не позволяет" in response.content.decode()
        else:
            body(response) if response.streaming else None


@pytest.mark.parametrize("file", FILES)
def test_customers_and_strangers_do_not(cast: Cast, file: str) -> None:
    path = address(contract_of(cast), file)
    assert enter(cast.anna.user).get(path).status_code == 403
    response = Client().get(path)
    assert response.status_code == 302
    assert unquote(response.headers["Location"]).startswith("/accounts/login/?next=/admin/reports/")


@pytest.mark.parametrize("file", FILES)
def test_a_report_is_only_read(cast: Cast, file: str) -> None:
    assert enter(cast.maria).post(address(file=file)).status_code == 405


def test_the_header_leads_there_only_who_may_go(cast: Cast) -> None:
    link = f'href="{REPORT}"'
    assert link in get(cast, "/admin/tickets/ticket/").content.decode()
    assert link in get(cast, "/admin/customers/customer/").content.decode()
    for person in (cast.elena, cast.sergey, cast.oleg):
        assert link not in enter(person).get("/admin/tickets/ticket/").content.decode()


# --- the page -------------------------------------------------------------------------------------------------------


@pytest.mark.clause("3.6.2")
@pytest.mark.clause("3.5b.2")
def test_the_page_of_a_contract_says_how_each_request_was_kept(cast: Cast) -> None:
    took = november(cast)
    html = look(cast, address(contract_of(cast)))
    table = html[html.index("<tbody>") : html.index("</tbody>")]
    assert [words(row) for row in table.split("<tr>")[1:]] == [
        f"{took['late'].number} Датчик топлива врёт Высокая · Личный кабинет "
        "20.11.2026, 17:30 23.11.2026, 12:30 23.11.2026, 15:10 — 5 ч 40 мин Позже на 1 ч 40 мин",
        f"{took['in_time'].number} Нет связи с сервером Средняя · Личный кабинет "
        "23.11.2026, 10:00 23.11.2026, 15:00 23.11.2026, 10:25 23.11.2026, 11:00 25 мин В срок",
        f"{took['annulled'].number} Не строится отчёт Средняя · Личный кабинет "
        "24.11.2026, 10:00 24.11.2026, 15:00 24.11.2026, 16:30 — 5 ч 30 мин Нарушение аннулировано "
        "Позже на 1 ч 30 мин. Авария на узле",
        f"{took['withdrawn'].number} Забыли пароль Средняя · Личный кабинет "
        "25.11.2026, 10:00 25.11.2026, 15:00 — — — Отозвана до реакции",
        f"{took['unanswered'].number} Последняя в ноябре Средняя · Личный кабинет "
        "30.11.2026, 17:59 01.12.2026, 12:59 — — — Реакции нет, просрочена на 31 ч 1 мин",
    ]
    figures = words(html[html.index('<dl class="figures">') : html.index("Мало данных")])
    assert figures == (
        "Поступило 5 В срок 1 С опозданием 2 Аннулировано 1 Срок идёт 0 Отозвано 1 Доля в срок 33,3 % "
        "Медиана реакции 5 ч 30 мин 9 из 10 реакций, не дольше 5 ч 40 мин Наибольшее опоздание 31 ч 1 мин"
    )
    assert "Мало данных: 3 реакции" in html
    assert "Секрет Транс-Ойла" not in html


def test_the_overview_lists_the_contracts_and_tells_the_uncovered_apart(cast: Cast) -> None:
    november(cast)
    stray = make_customer("ООО «Без договора»", None)
    file_ticket(cast.boris, at=moment("2026-11-26 10:00"))
    Ticket.objects.filter(author=cast.boris.user).update(customer=stray, is_term_promised=False)
    html = look(cast, address())
    rows = [words(row) for row in html[html.index("<tbody>") : html.index("</tbody>")].split("<tr>")[1:]]
    assert rows == [
        f"ООО «Рейс» № {contract_of(cast).number} Стандарт 5 1 2 1 0 1 33,3 % 5 ч 30 мин 5 ч 40 мин",
        f"ООО «Транс-Ойл» № {cast.oil.pk}/2026 Стандарт 1 0 1 0 0 0 0 % — —",
    ]
    assert "Вне договоров 1 заявка" in html
    assert f'href="{address(contract_of(cast))}"' in html


def test_without_a_month_it_is_the_last_one_that_is_over(cast: Cast) -> None:
    november(cast)
    assert "Ноябрь 2026" in look(cast, REPORT)
    with time_machine.travel(moment("2027-01-01 00:00"), tick=False):
        assert '<p class="report-month">Декабрь 2026</p>' in look(cast, REPORT)


def test_empty_states_say_what_is_missing(cast: Cast) -> None:
    contract = contract_of(cast)
    assert "За этот период заявок не было." in look(cast, address())
    assert "За этот период заявок не было." in look(cast, address(contract))
    early = look(cast, address(contract, month="2024-12"))
    assert "В этом месяце по договору не было ни одного дня обслуживания." in early
    assert f'<option value="{contract.pk}" selected>' in early
    ticket = file_ticket(cast.anna, at=moment("2026-11-23 10:00"))
    Ticket.objects.filter(pk=ticket.pk).update(is_term_promised=False)
    assert "В дни договора поступила ещё 1 заявка без обещанного срока." in look(cast, address(contract))
    Contract.objects.update(ends_date=date(2025, 12, 31), grace_days=0)
    assert "В этом месяце договоры не действовали." in look(cast, address())
    for path in (address(), address(contract)):
        assert "Скачать" not in look(cast, path)


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"month": "2026-13"}, "«2026-13» — не месяц. Укажите год и месяц, например 2026-11."),
        ({"month": "<b>"}, "«<b>» — не месяц."),
        ({"month": "2027-01"}, "Месяц 2027-01 ещё не наступил. Выберите более ранний."),
        ({"contract": "0"}, "Такого договора нет. Выберите договор из списка."),
        ({"contract": "первый"}, "Такого договора нет."),
        ({"contract": "９"}, "Такого договора нет."),
        ({"contract": "9" * 30}, "Такого договора нет."),
    ],
)
def test_what_cannot_be_reported_is_answered_with_a_sentence(
    cast: Cast, told: dict[str, Any], sentence: str, file: str
) -> None:
    html = look(cast, address(file=file, **told), status=422)
    assert sentence in html
    assert 'role="alert"' in html
    assert "<title>Ошибка: " in html
    assert '<select id="report-month"' in html


@pytest.mark.parametrize("after", ["x", "1~2~3", "99999999999999999999~1"])
def test_a_place_that_is_none_is_answered_with_a_sentence(cast: Cast, after: str) -> None:
    november(cast)
    for contract in (None, contract_of(cast)):
        assert "Такого места в списке нет." in look(cast, address(contract, after=after), status=422)


def test_long_lists_have_pages_and_one_page_for_paper(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_address, "PAGE", 2)
    monkeypatch.setattr("tickets.admin.reports.PAGE", 2)
    took = november(cast)
    numbers = sorted((t for name, t in took.items() if name != "other"), key=lambda ticket: ticket.received_at)
    path, pages, found = address(contract_of(cast)), 0, []
    while path:
        context = get(cast, path).context_data
        found += [row.number for row in context["lines"]]
        path, pages = context["page"].next_url, pages + 1
        assert "all=1" in context["whole_url"]
    assert (found, pages) == ([ticket.number for ticket in numbers], 3)
    whole = get(cast, context["whole_url"]).context_data
    assert [row.number for row in whole["lines"]] == found
    assert (whole["page"].next_url, whole["whole_url"]) == (None, None)
    make_customer("ООО «Третий»", cast.standard)
    first = get(cast, address()).context_data
    second = get(cast, first["page"].next_url).context_data
    assert [len(first["overview"]), len(second["overview"]), second["page"].next_url] == [2, 1, None]


def test_the_page_asks_the_same_number_of_questions_whatever_it_shows(cast: Cast) -> None:
    november(cast)
    client = enter(cast.maria)

    def asked(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            response = client.get(path)
            assert response.status_code == 200
            if response.streaming:
                body(response)
        return sum(not query["sql"].startswith(("SAVEPOINT", "RELEASE")) for query in captured)  # of the tests only

    paths = [address(about, file) for about in (None, contract_of(cast)) for file in FILES]
    for path in paths:
        asked(path)
    few = {path: asked(path) for path in paths}
    for n in range(15):
        file_ticket(cast.anna, at=moment(f"2026-11-26 11:{n:02}"))
        make_customer(f"ООО «{n}»", cast.standard)
    assert {path: asked(path) for path in paths} == few
    assert max(few.values()) <= 10, few


def test_the_page_obeys_the_strict_policy_and_speaks_english_to_whom_it_should(cast: Cast) -> None:
    november(cast)
    cast.maria.language = "en"
    cast.maria.save()
    html = look(cast, address(contract_of(cast)))
    assert not re.search(r"<[^>]+\s(style|on[a-z]+)\s*=", html)
    for sentence in ("Reaction report", "Late by 1 h 40 min", "Breach annulled", "Download CSV", "Not enough data: 3"):
        assert sentence in html
    rows = rows_of(get(cast, address(contract_of(cast), "csv/")))
    assert rows[0][1] == "Subject"
    assert {row[9] for row in rows[1:]} == {"In time", "Late", "Breach annulled", "Withdrawn before a reaction"}


# --- CSV ------------------------------------------------------------------------------------------------------------


def test_csv_opens_in_russian_excel_and_says_what_the_page_says(cast: Cast) -> None:
    took = november(cast)
    response = get(cast, address(contract_of(cast), "csv/"))
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "no-store" in response.headers["Cache-Control"]
    raw = body(response)
    assert raw.startswith("\ufeff№;Тема;".encode())
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert rows[0] == [
        "№", "Тема", "Критичность", "Канал", "Получена", "Срок реакции", "Взята в работу", "Первый ответ",
        "Реакция, рабочие минуты", "Итог", "Опоздание, рабочие минуты", "Причина аннулирования",
    ]  # fmt: skip
    assert rows[1] == [
        str(took["late"].number), "Датчик топлива врёт", "Высокая", "Личный кабинет", "20.11.2026 17:30",
        "23.11.2026 12:30", "23.11.2026 15:10", "", "340", "С опозданием", "100", "",
    ]  # fmt: skip
    assert rows[3][8:] == ["330", "Нарушение аннулировано", "90", "Авария на узле"]
    assert rows[4][6:] == ["", "", "", "Отозвана до реакции", "", ""]
    assert len(rows) == 6


def test_csv_writes_parts_of_a_minute_with_a_comma(cast: Cast) -> None:
    ticket = file_ticket(cast.anna, at=moment("2026-11-23 10:00"))
    workflow.take(ticket, by=cast.elena, at=moment("2026-11-23 10:02") + timedelta(seconds=45))
    assert rows_of(get(cast, address(contract_of(cast), "csv/")))[1][8] == "2,75"


def test_csv_of_all_contracts_ends_with_their_sum(cast: Cast) -> None:
    november(cast)
    rows = rows_of(get(cast, address(file="csv/")))
    assert rows[0][:5] == ["Заказчик", "Договор", "Уровень поддержки", "Поступило", "В срок"]
    assert [row[0] for row in rows[1:]] == ["ООО «Рейс»", "ООО «Транс-Ойл»", "Всего"]
    assert rows[1][1] == f"№ {contract_of(cast).number}"
    assert rows[-1][3:10] == ["6", "1", "3", "1", "0", "1", "25"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_cell_of_a_file_is_a_formula(cast: Cast, attack: str) -> None:
    """A35: a subject, a customer's name, a contract's number, the reason of an annulment."""
    told = attack.replace("\x00", "")
    ticket = november(cast)["annulled"]
    Ticket.objects.filter(pk=ticket.pk).update(subject=told)
    cast.reis.name = told
    cast.reis.save()
    contract = contract_of(cast)
    other = Breach.objects.create(
        ticket=Ticket.objects.get(customer=cast.oil),
        due_at=moment("2026-11-23 16:00"),
        is_promised=True,
        noticed_at=NOW,
    )
    BreachAnnulment.objects.create(breach=other, reason=told, by=cast.sergey, at=NOW)
    client = enter(cast.maria)
    oil = Contract.objects.get(customer=cast.oil)
    for path in (address(file="csv/"), address(contract, "csv/"), address(oil, "csv/")):
        cells = [cell for row in rows_of(client.get(path)) for cell in row]
        assert not [cell for cell in cells if cell.strip() and cell.strip()[0] in "=+-@＝＋－＠﹢﹣﹦﹫−\t\r"]
        assert [cell for cell in cells if cell.startswith("'")]
    for path in (address(file="xlsx/"), address(contract, "xlsx/"), address(oil, "xlsx/")):
        for sheet in book_of(client.get(path)):
            for cell in (cell for row in sheet.iter_rows() for cell in row):
                assert cell.data_type != "f", cell.value
                assert cell.hyperlink is None


@pytest.mark.parametrize("file", ["csv", "xlsx"])
def test_the_file_has_one_name_in_the_form_of_rfc_5987(cast: Cast, file: str) -> None:
    november(cast)
    contract = contract_of(cast)
    contract.number = '5/2026 "А"\r\nX: y'
    contract.save()
    header = get(cast, address(contract, f"{file}/")).headers["Content-Disposition"]
    assert header.startswith("attachment; filename*=utf-8''")
    name = unquote(header.partition("''")[2])
    assert name.startswith("Реакция 2026-11, договор 5-2026 ")
    assert name.endswith(f".{file}")
    assert not set(name) & set('"/\\\r\n:')


def test_csv_leaves_while_it_is_read(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first piece leaves before any row is read, the second after no more rows than it holds."""
    made: list[int] = []
    line_of = report_lines._line

    def noticed(row: tuple[Any, ...], at: datetime) -> report_lines.Line:
        line = line_of(row, at)
        made.append(line.number)
        return line

    monkeypatch.setattr(report_lines, "FETCHED", 2)
    monkeypatch.setattr(report_lines, "_line", noticed)
    monkeypatch.setattr(csv_file, "TOGETHER", 2)
    for n in range(7):
        file_ticket(cast.anna, at=moment(f"2026-11-23 10:0{n}"))
    response = get(cast, address(contract_of(cast), "csv/"))
    assert response.streaming
    pieces = iter(response.streaming_content)
    assert "Тема".encode() in next(pieces)
    assert made == []
    next(pieces)
    assert len(made) == 2
    assert len(list(pieces)) == 3
    assert len(made) == 7


# --- XLSX -----------------------------------------------------------------------------------------------------------


def test_xlsx_holds_the_figures_and_the_lines_as_what_they_are(cast: Cast) -> None:
    took = november(cast)
    response = get(cast, address(contract_of(cast), "xlsx/"))
    assert response.headers["Content-Type"].endswith("spreadsheetml.sheet")
    book = book_of(response)
    assert book.sheetnames == ["Показатели", "Заявки"]
    figures = {row[0].value: row[1].value for row in book["Показатели"].iter_rows()}
    assert figures["Отчёт о реакции"] == "Ноябрь 2026"
    assert figures["Заказчик"] == "ООО «Рейс»"
    assert (figures["Поступило"], figures["В срок"], figures["С опозданием"]) == (5, 1, 2)
    assert figures["Доля в срок, проценты"] == 33.3
    assert figures["Медиана реакции, рабочие минуты"] == 330
    assert "Время — Оренбург (UTC+5)" in {name.replace(NBSP, " ") for name in figures}
    first = [cell.value for cell in book["Заявки"][2]]
    assert first == [
        took["late"].number, "Датчик топлива врёт", "Высокая", "Личный кабинет", datetime(2026, 11, 20, 17, 30),
        datetime(2026, 11, 23, 12, 30), datetime(2026, 11, 23, 15, 10), None, 340, "С опозданием", 100, None,
    ]  # fmt: skip
    assert book["Заявки"]["E2"].number_format == "dd.mm.yyyy hh:mm"
    assert book["Заявки"].max_row == 6


def test_xlsx_of_all_contracts_holds_what_the_overview_says(cast: Cast) -> None:
    november(cast)
    sheet = book_of(get(cast, address(file="xlsx/")))["Договоры"]
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == ["ООО «Рейс»", "ООО «Транс-Ойл»", "Всего"]
    assert [cell.value for cell in sheet[4]][3:9] == [6, 1, 3, 1, 0, 1]


def test_xlsx_leaves_nothing_on_the_disk(cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    november(cast)
    response = get(cast, address(contract_of(cast), "xlsx/"))
    assert response.streaming
    assert list(tmp_path.iterdir()) == []
    assert body(response).startswith(b"PK")
    monkeypatch.setattr(xlsx_file, "_write_pairs", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        get(cast, address(contract_of(cast), "xlsx/"))
    assert list(tmp_path.iterdir()) == []


def test_what_does_not_fit_into_a_sheet_is_said_before_it_is_written(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    november(cast)
    monkeypatch.setattr(xlsx_file, "MOST_ROWS", 4)
    html = look(cast, address(contract_of(cast), "xlsx/"), status=422)
    assert "На лист XLSX помещается строк: 4, а в отчёте их 5. Скачайте CSV." in html

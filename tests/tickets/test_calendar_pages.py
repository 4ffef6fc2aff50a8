"""The pages that publish a calendar: what changes and moves, the reason, the progress, and who may see them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.roles import Role
from sla.models import CalendarVersion, WorkingHours
from tests.cast import Cast, file_ticket, make_person, moment, new_calendar_version
from tickets import recounting
from tickets.models import Recalculation, Ticket

NOW = moment("2026-11-23 17:00")
TUESDAY = date(2026, 11, 24)
OFF: list[tuple[int, int]] = []
REASON = "Выходной по указу губернатора"


@pytest.fixture(autouse=True)
def at_five_without_a_bell(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("notifications.bell.ring", lambda *told, **more: True)
    with time_machine.travel(NOW, tick=False):
        yield


def draft_of(cast: Cast, days: dict[date, Any] | None = None) -> CalendarVersion:
    return new_calendar_version(cast.calendar, {TUESDAY: OFF} if days is None else days, published_at=None)


def address(cast: Cast) -> str:
    return f"/admin/sla/businesscalendar/{cast.calendar.pk}/publish/"


def enter(user: User | None) -> Client:
    client = Client()
    if user:
        client.force_login(user)
    return client


def read(response: Any) -> str:
    """The words of the page."""
    text = re.sub(r"<[^>]+>", " ", unescape(response.content.decode()))
    return re.sub(r"\s+", " ", text)


def filled(client: Client, cast: Cast, **told: str) -> dict[str, str]:
    """The form as the page gives it."""
    html = client.get(address(cast)).content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(draft|seen)" value="([^"]+)"', html))
    assert hidden.keys() == {"draft", "seen"}
    return {**hidden, "reason": "", **told}


def post(cast: Cast, by: User, **told: str) -> Any:
    client = enter(by)
    return client.post(address(cast), filled(client, cast, **told))


# --- what it shows --------------------------------------------------------------------------------------------------


@pytest.mark.clause("3.6.2")
def test_the_page_tells_what_changes_and_which_requests_move(cast: Cast) -> None:
    ticket = file_ticket(cast.anna, at=moment("2026-11-23 16:00"))
    file_ticket(cast.anna, at=moment("2026-11-23 09:00"))
    file_ticket(cast.clara, at=moment("2026-11-20 18:00"))
    draft_of(cast, {TUESDAY: OFF, date(2026, 12, 31): [(540, 780), (840, 1020)]})
    response = enter(cast.maria).get(address(cast))
    assert response.status_code == 200
    page = read(response)
    assert "Публикация календаря «Пятидневка»" in page
    assert "вт, 24 ноября 2026 г. как в обычную неделю → выходной" in page
    assert "чт, 31 декабря 2026 г. как в обычную неделю → 9:00–17:00, перерыв 13:00–14:00" in page
    assert "Изменится срок 1 открытой заявки" in page
    assert "Позже: 1 Раньше: 0 Не изменятся: 2" in page
    assert f"{ticket.number} {ticket.subject} ООО «Рейс» вт, 24 ноября, до 11:00 → ср, 25 ноября, до 11:00" in page
    assert "на 8 ч позже" in page
    assert "1 обещанный срок сдвинется позже" in page
    assert "(необязательно)" not in page


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (2, "Изменятся сроки 2 открытых заявок"),
        (5, "Изменятся сроки 5 открытых заявок"),
        (21, "Изменится срок 21 открытой заявки"),
    ],
)
def test_the_number_of_requests_that_move_is_told_in_good_russian(cast: Cast, count: int, words: str) -> None:
    for _ in range(count):
        file_ticket(cast.anna, at=moment("2026-11-23 16:00"))
    draft_of(cast)
    page = read(enter(cast.maria).get(address(cast)))
    assert words in page
    assert ("Показаны десять заявок" in page) is (count > 10)


def test_a_changed_week_and_zone_are_told_before_the_days(cast: Cast) -> None:
    draft = draft_of(cast, {})
    WorkingHours.objects.filter(version=draft, weekday=4, opens_minute=840).update(closes_minute=1020)
    CalendarVersion.objects.filter(pk=draft.pk).update(zone="Europe/Moscow")
    page = read(enter(cast.maria).get(address(cast)))
    assert "Часовой пояс Asia/Yekaterinburg → Europe/Moscow Обычная неделя пн–пт 9:00–18:00" in page
    assert "пт 9:00–17:00, перерыв 13:00–14:00" in page


def test_without_open_requests_nothing_moves_and_no_reason_is_asked(cast: Cast) -> None:
    draft_of(cast)
    page = read(enter(cast.maria).get(address(cast)))
    assert "Открытых заявок по этому календарю нет" in page
    assert "Причина изменения (необязательно)" in page


def test_without_a_draft_there_is_nothing_to_publish(cast: Cast) -> None:
    page = read(enter(cast.maria).get(address(cast)))
    assert "Черновика для публикации нет" in page
    assert "Опубликовать" not in page
    assert enter(cast.maria).get("/admin/sla/businesscalendar/0/publish/").status_code == 404


def test_a_draft_without_working_time_says_so_and_offers_no_button(cast: Cast) -> None:
    CalendarVersion.objects.create(calendar=cast.calendar, number=2)
    response = enter(cast.maria).get(address(cast))
    assert response.status_code == 200
    assert "Черновик нельзя опубликовать" in read(response)
    assert "нет рабочего времени" in read(response)
    assert '<button class="btn btn-primary"' not in response.content.decode()


def test_the_page_asks_the_database_the_same_however_many_move(cast: Cast) -> None:
    draft_of(cast)
    client = enter(cast.maria)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(address(cast))
        assert not [query for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
        return len(queries)

    file_ticket(cast.anna, at=moment("2026-11-23 16:00"))
    cost()
    few = cost()
    for _ in range(14):
        file_ticket(cast.clara, at=moment("2026-11-23 16:00"))
    assert cost() == few <= 25


# --- who may --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["publish", "progress"])
def test_only_whoever_manages_the_service_sees_the_pages(cast: Cast, page: str) -> None:
    file_ticket(cast.anna, at=moment("2026-11-23 16:00"))
    draft_of(cast)
    where = address(cast)
    if page == "progress":
        assert post(cast, cast.maria, reason=REASON).status_code == 302
        where = f"/admin/sla/businesscalendar/recalculations/{Recalculation.objects.get().pk}/"
    people = {role: make_person("Человек Другой", f"{role}@desk.example", role) for role in Role}
    for role, person in people.items():
        expected = 200 if role in {Role.MANAGER, Role.ADMINISTRATOR} else 403
        assert enter(person).get(where).status_code == expected, role
    assert enter(cast.anna.user).get(where).status_code == 403
    assert enter(None).get(where).status_code == 302


def test_nobody_else_publishes(cast: Cast) -> None:
    draft_of(cast)
    told = filled(enter(cast.maria), cast, reason=REASON)
    for person, status in [(cast.sergey, 403), (cast.oleg, 403), (cast.anna.user, 403), (None, 302)]:
        assert enter(person).post(address(cast), told).status_code == status
    assert not Recalculation.objects.exists()


def test_publishing_needs_the_token_of_the_form(cast: Cast) -> None:
    draft_of(cast)
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.maria)
    assert client.post(address(cast), {"reason": REASON}).status_code == 403


# --- publishing -----------------------------------------------------------------------------------------------------


def test_the_button_publishes_and_leads_to_the_progress(cast: Cast) -> None:
    file_ticket(cast.anna, at=moment("2026-11-23 16:00"))
    draft = draft_of(cast)
    response = post(cast, cast.maria, reason=REASON)
    done = Recalculation.objects.get()
    assert response.headers["Location"] == f"/admin/sla/businesscalendar/recalculations/{done.pk}/"
    draft.refresh_from_db()
    assert (draft.published_at, draft.reason) == (NOW, REASON)


def test_a_double_click_publishes_once(cast: Cast) -> None:
    file_ticket(cast.anna, at=moment("2026-11-23 16:00"))
    draft_of(cast)
    client = enter(cast.maria)
    told = filled(client, cast, reason=REASON)
    first, second = client.post(address(cast), told), client.post(address(cast), told)
    assert first.headers["Location"] == second.headers["Location"]
    assert Recalculation.objects.count() == 1


def test_a_promise_that_moves_later_needs_the_reason(cast: Cast) -> None:
    file_ticket(cast.anna, at=moment("2026-11-23 16:00"))
    draft_of(cast)
    response = post(cast, cast.maria, reason="  ")
    assert response.status_code == 422
    assert "Напишите причину" in read(response)
    assert 'href="#id_reason"' in response.content.decode()
    assert not Recalculation.objects.exists()
    too_long = post(cast, cast.maria, reason="п" * 301)
    assert too_long.status_code == 422
    assert "Сократите причину до 300 знаков" in read(too_long)


@pytest.mark.parametrize("told", [{"draft": "x"}, {"draft": ""}, {"seen": ""}, {"draft": "9" * 30}])
def test_a_form_that_no_page_has_given_is_refused(cast: Cast, told: dict[str, str]) -> None:
    draft_of(cast)
    assert post(cast, cast.maria, **told).status_code == 422
    assert not Recalculation.objects.exists()


def test_what_somebody_has_changed_meanwhile_is_shown_before_it_is_published(cast: Cast) -> None:
    draft = draft_of(cast)
    client = enter(cast.maria)
    told = filled(client, cast, reason=REASON)
    draft.days.create(date=date(2026, 12, 30), name="Канун")
    response = client.post(address(cast), told)
    assert response.status_code == 409
    page = read(response)
    assert "Черновик тем временем изменился" in page
    assert "ср, 30 декабря 2026 г. как в обычную неделю → выходной (Канун)" in page
    assert REASON in page
    hidden = dict(re.findall(r'<input type="hidden" name="(draft|seen)" value="([^"]+)"', response.content.decode()))
    assert client.post(address(cast), {**hidden, "reason": REASON}).status_code == 302


def test_what_somebody_else_has_published_or_discarded_is_said(cast: Cast) -> None:
    draft = draft_of(cast)
    other = make_person("Админов Адам Адамович", "admin@desk.example", Role.ADMINISTRATOR)
    client = enter(other)
    told = filled(client, cast, reason=REASON)
    assert post(cast, cast.maria, reason=REASON).status_code == 302
    response = client.post(address(cast), told)
    assert response.status_code == 409
    assert "Эту версию уже опубликовали: Маркова М. М." in read(response)
    assert "Черновика для публикации нет" in read(response)
    gone = client.post(address(cast), {**told, "draft": str(draft.pk + 1000)})
    assert gone.status_code == 409
    assert "Черновика больше нет" in read(gone)


# --- progress -------------------------------------------------------------------------------------------------------


@pytest.fixture
def running(cast: Cast) -> Recalculation:
    for _ in range(3):
        file_ticket(cast.anna, at=moment("2026-11-23 16:00"))
    draft_of(cast)
    post(cast, cast.maria, reason=REASON)
    return Recalculation.objects.get()


def progress(user: User, done: Recalculation) -> Any:
    return enter(user).get(f"/admin/sla/businesscalendar/recalculations/{done.pk}/")


def test_the_progress_asks_for_itself_until_it_is_finished(cast: Cast, running: Recalculation) -> None:
    Recalculation.objects.update(done=1, moved=1)
    response = progress(cast.maria, running)
    assert response.headers["Refresh"] == "3"
    assert '<progress class="bar-used" value="1" max="3"' in response.content.decode()
    page = read(response)
    assert "Календарь «Пятидневка» опубликован" in page
    assert "Пересчитано: 1 из 3. Изменился срок 1 заявки." in page
    assert "Страницу можно закрыть" in page
    Recalculation.objects.update(done=0, moved=0)
    recounting.recount(running.pk, at=NOW)
    response = progress(cast.maria, running)
    assert "Refresh" not in response.headers
    page = read(response)
    assert "Сроки всех открытых заявок пересчитаны" in page
    assert "Пересчитано: 3 из 3. Изменились сроки 3 заявок." in page
    assert f"Причина: {REASON}" in page
    assert "Страницу можно закрыть" not in page


def test_the_progress_says_where_the_others_are(cast: Cast, running: Recalculation) -> None:
    first = Ticket.objects.order_by("pk").first()
    assert first
    Ticket.objects.filter(pk=first.pk).update(status="closed", outcome="withdrawn", closed_at=NOW)
    recounting.recount(running.pk, at=NOW + timedelta(seconds=1))
    assert "Остальные заявки тем временем закрыты" in read(progress(cast.maria, running))


def test_a_calendar_that_moved_nobody_is_finished_at_once(cast: Cast) -> None:
    draft_of(cast)
    response = enter(cast.maria).post(address(cast), filled(enter(cast.maria), cast), follow=True)
    assert "Открытых заявок по этому календарю не было" in read(response)
    assert "<progress" not in response.content.decode()


def test_progress_that_nobody_has_begun_does_not_exist(cast: Cast) -> None:
    assert enter(cast.maria).get("/admin/sla/businesscalendar/recalculations/0/").status_code == 404
    assert enter(cast.maria).post("/admin/sla/businesscalendar/recalculations/0/").status_code == 405

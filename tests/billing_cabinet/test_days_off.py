"""Before a run of days off, and until it is over, the pages and the confirmation say when work resumes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from customers.models import Contract, Membership
from notifications.models import OutgoingEmail
from sla.models import SupportLevel
from tests.billing_cabinet.pages import NEW, address, enter, text_of, travel
from tests.cast import Cast, file_ticket, moment, new_calendar_version
from tickets.models import Ticket

NEW_YEAR = [date(2026, 12, 31) + timedelta(days=n) for n in range(11)]  # the twelfth of January is a Tuesday
TITLE = "Выходные с 31 декабря по 11 января 2027 г."
RESUMES = "Заявки принимаем круглосуточно. Работа и отсчёт реакции возобновятся: вт, 12 января 2027 г., 9:00."
NAMED = [("2026-12-24 08:00", True), ("2026-12-30 17:59", True), ("2026-12-22 23:59", False)]


@pytest.fixture
def closed(cast: Cast) -> Cast:
    """The office is closed from the thirty-first of December to the eleventh of January."""
    days = [*NEW_YEAR, date(2027, 1, 11)]
    new_calendar_version(cast.calendar, {day: [] for day in days})
    return cast


def pages(ticket: Ticket) -> list[str]:
    return ["/cabinet/", NEW, "/cabinet/support/", address("ticket_sent", ticket)]


@pytest.mark.clause("3.5b.1")
@pytest.mark.clause("3.5b.2")
@pytest.mark.parametrize(("at", "is_named"), NAMED)
def test_pages_name_days_off_that_are_near(closed: Cast, at: str, is_named: bool) -> None:
    ticket = file_ticket(closed.anna, at=moment("2026-12-21 10:00"))
    with travel(moment(at)):
        client = enter(closed.anna, language="ru")
        for path in pages(ticket):
            page = text_of(client.get(path))
            assert page, path
            assert (f"{TITLE} {RESUMES}" in page) is is_named, path


def test_they_are_named_until_they_are_over(closed: Cast) -> None:
    with travel(moment("2027-01-11 23:55")):
        page = text_of(enter(closed.anna, language="ru").get("/cabinet/"))
        assert "Выходные с 31 декабря 2026 г. по 11 января Заявки принимаем круглосуточно." in page
        assert "возобновятся: вт, 12 января, 9:00." in page
    with travel(moment("2027-01-12 00:05")):
        page = text_of(enter(closed.anna, language="ru").get("/cabinet/"))
        assert "Открытые заявки" in page and "возобновятся" not in page


def test_a_weekend_is_not_named(cast: Cast) -> None:
    with travel(moment("2026-11-27 17:00")):
        assert "resume" not in text_of(enter(cast.anna).get("/cabinet/"))


@pytest.mark.parametrize("is_covered", [True, False])
def test_the_hours_are_true_for_everybody_and_name_no_term(closed: Cast, is_covered: bool) -> None:
    if not is_covered:
        Contract.objects.all().delete()
    with travel(moment("2026-12-28 10:00")):
        page = text_of(enter(closed.anna, language="ru").get("/cabinet/"))
    assert f"{TITLE} {RESUMES}" in page
    assert ("4 рабочих часа" in page) is is_covered
    assert "8 рабочих часов" not in page


def test_a_desk_without_a_calendar_says_nothing(cast: Cast) -> None:
    Contract.objects.all().delete()
    SupportLevel.objects.update(is_internal_default=False)
    ticket = file_ticket(cast.anna)
    for path in pages(ticket):
        assert "resume" not in text_of(enter(cast.anna).get(path))


class TestInTheConfirmation:
    def letter(self, by: Membership, at: str) -> OutgoingEmail:
        file_ticket(by, at=moment(at))
        return OutgoingEmail.objects.latest("pk")

    @pytest.mark.clause("3.2.1")
    @pytest.mark.parametrize(("at", "is_named"), NAMED)
    def test_a_confirmation_names_days_off_that_are_near(self, closed: Cast, at: str, is_named: bool) -> None:
        letter = self.letter(closed.anna, at)
        for body in (letter.text_body, letter.html_body):
            assert (f"{TITLE} {RESUMES}" in body.replace("\u00a0", " ")) is is_named

    def test_it_stands_in_a_line_of_its_own(self, closed: Cast) -> None:
        text = self.letter(closed.anna, "2026-12-28 10:00").text_body.replace("\u00a0", " ")
        assert f"\n\n{TITLE} {RESUMES}\n\n" in text

    def test_it_speaks_the_letters_language(self, closed: Cast) -> None:
        closed.anna.user.language = "en"
        letter = self.letter(closed.anna, "2026-12-28 10:00").text_body.replace("\u00a0", " ")
        assert "Days off from 31 December to 11 January 2027. We accept tickets round the clock." in letter

    def test_who_has_no_contract_is_told_the_hours_and_no_term(self, closed: Cast) -> None:
        Contract.objects.all().delete()
        letter = self.letter(closed.anna, "2026-12-28 10:00").text_body.replace("\u00a0", " ")
        assert f"{TITLE} {RESUMES}" in letter
        assert "Срок реакции сообщим, когда проверим договор." in letter
        assert "Ожидаемая реакция" not in letter

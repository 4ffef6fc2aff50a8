"""Editing a level: terms are kept in a draft and published for new requests; versions that were published stay."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import pytest
from django.utils import translation

from sla import editing, level_editing
from sla.editing import DraftGone, EditRefused
from sla.level_editing import LevelChanged, Terms, keep_terms
from sla.models import BusinessCalendar, LevelVersion, SupportLevel
from tests.cast import make_calendar, make_customer, make_level, moment, new_level_version

NOW = moment("2026-11-23 10:00")
TODAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def calendar(db: None) -> BusinessCalendar:
    return make_calendar()


@pytest.fixture
def level(calendar: BusinessCalendar) -> SupportLevel:
    """Four hours, an hour for critical requests, in the second version."""
    level = make_level(calendar)
    new_level_version(level, critical=60)
    return level


def promised(version: LevelVersion) -> tuple[int, dict[str, int], date | None]:
    fresh = LevelVersion.objects.get(pk=version.pk)
    return fresh.base_minutes, fresh.by_criticality, fresh.valid_from_date


def test_terms_are_kept_in_one_draft_and_may_be_kept_twice(level: SupportLevel, calendar: BusinessCalendar) -> None:
    for _time in range(2):
        draft = keep_terms(level, Terms(calendar, 120, {"high": 60, "low": 120}, date(2026, 12, 1)))
        assert promised(draft) == (
            120,
            {"high": 60},
            date(2026, 12, 1),
        )  # one with the general term has none of its own
        assert (draft.number, draft.published_at) == (3, None)
    assert level.versions.count() == 3


@pytest.mark.clause("3.6.2")
def test_publishing_is_for_requests_from_now_on_and_happens_once(
    level: SupportLevel, calendar: BusinessCalendar
) -> None:
    before = level.version_at(NOW)
    draft = keep_terms(level, Terms(calendar, 120))
    assert level.version_at(NOW) == before
    published = level_editing.publish_level(draft, at=NOW)
    assert level.version_at(NOW) == published == draft
    assert level_editing.publish_level(draft, at=moment("2026-11-24 10:00")).published_at == NOW
    assert promised(before) == (240, {"critical": 60}, None)


def test_a_version_of_the_future_waits_for_its_day(level: SupportLevel, calendar: BusinessCalendar) -> None:
    draft = keep_terms(level, Terms(calendar, 60, {}, date(2026, 12, 1)))
    level_editing.publish_level(draft, at=NOW)
    assert level.version_at(moment("2026-11-30 23:59")).base_minutes == 240
    assert level.version_at(moment("2026-12-01 00:00")).base_minutes == 60


def test_today_is_not_the_past_at_five_to_midnight(level: SupportLevel, calendar: BusinessCalendar) -> None:
    """In Orenburg it is still the day; in UTC it has been for five hours less."""
    draft = keep_terms(level, Terms(calendar, 60, {}, TODAY))
    with pytest.raises(EditRefused, match=r"23\.11\.2026 is over"):
        level_editing.publish_level(draft, at=moment("2026-11-24 00:05"))
    assert level_editing.publish_level(draft, at=moment("2026-11-23 23:55")).published_at


def test_a_naive_moment_is_an_error(level: SupportLevel, calendar: BusinessCalendar) -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        level_editing.publish_level(keep_terms(level, Terms(calendar, 60)), at=datetime(2026, 11, 23, 10, 0))


@pytest.mark.parametrize(
    ("base", "own", "words"),
    [
        (0, {}, "at least 1 working minute"),
        (-5, {}, "at least 1 working minute"),
        (240, {"critical": 0}, "at least 1 working minute"),
        (999 * 60 + 1, {}, "up to 999 working hours"),
    ],
)
def test_a_term_that_cannot_be_is_refused(
    level: SupportLevel, calendar: BusinessCalendar, base: int, own: dict[str, int], words: str
) -> None:
    draft = keep_terms(level, Terms(calendar, 240, {"critical": 60}))
    with pytest.raises(EditRefused, match=words):
        keep_terms(level, Terms(calendar, base, own))
    assert promised(draft) == (240, {"critical": 60}, None)
    with pytest.raises(EditRefused, match=words):
        level_editing.create_level("Новый", Terms(calendar, base, own))
    assert not SupportLevel.objects.filter(name="Новый").exists()


def test_no_term_is_counted_by_a_calendar_that_was_never_published(
    level: SupportLevel, calendar: BusinessCalendar
) -> None:
    fresh = editing.create_calendar("Дежурные", zone="Europe/Moscow", week={0: ((540, 780),)})
    draft = keep_terms(level, Terms(calendar, 60))
    with pytest.raises(EditRefused, match="“Дежурные” has no published version"):
        keep_terms(level, Terms(fresh, 60))
    LevelVersion.objects.filter(pk=draft.pk).update(calendar=fresh)
    with pytest.raises(EditRefused, match="“Дежурные” has no published version"):
        level_editing.publish_level(draft, at=NOW)


def test_a_discarded_draft_is_gone_and_may_be_discarded_twice(level: SupportLevel, calendar: BusinessCalendar) -> None:
    draft = keep_terms(level, Terms(calendar, 60))
    for _time in range(2):
        level_editing.discard_level(level)
    with pytest.raises(DraftGone):
        level_editing.publish_level(draft, at=NOW)
    assert level.versions.count() == 2, "what was published stays"


def test_a_level_that_went_with_its_draft_takes_no_terms(calendar: BusinessCalendar) -> None:
    level = level_editing.create_level("Премиум", Terms(calendar, 60)).level
    level_editing.discard_level(level)
    for edit in (
        lambda: keep_terms(level, Terms(calendar, 60)),
        lambda: level_editing.describe_level(level, name="Другой", offered_until=None),
        lambda: level_editing.make_internal(level, at=NOW),
    ):
        with pytest.raises(DraftGone):
            edit()


def test_terms_that_somebody_else_has_kept_meanwhile_are_not_overwritten(
    level: SupportLevel, calendar: BusinessCalendar
) -> None:
    seen = level_editing.fingerprint(level.versions.latest("number"))
    draft = keep_terms(level, Terms(calendar, 120, {"high": 60}), seen=seen)
    with pytest.raises(LevelChanged):
        keep_terms(level, Terms(calendar, 30), seen=seen)
    seen = level_editing.fingerprint(draft)
    for other in (Terms(calendar, 120), Terms(calendar, 120, {"high": 60}, TODAY), Terms(calendar, 180, {"high": 60})):
        keep_terms(level, other)
        with pytest.raises(LevelChanged):
            keep_terms(level, Terms(calendar, 30), seen=seen)
        with pytest.raises(LevelChanged):
            level_editing.discard_level(level, seen=seen)
    keep_terms(level, Terms(calendar, 120, {"high": 60}))
    level_editing.publish_level(draft, at=NOW)
    with pytest.raises(LevelChanged):
        keep_terms(level, Terms(calendar, 30), seen=seen)
    assert promised(draft) == (120, {"high": 60}, None)


def test_a_new_level_begins_with_a_draft_and_goes_with_it(calendar: BusinessCalendar) -> None:
    draft = level_editing.create_level("Премиум", Terms(calendar, 60, {"critical": 30}))
    assert promised(draft) == (60, {"critical": 30}, None)
    level_editing.discard_level(draft.level)
    assert not SupportLevel.objects.filter(name="Премиум").exists()


def test_a_level_that_stands_in_a_contract_stays_with_its_draft(calendar: BusinessCalendar) -> None:
    level = level_editing.create_level("Премиум", Terms(calendar, 60)).level
    make_customer("ООО «Рейс»", level)
    with pytest.raises(EditRefused, match="Contracts stand at the level “Премиум”"):
        level_editing.discard_level(level)
    assert level.draft()


def test_a_name_that_another_level_has_is_refused(level: SupportLevel, calendar: BusinessCalendar) -> None:
    with pytest.raises(EditRefused, match="already a level with the name “Стандарт”"):
        level_editing.create_level("Стандарт", Terms(calendar, 60))


def test_a_level_is_renamed_and_offered_until_a_day_or_without_end(level: SupportLevel) -> None:
    for day in (TODAY, None):
        told = level_editing.describe_level(level, name="Основной", offered_until=day)
        assert (told.name, told.offered_until_date) == ("Основной", day)


def test_a_level_does_not_take_the_name_of_another(level: SupportLevel, calendar: BusinessCalendar) -> None:
    make_level(calendar, "Премиум")
    with pytest.raises(EditRefused, match="already a level with the name “Премиум”"):
        level_editing.describe_level(level, name="Премиум", offered_until=TODAY)
    level.refresh_from_db()
    assert (level.name, level.offered_until_date) == ("Стандарт", None)


def test_the_mark_of_the_internal_level_moves_and_stands_once(level: SupportLevel, calendar: BusinessCalendar) -> None:
    other = make_level(calendar, "Без договора", 480)
    for marked in (level, other, other):
        level_editing.make_internal(marked, at=NOW)
        assert SupportLevel.objects.get(is_internal_default=True) == marked


def test_a_level_without_terms_today_or_with_contracts_is_never_the_internal_one(
    level: SupportLevel, calendar: BusinessCalendar
) -> None:
    level_editing.make_internal(level, at=NOW)
    fresh = level_editing.create_level("Черновик", Terms(calendar, 60))
    coming = level_editing.create_level("Будущий", Terms(calendar, 60, {}, date(2026, 12, 1)))
    level_editing.publish_level(coming, at=NOW)
    sold = make_level(calendar, "Премиум")
    make_customer("ООО «Рейс»", sold)
    for refused, words in (
        (fresh.level, "has no terms"),
        (coming.level, "has no terms"),
        (sold, "stands in contracts"),
    ):
        with pytest.raises(EditRefused, match=words):
            level_editing.make_internal(refused, at=NOW)
    assert SupportLevel.objects.get(is_internal_default=True) == level

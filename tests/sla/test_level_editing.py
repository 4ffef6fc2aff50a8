"""Editing a level: terms are kept in a draft and published for new requests; versions that were published stay."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import pytest
from django.utils import translation

from sla import editing, level_editing
from sla.editing import DraftGone, EditRefused
from sla.level_editing import Terms
from sla.models import BusinessCalendar, LevelVersion, SupportLevel
from tests.cast import make_calendar, make_level, moment, new_level_version

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


def test_a_draft_begins_as_a_copy_of_the_newest_version(level: SupportLevel) -> None:
    draft = level_editing.level_draft_of(level)
    assert promised(draft) == (240, {"critical": 60}, None)
    assert (draft.number, draft.published_at) == (3, None)
    assert level_editing.level_draft_of(level) == draft


def test_terms_are_set_and_may_be_set_twice(level: SupportLevel, calendar: BusinessCalendar) -> None:
    draft = level_editing.level_draft_of(level)
    for _time in range(2):
        level_editing.set_terms(draft, Terms(calendar, 120, {"high": 60, "low": 120}, date(2026, 12, 1)))
    assert promised(draft) == (120, {"high": 60}, date(2026, 12, 1))  # one with the general term has none of its own


@pytest.mark.clause("3.6.2")
def test_publishing_is_for_requests_from_now_on_and_happens_once(level: SupportLevel) -> None:
    before = level.version_on(TODAY)
    draft = level_editing.level_draft_of(level)
    assert level.version_on(TODAY) == before
    published = level_editing.publish_level(draft, at=NOW)
    assert level.version_on(TODAY) == published == draft
    assert level_editing.publish_level(draft, at=moment("2026-11-24 10:00")).published_at == NOW
    assert promised(before) == (240, {"critical": 60}, None)


def test_a_version_of_the_future_waits_for_its_day(level: SupportLevel, calendar: BusinessCalendar) -> None:
    draft = level_editing.level_draft_of(level)
    level_editing.set_terms(draft, Terms(calendar, 60, {}, date(2026, 12, 1)))
    level_editing.publish_level(draft, at=NOW)
    assert level.version_on(date(2026, 11, 30)).base_minutes == 240
    assert level.version_on(date(2026, 12, 1)).base_minutes == 60


def test_today_is_not_the_past_at_five_to_midnight(level: SupportLevel, calendar: BusinessCalendar) -> None:
    """In Orenburg it is still the day; in UTC it has been for five hours less."""
    draft = level_editing.level_draft_of(level)
    level_editing.set_terms(draft, Terms(calendar, 60, {}, TODAY))
    with pytest.raises(EditRefused, match=r"23\.11\.2026 is over"):
        level_editing.publish_level(draft, at=moment("2026-11-24 00:05"))
    assert level_editing.publish_level(draft, at=moment("2026-11-23 23:55")).published_at


def test_a_naive_moment_is_an_error(level: SupportLevel) -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        level_editing.publish_level(level_editing.level_draft_of(level), at=datetime(2026, 11, 23, 10, 0))


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
    draft = level_editing.level_draft_of(level)
    with pytest.raises(EditRefused, match=words):
        level_editing.set_terms(draft, Terms(calendar, base, own))
    assert promised(draft) == (240, {"critical": 60}, None)
    with pytest.raises(EditRefused, match=words):
        level_editing.create_level("Новый", Terms(calendar, base, own))
    assert not SupportLevel.objects.filter(name="Новый").exists()


def test_no_term_is_counted_by_a_calendar_that_was_never_published(level: SupportLevel) -> None:
    fresh = editing.create_calendar("Дежурные", zone="Europe/Moscow", week={0: ((540, 780),)})
    draft = level_editing.level_draft_of(level)
    with pytest.raises(EditRefused, match="“Дежурные” has no published version"):
        level_editing.set_terms(draft, Terms(fresh, 60))
    LevelVersion.objects.filter(pk=draft.pk).update(calendar=fresh)
    with pytest.raises(EditRefused, match="“Дежурные” has no published version"):
        level_editing.publish_level(draft, at=NOW)


def test_what_has_been_published_or_discarded_meanwhile_is_refused(
    level: SupportLevel, calendar: BusinessCalendar
) -> None:
    draft = level_editing.level_draft_of(level)
    level_editing.discard_level(draft)
    level_editing.discard_level(draft)
    with pytest.raises(DraftGone):
        level_editing.publish_level(draft, at=NOW)
    for gone in (draft, level.version_on(TODAY)):
        with pytest.raises(DraftGone):
            level_editing.set_terms(gone, Terms(calendar, 60))


def test_a_published_version_is_never_discarded(level: SupportLevel) -> None:
    level_editing.discard_level(level.version_on(TODAY))
    assert level.versions.count() == 2


def test_a_new_level_begins_with_a_draft_and_goes_with_it(calendar: BusinessCalendar) -> None:
    draft = level_editing.create_level("Премиум", Terms(calendar, 60, {"critical": 30}))
    assert promised(draft) == (60, {"critical": 30}, None)
    level_editing.discard_level(draft)
    assert not SupportLevel.objects.filter(name="Премиум").exists()


def test_a_name_that_another_level_has_is_refused(level: SupportLevel, calendar: BusinessCalendar) -> None:
    with pytest.raises(EditRefused, match="already a level with the name “Стандарт”"):
        level_editing.create_level("Стандарт", Terms(calendar, 60))


def test_a_level_is_offered_until_a_day_or_without_end(level: SupportLevel) -> None:
    assert level_editing.offer_until(level, TODAY).offered_until_date == TODAY
    assert level_editing.offer_until(level, None).offered_until_date is None

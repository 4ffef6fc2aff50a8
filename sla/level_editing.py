"""Editing support levels: terms are edited in a draft and published for new requests. Roles are asked by the pages.

A request keeps the version that it was promised by: publishing a level never touches an open one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sla.editing import DraftGone, EditRefused
from sla.models import BusinessCalendar, LevelVersion, ReactionTerm, SupportLevel

LONGEST_TERM = 999 * 60
"""Working minutes: what is longer is a slip of the pen."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a version promises: working minutes, in general and per criticality, counted by a calendar."""

    calendar: BusinessCalendar
    base_minutes: int
    by_criticality: Mapping[str, int] = field(default_factory=dict)
    valid_from: date | None = None


@transaction.atomic
def create_level(name: str, terms: Terms) -> LevelVersion:
    """A level whose first version is a draft. Raises EditRefused, also for a name that another one has."""
    try:
        with transaction.atomic():
            level = SupportLevel.objects.create(name=name)
    except IntegrityError:
        raise EditRefused(
            _("There is already a level with the name “%(name)s”. Give another one.") % {"name": name}
        ) from None
    _check(terms)
    draft = LevelVersion.objects.create(level=level, number=1, calendar=terms.calendar, base_minutes=terms.base_minutes)
    return set_terms(draft, terms)


@transaction.atomic
def level_draft_of(level: SupportLevel) -> LevelVersion:
    """The draft of the level: the one that there is, or a copy of the newest version, valid from its publishing on."""
    level = SupportLevel.objects.select_for_update().get(pk=level.pk)
    if draft := level.draft():
        return draft
    source = level.versions.latest("number")
    draft = LevelVersion.objects.create(
        level=level, number=source.number + 1, calendar=source.calendar, base_minutes=source.base_minutes
    )
    _write_terms(draft, source.by_criticality)
    return draft


@transaction.atomic
def set_terms(draft: LevelVersion, terms: Terms) -> LevelVersion:
    """Let the draft promise these terms. A criticality with the general term keeps no line of its own.

    Raises EditRefused for a term below a minute or beyond belief, and for a calendar that was never published.
    """
    draft = _open(draft)
    _check(terms)
    draft.calendar, draft.base_minutes, draft.valid_from_date = terms.calendar, terms.base_minutes, terms.valid_from
    draft.save(update_fields=["calendar", "base_minutes", "valid_from_date"])
    own = {code: minutes for code, minutes in terms.by_criticality.items() if minutes != terms.base_minutes}
    _write_terms(draft, own)
    return draft


@transaction.atomic
def publish_level(version: LevelVersion, *, at: datetime) -> LevelVersion:
    """Let the draft hold for requests that come in from now on, or from its first day on; open ones keep theirs.

    Published already, nothing happens. Raises EditRefused, ValueError for a naive moment.
    """
    if timezone.is_naive(at):
        raise ValueError(f"{at.isoformat()} has no time zone. Give an aware datetime.")
    SupportLevel.objects.select_for_update().get(pk=version.level_id)
    found = LevelVersion.objects.select_related("calendar", "level").filter(pk=version.pk).first()
    if found is None:
        raise DraftGone
    if found.published_at is not None:
        return found
    _check(Terms(found.calendar, found.base_minutes, found.by_criticality))
    today = timezone.localdate(at)
    if found.valid_from_date and found.valid_from_date < today:
        raise EditRefused(
            _("%(day)s is over: what was promised then stays. Give today or a later day.")
            % {"day": f"{found.valid_from_date:%d.%m.%Y}"}
        )
    found.published_at = at
    found.save(update_fields=["published_at"])
    return found


@transaction.atomic
def discard_level(draft: LevelVersion) -> None:
    """Throw the draft away; a level that was never published goes with it. What is published stays."""
    level = SupportLevel.objects.select_for_update().get(pk=draft.level_id)
    level.versions.filter(pk=draft.pk, published_at=None).delete()
    if not level.versions.exists():
        level.delete()


@transaction.atomic
def offer_until(level: SupportLevel, day: date | None) -> SupportLevel:
    """Offer the level to contracts that begin until that day; None is without end. Contracts that run keep it."""
    level = SupportLevel.objects.select_for_update().get(pk=level.pk)
    level.offered_until_date = day
    level.save(update_fields=["offered_until_date"])
    return level


def _open(draft: LevelVersion) -> LevelVersion:
    """The draft, locked. Raises DraftGone."""
    found = LevelVersion.objects.select_for_update().filter(pk=draft.pk, published_at=None).first()
    if found is None:
        raise DraftGone
    return found


def _check(terms: Terms) -> None:
    for minutes in (terms.base_minutes, *terms.by_criticality.values()):
        if minutes < 1:
            raise EditRefused(_("A reaction term is at least 1 working minute. Give a longer one."))
        if minutes > LONGEST_TERM:
            raise EditRefused(_("A reaction term has up to 999 working hours. Give a shorter one."))
    if not terms.calendar.versions.filter(published_at__isnull=False).exists():
        raise EditRefused(
            _("The calendar “%(name)s” has no published version. Publish it first.") % {"name": terms.calendar.name}
        )


def _write_terms(draft: LevelVersion, by_criticality: Mapping[str, int]) -> None:
    draft.terms.all().delete()
    ReactionTerm.objects.bulk_create(
        ReactionTerm(version=draft, criticality=code, minutes=minutes) for code, minutes in by_criticality.items()
    )

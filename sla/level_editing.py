"""Editing support levels: terms are edited in a draft and published for new requests. Roles are asked by the pages.

A request keeps the version that it was promised by: publishing a level never touches an open one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from sla.editing import DraftGone, EditRefused
from sla.fingerprints import fingerprint_of
from sla.models import BusinessCalendar, LevelVersion, ReactionTerm, SupportLevel, in_force

LONGEST_TERM = 999 * 60
"""Working minutes: what is longer is a slip of the pen."""


class LevelChanged(EditRefused):
    """The level is not what the person saw who edits it."""

    def __init__(self) -> None:
        super().__init__(
            _("The level has been changed meanwhile, so nothing was saved. Look at its newest version, then try again.")
        )


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
        raise _name_taken(name) from None
    return keep_terms(level, terms)


@transaction.atomic
def keep_terms(level: SupportLevel, terms: Terms, *, seen: str | None = None) -> LevelVersion:
    """Let the draft of the level promise these terms; without one a draft is begun.

    A criticality with the general term keeps no line of its own. `seen` is the `fingerprint` of the newest version that
    the person was shown. Raises EditRefused for a term below a minute or beyond belief, for a calendar that was never
    published, and for a level that has been changed or discarded meanwhile.
    """
    newest = _lock(level.pk).versions.order_by("-number").first()
    if seen is not None and seen != fingerprint(newest):
        raise LevelChanged
    _check(terms)
    draft = newest
    if draft is None or draft.published_at is not None:
        draft = LevelVersion(level=level, number=draft.number + 1 if draft else 1)
    draft.calendar, draft.base_minutes, draft.valid_from_date = terms.calendar, terms.base_minutes, terms.valid_from
    draft.save()
    own = {code: minutes for code, minutes in terms.by_criticality.items() if minutes != terms.base_minutes}
    draft.terms.all().delete()
    ReactionTerm.objects.bulk_create(
        ReactionTerm(version=draft, criticality=code, minutes=minutes) for code, minutes in own.items()
    )
    return draft


def fingerprint(newest: LevelVersion | None) -> str:
    """Short text that changes when a level gets another newest version, or its draft other terms."""
    if newest is None:
        return fingerprint_of()
    own = sorted((term.criticality, term.minutes) for term in newest.terms.all())
    is_draft = newest.published_at is None
    return fingerprint_of(
        newest.pk, is_draft, newest.calendar_id, newest.base_minutes, str(newest.valid_from_date), own
    )


@transaction.atomic
def publish_level(version: LevelVersion, *, at: datetime) -> LevelVersion:
    """Let the draft hold for requests that come in from now on, or from its first day on; open ones keep theirs.

    Published already, nothing happens. Raises EditRefused, ValueError for a naive moment.
    """
    if timezone.is_naive(at):
        raise ValueError(f"{at.isoformat()} has no time zone. Give an aware datetime.")
    _lock(version.level_id)
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
def discard_level(level: SupportLevel, *, seen: str | None = None) -> None:
    """Throw the level's draft away; a level that was never published goes with it. Without a draft, nothing happens.

    `seen` is the `fingerprint` of the draft that the person was shown. Raises EditRefused for a draft that has been
    changed meanwhile, and for a level that would go but stands in contracts.
    """
    level = _lock(level.pk)
    draft = level.draft()
    if draft is None:
        return
    if seen is not None and seen != fingerprint(draft):
        raise LevelChanged
    draft.delete()
    if level.versions.exists():
        return
    try:
        level.delete()
    except ProtectedError:
        raise EditRefused(
            _("Contracts stand at the level “%(name)s”. Give them another level, then discard this one.")
            % {"name": level.name}
        ) from None


@transaction.atomic
def describe_level(level: SupportLevel, *, name: str, offered_until: date | None) -> SupportLevel:
    """Let the level have this name, and be offered to contracts that begin until that day; None is without end.

    Contracts and requests that have the level keep it, and show its new name. Raises EditRefused for a name that
    another level has.
    """
    level = _lock(level.pk)
    level.name, level.offered_until_date = name, offered_until
    try:
        with transaction.atomic():
            level.save(update_fields=["name", "offered_until_date"])
    except IntegrityError:
        raise _name_taken(name) from None
    return level


@transaction.atomic
def make_internal(level: SupportLevel, *, at: datetime) -> None:
    """Let requests without a valid contract that come in from now on go by this level, in place of the one before.

    May run twice. Raises EditRefused for a level that promises nothing at that moment, and for one that contracts
    have: the internal term is told to no customer.
    """
    levels = list(SupportLevel.objects.select_for_update().order_by("pk"))  # of two who move the mark one waits
    if level not in levels:
        raise DraftGone
    if in_force(level.versions.order_by("-number"), at) is None:
        raise EditRefused(
            _("The level “%(name)s” has no terms in force. Publish them first, valid from today.")
            % {"name": level.name}
        )
    if level.contract_set.exists():
        raise EditRefused(
            _("The level “%(name)s” stands in contracts: customers are told its term. Take a level that is not sold.")
            % {"name": level.name}
        )
    SupportLevel.objects.filter(is_internal_default=True).exclude(pk=level.pk).update(is_internal_default=False)
    SupportLevel.objects.filter(pk=level.pk).update(is_internal_default=True)


def _lock(pk: int) -> SupportLevel:
    """The level as it stands; others who edit it wait. Raises DraftGone where it went with its draft."""
    found = SupportLevel.objects.select_for_update().filter(pk=pk).first()
    if found is None:
        raise DraftGone
    return found


def _name_taken(name: str) -> EditRefused:
    return EditRefused(_("There is already a level with the name “%(name)s”. Give another one.") % {"name": name})


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

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import IntegerRangeField, RangeBoundary, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

# A request keeps the versions that it was promised by: what is published never changes, whoever asks.
_PUBLISHED_STAYS = pgtrigger.Protect(
    name="published_stays",
    operation=pgtrigger.Update | pgtrigger.Delete,
    condition=pgtrigger.Q(old__published_at__isnull=False),
)


def _content_stays(table: str) -> pgtrigger.Trigger:
    """Nothing is added to, changed in or taken from a published row of `table`, which `version_id` names."""
    return pgtrigger.Trigger(
        name="published_content_stays",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            IF (TG_OP <> 'INSERT' AND EXISTS (
                    SELECT 1 FROM {table} WHERE id = OLD.version_id AND published_at IS NOT NULL))
                OR (TG_OP <> 'DELETE' AND EXISTS (
                    SELECT 1 FROM {table} WHERE id = NEW.version_id AND published_at IS NOT NULL))
            THEN
                RAISE EXCEPTION 'a published version never changes: make a new one';
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,  # noqa: S608 - a name of ours
    )


class BusinessCalendar(models.Model):
    """The hours in which support works. Its content stands in versions; a request keeps the version it was promised."""

    name = models.CharField(_("Name"), max_length=100, unique=True)

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")

    def __str__(self) -> str:
        return self.name

    def current(self) -> CalendarVersion:
        """The newest published version. Raises CalendarVersion.DoesNotExist."""
        return self.versions.filter(published_at__isnull=False).latest("number")

    def draft(self) -> CalendarVersion | None:
        """The version that is being edited, if there is one."""
        return self.versions.filter(published_at=None).first()


class CalendarVersion(models.Model):
    """One state of a calendar: zone, weekly windows, dated days. Never edited once published."""

    calendar = models.ForeignKey(BusinessCalendar, models.PROTECT, related_name="versions", verbose_name=_("calendar"))
    number = models.PositiveIntegerField(_("Version"))
    zone = models.CharField(_("Time zone"), max_length=50, default="Asia/Yekaterinburg")
    is_always_open = models.BooleanField(_("Works round the clock"), default=False)
    published_at = models.DateTimeField(_("Published"), null=True, blank=True)
    reason = models.CharField(
        _("Reason of the change"), max_length=300, blank=True, help_text=_("Told to customers whose term moves later.")
    )

    class Meta:
        verbose_name = _("calendar version")
        verbose_name_plural = _("calendar versions")
        constraints = [
            models.UniqueConstraint(fields=["calendar", "number"], name="calendar_versions_are_numbered"),
            models.UniqueConstraint(
                fields=["calendar"], condition=models.Q(published_at=None), name="a_calendar_has_one_draft"
            ),
        ]
        triggers = [_PUBLISHED_STAYS]

    def __str__(self) -> str:
        return f"{self.calendar}, {self.number}"


class CalendarDay(models.Model):
    """A dated day that replaces its weekday: without windows a day off, with shorter ones a short day."""

    version = models.ForeignKey(
        CalendarVersion, models.CASCADE, related_name="days", verbose_name=_("calendar version")
    )
    date = models.DateField(_("Date"))
    name = models.CharField(_("Name"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("calendar day")
        verbose_name_plural = _("calendar days")
        constraints = [models.UniqueConstraint(fields=["version", "date"], name="a_date_stands_once_in_a_calendar")]
        triggers = [_content_stays("sla_calendarversion")]

    def __str__(self) -> str:
        return f"{self.date:%d.%m.%Y}"


SPAN = models.Func(
    "opens_minute", "closes_minute", RangeBoundary(), function="int4range", output_field=IntegerRangeField()
)


class WorkingHours(models.Model):
    """One window of work, of a weekday or of a dated day. In minutes from midnight; past 1440 it is the next day."""

    version = models.ForeignKey(
        CalendarVersion, models.CASCADE, related_name="hours", verbose_name=_("calendar version")
    )
    weekday = models.PositiveSmallIntegerField(
        _("Weekday, Monday is 0"), null=True, blank=True, validators=[MaxValueValidator(6)]
    )
    day = models.ForeignKey(
        CalendarDay, models.CASCADE, null=True, blank=True, related_name="hours", verbose_name=_("calendar day")
    )
    opens_minute = models.PositiveSmallIntegerField(
        _("Opens, minutes from midnight"), validators=[MaxValueValidator(1439)]
    )
    closes_minute = models.PositiveSmallIntegerField(
        _("Closes, minutes from midnight"), validators=[MinValueValidator(1), MaxValueValidator(2880)]
    )

    class Meta:
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(weekday__isnull=False, day__isnull=True, weekday__lte=6)
                | models.Q(weekday__isnull=True, day__isnull=False),
                name="hours_belong_to_a_weekday_or_a_date",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    opens_minute__lt=1440, closes_minute__gt=models.F("opens_minute"), closes_minute__lte=2880
                )
                & models.Q(closes_minute__lte=models.F("opens_minute") + 1440),
                name="hours_open_before_they_close",
            ),
            ExclusionConstraint(
                name="weekly_hours_do_not_overlap",
                expressions=[
                    ("version", RangeOperators.EQUAL),
                    ("weekday", RangeOperators.EQUAL),
                    (SPAN, RangeOperators.OVERLAPS),
                ],
                condition=models.Q(weekday__isnull=False),
            ),
            ExclusionConstraint(
                name="hours_of_a_date_do_not_overlap",
                expressions=[
                    ("day", RangeOperators.EQUAL),
                    (SPAN, RangeOperators.OVERLAPS),
                ],
                condition=models.Q(day__isnull=False),
            ),
        ]
        triggers = [_content_stays("sla_calendarversion")]

    def __str__(self) -> str:
        def clock(minute: int) -> str:
            return f"{minute // 60}:{minute % 60:02}"

        return f"{clock(self.opens_minute)}–{clock(self.closes_minute)}"


class SupportLevelQuerySet(models.QuerySet["SupportLevel"]):
    def sold(self) -> SupportLevelQuerySet:
        """Levels that a contract may name: they have been published, and are not the internal one."""
        published = LevelVersion.objects.filter(level=models.OuterRef("pk"), published_at__isnull=False)
        return self.filter(models.Exists(published), is_internal_default=False)


class SupportLevel(models.Model):
    """What a contract buys: how soon, at the latest, support reacts (3.6). Its terms stand in versions."""

    name = models.CharField(_("Name"), max_length=100, unique=True)
    is_internal_default = models.BooleanField(
        _("Internal term without a contract"),
        default=False,
        help_text=_("Keeps requests without a valid contract from starving. Never shown to a customer."),
    )
    offered_until_date = models.DateField(
        _("Offered until"), null=True, blank=True, help_text=_("No contract at this level begins after that day.")
    )

    objects = SupportLevelQuerySet.as_manager()

    class Meta:
        verbose_name = _("support level")
        verbose_name_plural = _("support levels")
        constraints = [
            models.UniqueConstraint(
                fields=["is_internal_default"],
                condition=models.Q(is_internal_default=True),
                name="one_internal_default_level",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def version_at(self, at: datetime) -> LevelVersion:
        """The version by which a request goes that comes in at that moment. Raises LevelVersion.DoesNotExist."""
        found = in_force(self.versions.select_related("calendar").order_by("-number"), at)
        if found is None:
            raise LevelVersion.DoesNotExist(f"Level {self.pk} has no version for {at.isoformat()}.")
        return found

    def draft(self) -> LevelVersion | None:
        """The version that is being edited, if there is one."""
        return self.versions.filter(published_at=None).first()


class LevelVersion(models.Model):
    """One state of a level: its calendar, its base limit and, where they differ, limits per criticality."""

    level = models.ForeignKey(SupportLevel, models.PROTECT, related_name="versions", verbose_name=_("support level"))
    number = models.PositiveIntegerField(_("Version"))
    calendar = models.ForeignKey(BusinessCalendar, models.PROTECT, verbose_name=_("calendar"))
    base_minutes = models.PositiveIntegerField(_("Reaction term, working minutes"), validators=[MinValueValidator(1)])
    published_at = models.DateTimeField(_("Published"), null=True, blank=True)
    valid_from_date = models.DateField(
        _("Valid from"),
        null=True,
        blank=True,
        help_text=_("Requests received before that day keep the version before."),
    )

    class Meta:
        verbose_name = _("level version")
        verbose_name_plural = _("level versions")
        constraints = [
            models.UniqueConstraint(fields=["level", "number"], name="level_versions_are_numbered"),
            models.UniqueConstraint(
                fields=["level"], condition=models.Q(published_at=None), name="a_level_has_one_draft"
            ),
            models.CheckConstraint(condition=models.Q(base_minutes__gte=1), name="a_level_promises_at_least_a_minute"),
        ]
        triggers = [_PUBLISHED_STAYS]

    def __str__(self) -> str:
        return f"{self.level}, {self.number}"

    def holds_at(self, at: datetime) -> bool:
        """Whether it is for requests of that moment: published by then, and its first day has come.

        The first version of a level is also for what came in before it was published: paper is registered and contracts
        are renewed backwards.
        """
        if self.published_at is None:
            return False
        if self.valid_from_date and timezone.localdate(at) < self.valid_from_date:
            return False
        return self.number == 1 or self.published_at <= at

    @cached_property
    def by_criticality(self) -> dict[str, int]:
        """Limits in working minutes where a criticality has its own."""
        return dict(self.terms.values_list("criticality", "minutes"))


def in_force(versions: Iterable[LevelVersion], at: datetime) -> LevelVersion | None:
    """Of the versions of a level, newest first, the one by which a request of that moment goes."""
    return next((version for version in versions if version.holds_at(at)), None)


class ReactionTerm(models.Model):
    """The limit of one criticality where it differs from the base."""

    version = models.ForeignKey(LevelVersion, models.CASCADE, related_name="terms", verbose_name=_("level version"))
    criticality = models.CharField(_("Criticality"), max_length=10)
    minutes = models.PositiveIntegerField(_("Reaction term, working minutes"), validators=[MinValueValidator(1)])

    class Meta:
        verbose_name = _("reaction term")
        verbose_name_plural = _("reaction terms")
        constraints = [
            models.UniqueConstraint(fields=["version", "criticality"], name="a_criticality_has_one_term"),
            models.CheckConstraint(condition=models.Q(minutes__gte=1), name="a_term_is_at_least_a_minute"),
        ]
        triggers = [_content_stays("sla_levelversion")]

    def __str__(self) -> str:
        return f"{self.criticality}: {self.minutes}"

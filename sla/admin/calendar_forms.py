"""The forms of the calendar pages. They check the shape of what was typed and write nothing; the verbs do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from content.text import one_line
from sla.admin.fields import ClockField, HoursField, PlainForm, day_field
from sla.day_kinds import Kind, cut, kind_of, windows_for
from sla.hours_text import clock_words, hours_words
from sla.wall_clock import CalendarNotValid, Hours, zone_named
from sla.year_files import LARGEST
from sla.year_plan import full_day, shortened

KINDS: Final = [
    (Kind.WORKING.value, pgettext_lazy("day", "Working")),
    (Kind.SHORT.value, pgettext_lazy("day", "Short")),
    (Kind.OFF.value, pgettext_lazy("day", "Day off")),
]
ORDINARY: Final = "ordinary"
WEEKDAYS: Final = (
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
)
USUAL_WEEK: Final = "9:00–13:00, 14:00–18:00"
ZONES: Final = (
    "Europe/Kaliningrad", "Europe/Moscow", "Europe/Samara", "Asia/Yekaterinburg", "Asia/Omsk", "Asia/Krasnoyarsk",
    "Asia/Irkutsk", "Asia/Yakutsk", "Asia/Vladivostok", "Asia/Magadan", "Asia/Kamchatka",
)  # fmt: skip


class DayForm(PlainForm):
    """One day. Where hours are typed they are the day's, else those of a usual day; a short day ends at `until`."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of day"),
        choices=KINDS,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose the kind of day"),
            "invalid_choice": gettext_lazy("Choose the kind of day"),
        },
    )
    until = ClockField(label=gettext_lazy("Work until"))
    hours = HoursField(
        label=gettext_lazy("Hours of this day"),
        help_text=gettext_lazy("Fill in where the hours differ. Left empty: the usual hours."),
    )
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": gettext_lazy("A name has up to 100 characters")},
    )

    def __init__(self, week: Mapping[int, Hours], day: date, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix="day", **kwargs)
        self.week, self.day = week, day
        self.usual = full_day(day, week)
        self.fields["hours"].widget.attrs["placeholder"] = hours_words(self.usual)
        for name in ("until", "hours"):
            self.fields[name].show_optional = False  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        return one_line(self.cleaned_data["name"])

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        if self.errors or told["kind"] == Kind.OFF:
            return told
        full = told["hours"] or self.usual
        if not full:
            self.add_error("hours", _("Write the hours of this day, for example 9:00–13:00, 14:00–18:00"))
        elif told["kind"] == Kind.SHORT and not self._cuts(full):
            span = {"opens": clock_words(full[0][0]), "closes": clock_words(full[-1][1])}
            self.add_error(
                "until", _("Work lasts from %(opens)s to %(closes)s on this day. Give a time in between.") % span
            )
        return told

    @property
    def windows(self) -> Hours:
        """What the day shall have. Hours that were typed for a short day are short already."""
        told, kind = self.cleaned_data, Kind(self.cleaned_data["kind"])
        if kind is Kind.SHORT and told["hours"]:
            return cut(told["hours"], told["until"]) if told["until"] else told["hours"]
        return windows_for(self.week, self.day, kind, hours=told["hours"], until=told["until"])

    def _cuts(self, full: Hours) -> bool:
        """Whether work of that day can end at the typed time."""
        until, own = self.cleaned_data["until"], self.cleaned_data["hours"]
        return until is None or (full[0][0] < until and bool(own or until < full[-1][1]))


def day_as_typed(week: Mapping[int, Hours], day: date, hours: Hours, name: str) -> dict[str, str]:
    """What DayForm is opened with for a day that has these windows."""
    usual, kind = full_day(day, week), kind_of(week, day, hours)
    until, own = "", "" if not hours or hours == usual else hours_words(hours)
    if kind is Kind.SHORT:
        until = clock_words(hours[-1][1])
        own = "" if cut(usual, hours[-1][1]) == hours else own
    elif shorter := shortened(usual):
        until = clock_words(shorter[-1][1])
    return {"kind": kind.value, "until": until, "hours": own, "name": name}


class PeriodForm(PlainForm):
    """Several days in a row of one kind, or as their weekdays have them."""

    first = day_field(pgettext_lazy("period", "From"), required=gettext_lazy("Enter the first day"))
    last = day_field(pgettext_lazy("period", "To"), required=gettext_lazy("Enter the last day"))
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of days"),
        choices=[*KINDS, (ORDINARY, gettext_lazy("By the ordinary week"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the kind of days")},
    )
    until = ClockField(label=gettext_lazy("Work until"), help_text=gettext_lazy("Left empty: an hour less than usual."))
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix="period", **kwargs)

    def clean_name(self) -> str:
        return one_line(self.cleaned_data["name"])

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        if told.get("first") and told.get("last") and told["last"] < told["first"]:
            self.add_error("last", _("The last day is before the first one. Enter a later day."))
        return told

    @property
    def kind_of_days(self) -> Kind | None:
        told: str = self.cleaned_data["kind"]
        return None if told == ORDINARY else Kind(told)


class WeekForm(PlainForm):
    """The ordinary week: the windows of each weekday, the zone, or round the clock."""

    is_always_open = forms.BooleanField(label=gettext_lazy("Works round the clock"), required=False)
    zone = forms.CharField(
        label=gettext_lazy("Time zone"),
        max_length=50,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "zones"}),
        help_text=gettext_lazy("By the IANA list, for example Asia/Yekaterinburg."),
        error_messages={"required": gettext_lazy("Enter the time zone, for example Asia/Yekaterinburg")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix="week", **kwargs)
        for number, name in enumerate(WEEKDAYS):
            field = HoursField(label=name)
            field.show_optional = False  # type: ignore[attr-defined]
            self.fields[f"day_{number}"] = field

    def clean_zone(self) -> str:
        told: str = self.cleaned_data["zone"]
        try:
            zone_named(told)
        except CalendarNotValid:
            raise ValidationError(
                _("“%(zone)s” is not a time zone. Give an IANA name such as Asia/Yekaterinburg.") % {"zone": told}
            ) from None
        return told

    def clean(self) -> dict[str, Any]:
        if not self.errors and not self.cleaned_data["is_always_open"] and not any(self.week.values()):
            self.add_error("day_0", _("The week has no working hours. Give at least one day its hours."))
        return self.cleaned_data

    @property
    def week(self) -> dict[int, Hours]:
        return {number: self.cleaned_data[f"day_{number}"] for number in range(7)}

    @property
    def days(self) -> list[forms.BoundField]:
        """The fields of the weekdays, in their order."""
        return [self[f"day_{number}"] for number in range(7)]


def week_as_typed(week: Mapping[int, Hours], *, zone: str, is_always_open: bool) -> dict[str, Any]:
    """What WeekForm is opened with."""
    days = {f"day_{number}": hours_words(week.get(number, ())) for number in range(7)}
    return {"zone": zone, "is_always_open": is_always_open, **days}


class NewCalendarForm(WeekForm):
    """A calendar with its first week."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Give the calendar a name")},
    )

    def clean_name(self) -> str:
        return one_line(self.cleaned_data["name"])


class YearFileForm(PlainForm):
    """A file with the days of a year; what stands in it is read by the page."""

    file = forms.FileField(
        label=gettext_lazy("File with the days of the year"),
        help_text=gettext_lazy("JSON or iCalendar (.ics), up to 1 MB."),
        widget=forms.FileInput(attrs={"accept": ".json,.ics,application/json,text/calendar"}),
        error_messages={
            "required": gettext_lazy("Choose a file in JSON or iCalendar"),
            "empty": gettext_lazy("The file is empty. Choose another one."),
            "invalid": gettext_lazy("Choose a file in JSON or iCalendar"),
        },
    )

    def clean_file(self) -> bytes:
        """What stands in it; one byte more than may be is enough to refuse it."""
        content: bytes = self.cleaned_data["file"].read(LARGEST + 1)
        return content

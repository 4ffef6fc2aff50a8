"""The forms of the level pages. They check the shape of what was typed and write nothing; the verbs do."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from content.text import one_line
from sla.admin.fields import PlainForm, day_field
from sla.level_editing import LONGEST_TERM, Terms
from sla.models import BusinessCalendar, LevelVersion
from sla.term_text import TermNotValid, read_term, term_words

CRITICALITIES: Final = {
    "critical": pgettext_lazy("criticality", "Critical"),
    "high": pgettext_lazy("criticality", "High"),
    "medium": pgettext_lazy("criticality", "Medium"),
    "low": pgettext_lazy("criticality", "Low"),
}
"""This app knows requests' criticalities by their codes only."""


class TermField(forms.CharField):
    """A term as text; cleaned, it is whole working minutes, or None where nothing was typed."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"autocomplete": "off", "size": 14})
        super().__init__(max_length=30, widget=widget, **kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            minutes = read_term(text)
        except TermNotValid as refusal:
            raise ValidationError(str(refusal)) from refusal
        if minutes < 1:
            raise ValidationError(_("A reaction term is at least 1 working minute. Give a longer one."))
        if minutes > LONGEST_TERM:
            raise ValidationError(_("A reaction term has up to 999 working hours. Give a shorter one."))
        return minutes


class CalendarField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Calendars that have a published version: a term is counted by no draft."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=BusinessCalendar.objects.filter(versions__published_at__isnull=False).distinct().order_by("name"),
            empty_label=None,
            **kwargs,
        )


class TermsForm(PlainForm):
    """What the next version of a level promises: one term, and others for single criticalities where they differ."""

    base = TermField(
        label=gettext_lazy("Reaction term, working hours"),
        help_text=gettext_lazy("Hours and minutes: 4 h, 1 h 30 min, 90 min."),
        error_messages={"required": gettext_lazy("Enter the reaction term, for example 4 h")},
    )
    calendar = CalendarField(
        label=gettext_lazy("Calendar"),
        help_text=gettext_lazy("Working time is counted by it."),
        error_messages={
            "required": gettext_lazy("Choose a calendar"),
            "invalid_choice": gettext_lazy("Choose a calendar that has been published"),
        },
    )
    valid_from = day_field(
        gettext_lazy("Valid from"),
        help_text=gettext_lazy("Left empty: from the moment of publishing."),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        for code, label in CRITICALITIES.items():
            field = TermField(label=label, required=False)
            field.show_optional = False  # type: ignore[attr-defined]
            self.fields[code] = field

    def clean_valid_from(self) -> date | None:
        told: date | None = self.cleaned_data["valid_from"]
        if told and told < self.today:
            raise ValidationError(
                _("%(day)s is over: what was promised then stays. Give today or a later day.")
                % {"day": f"{told:%d.%m.%Y}"}
            )
        return told

    @property
    def terms(self) -> Terms:
        """What was typed, for the verbs."""
        told = self.cleaned_data
        own = {code: told[code] for code in CRITICALITIES if told[code] is not None}
        return Terms(told["calendar"], told["base"], own, told["valid_from"])

    @property
    def own_terms(self) -> list[forms.BoundField]:
        """The fields of the criticalities, in their order."""
        return [self[code] for code in CRITICALITIES]


def terms_as_typed(version: LevelVersion, *, today: date) -> dict[str, Any]:
    """What TermsForm is opened with for the newest version: its terms, and its day as long as that is to come."""
    own = {term.criticality: term_words(term.minutes) for term in version.terms.all()}
    is_coming = version.published_at is None or (version.valid_from_date and version.valid_from_date > today)
    day = version.valid_from_date if is_coming else None
    return {"base": term_words(version.base_minutes), "calendar": version.calendar_id, "valid_from": day, **own}


def name_field() -> forms.CharField:
    """The name of a level."""
    return forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Give the level a name")},
    )


class NewLevelForm(TermsForm):
    """A level with the terms of its first version."""

    name = name_field()

    def clean_name(self) -> str:
        return one_line(self.cleaned_data["name"])


class AboutForm(PlainForm):
    """What belongs to no version: how the level is called, and until when contracts may begin at it."""

    name = name_field()
    until = day_field(
        gettext_lazy("Offered until"),
        help_text=gettext_lazy("No contract at this level begins after that day. Left empty: without end."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix="about", **kwargs)

    def clean_name(self) -> str:
        return one_line(self.cleaned_data["name"])

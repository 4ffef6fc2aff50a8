"""Fields of the calendar and level pages: hours, a time and a day as people type them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from sla.hours_text import HoursNotValid, read_clock, read_hours


class HoursField(forms.CharField):
    """The windows of a day as text; cleaned, they are Hours."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=150, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}), **kwargs
        )

    def clean(self, value: Any) -> Any:
        try:
            return read_hours(super().clean(value))
        except HoursNotValid as refusal:
            raise ValidationError(str(refusal)) from refusal


class ClockField(forms.CharField):
    """A time of the day as text; cleaned, it is a minute, or None where nothing was typed."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"autocomplete": "off", "size": 6})
        super().__init__(max_length=10, required=False, widget=widget, **kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return read_clock(text) if text else None
        except HoursNotValid as refusal:
            raise ValidationError(str(refusal)) from refusal


def day_field(label: Any, *, required: Any = "", **kwargs: Any) -> forms.DateField:
    """A day typed as дд.мм.гггг. `required` is the sentence for a day that was left out."""
    attrs = {"autocomplete": "off", "size": 12, "placeholder": gettext_lazy("dd.mm.yyyy")}
    return forms.DateField(
        label=label,
        required=bool(required),
        input_formats=["%d.%m.%Y", "%d.%m.%y", "%Y-%m-%d"],
        widget=forms.DateInput(format="%d.%m.%Y", attrs=attrs),
        error_messages={
            "required": required,
            "invalid": gettext_lazy("Enter the date as day.month.year, for example 31.12.2026"),
        },
        **kwargs,
    )


class PlainForm(forms.Form):
    """Labels without a colon."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""

"""The form of the samples: one field of each sort, in words that the desk's real forms use."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from tickets.file_field import FilesField
from tickets.statuses import CRITICALITY_HINTS, Channel, Criticality, Frequency


class SampleForm(forms.Form):
    """What a customer might be asked."""

    subject = forms.CharField(
        label=_("Problem in brief"),
        help_text=_("For example, “No coordinates from controller 4512”"),
        error_messages={"required": _("Say in brief what the problem is")},
    )
    description = forms.CharField(
        label=_("Description"),
        help_text=_("What happened and what you expected"),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Describe the problem")},
    )
    phone = forms.CharField(label=_("Phone"), required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    channel = forms.ChoiceField(label=_("Channel"), choices=Channel.choices)
    password = forms.CharField(
        label=_("Password"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}, render_value=False),
    )
    notify = forms.BooleanField(
        label=_("Notify customer"), required=False, initial=True, help_text=_("Goes to the customer.")
    )
    criticality = forms.ChoiceField(
        label=_("How much it affects your work"),
        choices=Criticality.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the criticality")},
    )
    frequency = forms.ChoiceField(
        label=_("How often the problem occurs"),
        choices=Frequency.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how often the problem occurs")},
    )
    channels = forms.MultipleChoiceField(
        label=_("Channel"), choices=Channel.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    files = FilesField(label=_("Files"), help_text=_("Up to 10 files, 25 MB each"))  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.fields["criticality"].option_hints = CRITICALITY_HINTS  # type: ignore[attr-defined]


def opened(prefix: str = "open") -> SampleForm:
    """Fresh, with something typed in. `prefix` keeps the ids of one page apart."""
    told = {"subject": "Не приходят координаты с контроллера 4512", "criticality": "high", "frequency": "always"}
    return SampleForm(prefix=prefix, initial={**told, "channels": ["cabinet", "phone"]})


def refused(*missing: str) -> SampleForm:
    """Sent without the named fields: their errors, and no others. Its ids tell what is missing."""
    told = {"subject": "Нет связи", "description": "С утра.", "criticality": "low", "frequency": "once"}
    prefix = "-".join(("without", *missing))
    values = {**told, "channel": "cabinet"}
    form = SampleForm(
        MultiValueDict({f"{prefix}-{name}": [value] for name, value in values.items() if name not in missing}),
        prefix=prefix,
    )
    if "files" in missing:
        form.add_error("files", _("Choose the files again: the browser does not keep them."))
    return form

"""The forms of the workplace. They check the shape of what was typed and write nothing; the verbs do."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from content.text import clean_body, one_line
from tickets.file_field import FilesField
from tickets.models import Ticket
from tickets.statuses import (
    CRITICALITY_HINTS,
    GROUND_TEXTS,
    GROUND_WORDS,
    Component,
    Criticality,
    Ground,
    Kind,
    Outcome,
    Status,
)
from tickets.workflow import needs_reason, tells_customer

LONGEST_TEXT = 20_000
LONGEST_WAIT = timedelta(days=366)
ELLIPSIS = "…"
# How a solved request ended; the other outcomes close it.
SOLUTIONS = (Outcome.SOLVED, Outcome.WORKAROUND, Outcome.CONSULTED)


class TextField(forms.CharField):
    """Several lines without controls; what says nothing is empty."""

    def __init__(self, *, rows: int, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": rows})
        super().__init__(widget=widget, max_length=LONGEST_TEXT, **kwargs)

    def to_python(self, value: Any) -> Any:
        return super().to_python(clean_body(str(value)) if value else value)


class LetterField(TextField):
    """A text that goes to the customer; the gap of a ready text must have been filled."""

    def validate(self, value: Any) -> None:
        super().validate(value)
        if ELLIPSIS in (value or ""):
            raise ValidationError(_("Complete the text instead of the ellipsis"), code="ellipsis")


class DayField(forms.DateField):
    """A day from tomorrow on, typed as дд.мм.гггг; a year ahead at most: a typo in the year would hide a request."""

    def __init__(self, *, today: date, **kwargs: Any) -> None:
        self.today = today
        super().__init__(
            input_formats=["%d.%m.%Y", "%d.%m.%y", "%Y-%m-%d"],
            widget=forms.DateInput(format="%d.%m.%Y", attrs={"autocomplete": "off", "size": 12}),
            help_text=_("Day, month, year: %(example)s") % {"example": f"{today + timedelta(days=7):%d.%m.%Y}"},
            error_messages={
                "required": _("Enter a date not earlier than tomorrow"),
                "invalid": _("Enter the date as day.month.year, for example %(example)s")
                % {"example": f"{today + timedelta(days=7):%d.%m.%Y}"},
            },
            **kwargs,
        )

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and value <= self.today:
            raise ValidationError(_("Enter a date not earlier than tomorrow"), code="past")
        if value and value > self.today + LONGEST_WAIT:
            raise ValidationError(_("Enter a date within a year from today"), code="far")


class WorkForm(forms.Form):
    """A form of the workplace about one request; `prefix` keeps the ids of one page apart."""

    def __init__(self, ticket: Ticket, *args: Any, today: date, is_senior: bool, **kwargs: Any) -> None:
        self.ticket, self.today, self.is_senior = ticket, today, is_senior
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.arrange()

    def arrange(self) -> None:
        """Add what depends on the request, the day or the person."""

    def refill(self, name: str, value: str) -> None:
        """Let the form be drawn again with another value in one field."""
        data = MultiValueDict({key: list(self.data.getlist(key)) for key in self.data})  # type: ignore[attr-defined]
        data[self.add_prefix(name)] = value
        self.data = data

    def ready(self, text: Any) -> str:
        """A ready text in the customer's language."""
        with translation.override(self.ticket.language):
            return str(text)


class NoteForm(WorkForm):
    body = TextField(
        rows=6, label=gettext_lazy("Internal note"), error_messages={"required": gettext_lazy("Write the note")}
    )
    files = FilesField(label=gettext_lazy("Files"))  # type: ignore[assignment]
    submission_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def arrange(self) -> None:
        self.initial.setdefault("submission_key", uuid.uuid4())

    def clean(self) -> dict[str, Any]:
        """A browser gives no file twice: whoever must correct something is told to choose the files again."""
        if self.errors and self.cleaned_data.get("files"):
            self.add_error("files", _("Choose the files again: the browser does not keep them."))
        return self.cleaned_data


class MoveForm(WorkForm):
    """A form whose text goes to the customer with a move of the request."""

    # One per opened page: a double click moves once.
    submission_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    # The last message of the customer that stood on the page when it was opened.
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    def arrange(self) -> None:
        self.initial.setdefault("submission_key", uuid.uuid4())

    @property
    def key(self) -> uuid.UUID | None:
        key: uuid.UUID | None = self.cleaned_data["submission_key"]
        return key


class ReplyForm(NoteForm):
    body = TextField(
        rows=6, label=gettext_lazy("Reply to customer"), error_messages={"required": gettext_lazy("Write the reply")}
    )
    # The last message of the customer that stood on the page when it was opened.
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    def arrange(self) -> None:
        super().arrange()
        # Elsewhere an answer leaves the status as it is: the table of moves knows no way from there to waiting.
        if self.ticket.status in {Status.NEW, Status.IN_PROGRESS} or self.add_prefix("after") in self.data:
            self.fields["after"] = forms.ChoiceField(
                label=_("After sending"),
                choices=[("waiting", _("Wait for the customer")), ("in_progress", _("Keep in progress"))],
                widget=forms.RadioSelect,
                initial="waiting",
                error_messages={"required": _("Choose what happens after sending")},
            )

    @property
    def waits(self) -> bool:
        return self.cleaned_data.get("after") == "waiting"


class DevelopForm(MoveForm):
    task = forms.CharField(label=gettext_lazy("Task number"), max_length=50, required=False)
    notify = forms.BooleanField(label=gettext_lazy("Notify customer"), required=False, initial=True)
    text = LetterField(rows=4, label=gettext_lazy("Text to the customer"), required=False)

    field_order = ("task", "review_date", "notify", "text")

    def arrange(self) -> None:
        super().arrange()
        self.fields["review_date"] = DayField(
            today=self.today, label=_("Review on"), initial=self.today + timedelta(days=7)
        )
        self.fields["text"].show_optional = False  # type: ignore[attr-defined]
        self.order_fields(self.field_order)
        self.initial["text"] = self.ready(
            gettext_lazy(
                "We have passed the ticket to the development department. We will write when there is a result. "
                "The complexity of the problem may affect the time of solution."
            )
        )

    def clean_task(self) -> str:
        return one_line(self.cleaned_data["task"])

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("notify") and "text" in self.cleaned_data and not self.cleaned_data["text"]:
            self.add_error("text", _("Write the text to the customer"))
        return self.cleaned_data

    @property
    def letter(self) -> str:
        """What the customer is told; empty for nothing."""
        return self.cleaned_data["text"] if self.cleaned_data["notify"] else ""


class ReasonForm(MoveForm):
    """A reason and a text to the customer, for which each ground of 3.8 has a ready one."""

    text = LetterField(
        rows=5,
        label=gettext_lazy("Text to the customer"),
        required=False,
        help_text=gettext_lazy("Left empty, it is filled with the ready text of the reason for you to check."),
    )

    def arrange(self) -> None:
        super().arrange()
        field = forms.ChoiceField(
            label=_("Reason"),
            choices=list(self.reasons()),
            widget=forms.RadioSelect,
            error_messages={"required": _("Choose a reason"), "invalid_choice": _("Choose a reason")},
        )
        field.option_hints = {code: _sentence(words) for code, words in self.hints().items()}  # type: ignore[attr-defined]
        self.fields["reason"] = field
        texts = {ground: self.ready(GROUND_TEXTS[ground]) for ground in self.grounds() if ground in GROUND_TEXTS}
        self.fields["text"].widget.attrs["data-texts"] = json.dumps(texts, ensure_ascii=False)
        self.fields["text"].show_optional = False  # type: ignore[attr-defined]
        self.order_fields(["reason"])

    def grounds(self) -> list[Ground]:
        """The four of 3.8; «Иная причина» for seniors only."""
        return [ground for ground in Ground if ground != Ground.OTHER or self.is_senior]

    def reasons(self) -> Iterable[tuple[str, Any]]:
        return [(ground.value, ground.label) for ground in self.grounds()]

    def hints(self) -> dict[str, Any]:
        return dict(GROUND_WORDS)

    def clean(self) -> dict[str, Any]:
        """A text that was left empty becomes the reason's ready one: shown first, never sent unseen."""
        told = self.cleaned_data
        if "text" in told and not told["text"]:
            ready = GROUND_TEXTS.get(told.get("reason", ""))
            if ready is None:
                self.add_error("text", _("Write the text to the customer"))
            else:
                self.refill("text", self.ready(ready))
                self.add_error("text", _("Check the ready text and send again"))
        return told


class DeferForm(ReasonForm):
    def arrange(self) -> None:
        super().arrange()
        next_week = self.today + timedelta(days=7)
        until = self.fields["until"] = DayField(today=self.today, label=_("Defer until"), initial=next_week)
        until.help_text += f". {_('The ticket comes back to work by itself on that day.')}"
        self.order_fields(["reason", "until", "text"])


class CloseForm(ReasonForm):
    def reasons(self) -> Iterable[tuple[str, Any]]:
        yield from super().reasons()
        for outcome in Outcome:
            yield outcome.value, outcome.label

    @property
    def ground(self) -> str:
        reason: str = self.cleaned_data["reason"]
        return reason if reason in Ground.values else ""

    @property
    def outcome(self) -> str:
        reason: str = self.cleaned_data["reason"]
        return reason if reason in Outcome.values else ""


class ResolveForm(MoveForm):
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the kind")},
    )
    component = forms.ChoiceField(
        label=gettext_lazy("Component"),
        choices=Component.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the component")},
    )
    outcome = forms.ChoiceField(
        label=gettext_lazy("Outcome"),
        choices=[(outcome.value, outcome.label) for outcome in SOLUTIONS],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the outcome")},
    )
    text = TextField(
        rows=5,
        label=gettext_lazy("What was done"),
        help_text=gettext_lazy("Goes to the customer."),
        error_messages={"required": gettext_lazy("Write what was done")},
    )


class CriticalityForm(MoveForm):
    criticality = forms.ChoiceField(
        label=gettext_lazy("Criticality"),
        choices=Criticality.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the criticality")},
    )
    reason = LetterField(
        rows=3,
        label=gettext_lazy("Reason"),
        required=False,
        help_text=gettext_lazy("Goes to the customer if the criticality is lowered or the term moves later."),
    )

    def arrange(self) -> None:
        super().arrange()
        self.initial.setdefault("criticality", self.ticket.criticality)
        self.fields["criticality"].option_hints = dict(CRITICALITY_HINTS)  # type: ignore[attr-defined]
        self.fields["reason"].show_optional = False  # type: ignore[attr-defined]
        if self.is_senior:
            self.fields["reason"].help_text = _(
                "Goes to the customer if the criticality is lowered or the term moves later. What makes a ticket "
                "critical stays with the staff."
            )
        elif self.ticket.criticality != Criticality.CRITICAL:
            offered = [(code, label) for code, label in Criticality.choices if code != Criticality.CRITICAL]
            self.fields["criticality"].choices = offered  # type: ignore[attr-defined]
            self.fields["criticality"].help_text = _("Only a senior makes a ticket critical: it goes out of turn.")

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        wanted = told.get("criticality")
        if wanted == self.ticket.criticality:
            self.add_error("criticality", _("This is the criticality already. Choose another one."))
        elif wanted and "reason" in told and not told["reason"] and needs_reason(self.ticket, wanted):
            tells = tells_customer(self.ticket, wanted)
            missing = _("Write to the customer why") if tells else _("Write why the ticket goes out of turn")
            self.add_error("reason", missing)
        return told


class AnnulForm(WorkForm):
    reason = TextField(
        rows=3,
        label=gettext_lazy("Reason"),
        error_messages={"required": gettext_lazy("Write why the breach does not count")},
    )


def _sentence(words: Any) -> str:
    text = str(words)
    return text[:1].upper() + text[1:]

"""«Новая заявка»: the template of 3.5a. The form checks and gathers; intake writes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing_cabinet.forms.fields import BodyField, LineField, MailField, SecretField, SubmissionKeyField
from billing_cabinet.forms.reply import BODY_LENGTH, TOO_LONG
from billing_cabinet.forms.saved_servers import OTHER_SERVER, ServerSelect, saved_servers, server_choices
from content.hosts import AddressError, server_address
from content.phones import PhoneError, parse_phone
from customers.models import Membership, Server
from customers.vault.access import AccessData
from customers.vault.models import Credential
from tickets.file_field import FilesField
from tickets.intake import Filing
from tickets.statuses import CRITICALITY_HINTS, Criticality, Frequency

KEY_BYTES = 100_000
NO_STEPS = _("Describe the steps that lead to the problem or tick “I don't know how to reproduce it”")
# Chrome fills saved passwords into a field that says "off"; "new-password" keeps the cabinet's own password out of it.
_NOT_KEPT = {"autocomplete": "new-password", "spellcheck": "false", "autocapitalize": "off"}
_NOT_FILLED = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}


class NewTicketForm(forms.Form):
    """Fields in the order of 3.5a; each item can be answered by "I don't know"."""

    use_required_attribute = False

    subject = LineField(
        label=_("Problem in brief"),
        help_text=_("For example, “No coordinates from controller 4512”"),
        max_length=120,
        error_messages={
            "required": _("Say in brief what the problem is"),
            "max_length": _("Shorten the subject to %(limit_value)d characters"),
        },
    )
    description = BodyField(
        label=_("Description"),
        help_text=_("What happened and what you expected"),
        max_length=BODY_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Describe the problem"), "max_length": TOO_LONG},
    )
    steps = BodyField(
        label=_("Steps to reproduce"),
        help_text=_("One action per line"),
        max_length=BODY_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"max_length": TOO_LONG},
    )
    steps_unknown = forms.BooleanField(label=_("I don't know how to reproduce it"), required=False)
    frequency = forms.ChoiceField(
        label=_("How often the problem occurs"),
        choices=Frequency.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose how often the problem occurs"),
            "invalid_choice": _("Choose how often the problem occurs"),
        },
    )
    server = forms.ChoiceField(
        label=_("Server"),
        widget=ServerSelect,
        error_messages={"required": _("Choose the server"), "invalid_choice": _("Choose the server")},
    )
    server_address = LineField(
        label=_("Server address"),
        help_text=_("IP address or name; the port if it is not the usual one"),
        required=False,
        widget=forms.TextInput(attrs=_NOT_FILLED),
    )
    access_login = LineField(
        label=_("Login"),
        max_length=255,
        required=False,
        widget=forms.TextInput(attrs=_NOT_FILLED),
        error_messages={"max_length": _("A login has at most %(limit_value)d characters")},
    )
    access_password = SecretField(
        label=_("Password"),
        max_length=1000,
        required=False,
        widget=forms.PasswordInput(attrs=_NOT_KEPT),
        error_messages={"max_length": _("A password has at most %(limit_value)d characters")},
    )
    access_rights = forms.ChoiceField(
        label=_("Rights"),
        choices=Credential.Rights.choices,
        initial=Credential.Rights.UNKNOWN,
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Choose the rights")},
    )
    access_note = BodyField(
        label=_("How to connect"),
        help_text=_("VPN, jump host, working hours of the server"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": TOO_LONG},
    )
    access_key = forms.FileField(
        label=_("Key file"),
        help_text=_("If you sign in with a key instead of a password. Up to 100 KB"),
        required=False,
        widget=forms.FileInput,
        error_messages={"empty": _("The key file is empty")},
    )
    access_later = forms.BooleanField(label=_("I will provide access later"), required=False)
    save_server = forms.BooleanField(label=_("Remember this server for the next tickets"), initial=True, required=False)
    version = LineField(
        label=_("Software version"),
        help_text=_("Menu “Help” → “About”"),
        max_length=50,
        required=False,
        widget=forms.TextInput(attrs=_NOT_FILLED),
        error_messages={"max_length": _("Shorten the version to %(limit_value)d characters")},
    )
    version_unknown = forms.BooleanField(label=_("I don't know"), required=False)
    controller = LineField(
        label=_("Controller or vehicle"),
        max_length=100,
        required=False,
        error_messages={"max_length": _("Shorten the text to %(limit_value)d characters")},
    )
    criticality = forms.ChoiceField(
        label=_("How much it affects your work"),
        choices=Criticality.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the criticality"), "invalid_choice": _("Choose the criticality")},
    )
    contact_name = LineField(
        label=_("Responsible person"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name", "spellcheck": "false"}),
        error_messages={
            "required": _("Enter the full name of the responsible person"),
            "max_length": _("Shorten the name to %(limit_value)d characters"),
        },
    )
    contact_phone = LineField(
        label=_("Phone"),
        help_text=_("Any format, extension allowed"),
        max_length=60,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        error_messages={
            "required": _("Enter the phone"),
            "max_length": _("Enter one phone number, up to %(limit_value)d characters"),
        },
    )
    contact_email = MailField(
        label=pgettext_lazy("form", "E-mail"),
        help_text=_("Confirmation and replies go here"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": _("Enter the e-mail"),
            "invalid": _("Enter the full e-mail, with the @ sign"),
            "max_length": _("An e-mail address has at most %(limit_value)d characters"),
        },
    )
    # The metaclass takes the field out of the class: `self.files` stays what was uploaded.
    files = FilesField(label=_("Files"), help_text=_("Up to 10 files, 25 MB each"))  # type: ignore[assignment]
    submission_key = SubmissionKeyField()

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.servers = saved_servers(membership.customer)
        self.fields["server"].choices = server_choices(self.servers)  # type: ignore[attr-defined]
        self.fields["server"].widget.knowing = frozenset(key for key, server in self.servers.items() if server.version)
        self.fields["criticality"].option_hints = CRITICALITY_HINTS  # type: ignore[attr-defined]
        # A neighbour answers for these: «(необязательно)» beside them would not be true.
        for name in ("steps", "server_address", "access_login", "access_password", "access_rights", "version"):
            self.fields[name].show_optional = False  # type: ignore[attr-defined]

    @property
    def chosen_server(self) -> Server | None:
        """The saved server, where one is chosen."""
        return self.servers.get(self.cleaned_data.get("server", ""))

    @property
    def known_version(self) -> str:
        """The version of the chosen saved server: it hides the field, so what is typed there does not count."""
        return self.chosen_server.version if self.chosen_server else ""

    @property
    def chosen_criticality(self) -> str:
        """What is chosen so far, whether the form is whole or not; empty where that is none of the four."""
        chosen = str(self["criticality"].value() or "")
        return chosen if chosen in Criticality.values else ""

    @property
    def password_is_lost(self) -> bool:
        """Whether a password came that the page will not show again."""
        return self.is_bound and bool(self.data.get("access_password"))

    @property
    def files_are_lost(self) -> bool:
        """Whether files came: a browser does not let a page put them back."""
        return self.is_bound and bool(self.files)

    def clean_contact_phone(self) -> str:
        typed: str = self.cleaned_data["contact_phone"]
        try:
            parse_phone(typed)
        except PhoneError as error:
            raise forms.ValidationError(str(error)) from error
        return typed

    def clean_access_key(self) -> UploadedFile[bytes] | None:
        key: UploadedFile[bytes] | None = self.cleaned_data["access_key"]
        if key and (key.size or 0) > KEY_BYTES:
            raise forms.ValidationError(_("The key file is larger than 100 KB. Choose the key itself"))
        return key

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        if not told.get("steps") and not told.get("steps_unknown") and "steps" not in self.errors:
            self.add_error("steps", NO_STEPS)
        if not self.known_version and not told.get("version_unknown") and not told.get("version"):
            self._lacks("version", _("Enter the version or tick “I don't know”"))
        if told.get("server") == OTHER_SERVER:
            self._check_other_server()
        return told

    def _check_other_server(self) -> None:
        told = self.cleaned_data
        try:
            told["server_address"] = server_address(told.get("server_address") or "")
        except AddressError as error:
            self._lacks("server_address", str(error))
        if told.get("access_later"):
            return
        if not told.get("access_login"):
            self._lacks("access_login", _("Enter the login or tick “I will provide access later”"))
        if not told.get("access_password") and not told.get("access_key") and "access_key" not in self.errors:
            self._lacks("access_password", _("Enter the password or tick “I will provide access later”"))

    def _lacks(self, name: str, words: Any) -> None:
        """Say it, unless the field has an error of its own."""
        if name not in self.errors:
            self.add_error(name, words)

    def filing(self) -> Filing:
        """What the valid form tells. Fields that the choice of the server hides do not count."""
        told, server = self.cleaned_data, self.chosen_server
        is_other = told["server"] == OTHER_SERVER
        return Filing(
            subject=told["subject"],
            description=told["description"],
            steps="" if told["steps_unknown"] else told["steps"],
            frequency=told["frequency"],
            server=server,
            server_address=told["server_address"] if is_other else "",
            access=self._access() if is_other and not told["access_later"] else None,
            saves_server=is_other and told["save_server"],
            version=self.known_version or ("" if told["version_unknown"] else told["version"]),
            controller=told["controller"],
            criticality=told["criticality"],
            contact_name=told["contact_name"],
            contact_phone=told["contact_phone"],
            contact_email=told["contact_email"],
        )

    def _access(self) -> AccessData:
        told = self.cleaned_data
        key = told["access_key"]
        return AccessData(
            login=told["access_login"],
            password=told["access_password"],
            note=told["access_note"],
            key_file=key.read() if key else b"",
            rights=told["access_rights"] or Credential.Rights.UNKNOWN,
        )

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from sealing.keyring import KeyRing


def new_message_id() -> str:
    """A Message-ID (RFC 5322, 3.6.4) that is fixed with the row: a repeat after a crash is recognisable by it."""
    return f"<{uuid.uuid4()}@{settings.MAIL_DOMAIN}>"


class OutgoingEmail(models.Model):
    """A letter that we owe to one recipient. Written in the transaction of the fact, sent by a worker, never lost."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENDING = "sending", _("Being sent")
        DEFERRED = "deferred", _("Will be tried again")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")

    obligation = models.CharField(
        _("Obligation"), max_length=50, help_text=_("Which letter, e.g. ticket.confirmation.")
    )
    about = models.CharField(
        _("About"), max_length=100, help_text=_("What the letter is about, e.g. ticket:17:message:4.")
    )
    thread = models.CharField(_("Thread"), max_length=100, blank=True)
    to_address = models.EmailField(_("To"), max_length=254)
    message_id = models.CharField(max_length=255, unique=True, default=new_message_id, editable=False)
    in_reply_to = models.CharField(max_length=255, blank=True)
    subject = models.CharField(_("Subject"), max_length=255)
    text_body = models.TextField()
    html_body = models.TextField(blank=True)
    is_sealed = models.BooleanField(_("Content is sealed"), default=False)
    is_automatic = models.BooleanField(_("Written by the desk itself"), default=True)
    language = models.CharField(max_length=2, default="ru")

    state = models.CharField(_("State"), max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("Attempts"), default=0)
    # Tries in a row whose process ended in the middle: a refusal of the server is none, and starts the count anew.
    crashes = models.PositiveSmallIntegerField(default=0, editable=False)
    lease = models.UUIDField(null=True, blank=True, editable=False)
    due_at = models.DateTimeField(_("Not before"))
    created_at = models.DateTimeField(_("Written"))
    # The start of the days after which we give up: the writing, or the last time that somebody had it sent again.
    owed_at = models.DateTimeField(editable=False)
    sent_at = models.DateTimeField(_("Sent"), null=True, blank=True)
    last_error = models.CharField(_("Last error"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        constraints = [
            models.UniqueConstraint(fields=["obligation", "about", "to_address"], name="an_obligation_is_written_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=["queued", "sending", "deferred", "sent", "failed"]),
                name="letter_state_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(state="sent", sent_at__isnull=False)
                | (~models.Q(state="sent") & models.Q(sent_at=None)),
                name="a_sent_letter_has_its_moment",
            ),
            models.CheckConstraint(
                condition=models.Q(state="sending", lease__isnull=False) | ~models.Q(state="sending"),
                name="a_letter_being_sent_has_a_lease",
            ),
        ]
        indexes = [
            # delivery.claim: the next letter that is due.
            models.Index(
                fields=["due_at", "id"],
                name="letters_due",
                condition=models.Q(state__in=["queued", "deferred", "sending"]),
            ),
            # The letters of one thread: history of a request, and the letter that a new one answers.
            models.Index(fields=["thread", "id"], name="letters_of_a_thread"),
        ]

    def __str__(self) -> str:
        return self.subject

    def bodies(self) -> tuple[str, str]:
        """The text and the HTML as they are sent, opened if they are stored sealed."""
        if not self.is_sealed:
            return self.text_body, self.html_body
        ring: KeyRing = settings.VAULT_KEYS
        text = ring.open_text(self.text_body, self._context("text"))
        return text, ring.open_text(self.html_body, self._context("html"))

    def seal(self, text: str, html: str) -> None:
        """Set both bodies sealed: a reset link is worth an account."""
        ring: KeyRing = settings.VAULT_KEYS
        self.is_sealed = True
        self.text_body = ring.seal_text(text, self._context("text"))
        self.html_body = ring.seal_text(html, self._context("html"))

    def _context(self, column: str) -> str:
        return f"notifications.outgoing_email:{self.message_id}:{column}"

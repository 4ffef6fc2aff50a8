from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class Credential(models.Model):
    """Access data to a server, sealed (3.5a). Every column holds a token that opens only in its own row and column."""

    class Rights(models.TextChoices):
        ADMIN = "admin", _("Administrator")
        LIMITED = "limited", _("Limited")
        UNKNOWN = "unknown", _("I don't know")

    # The key is known before the insert: the seal is bound to it.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    login_sealed = models.TextField()
    password_sealed = models.TextField(blank=True)
    note_sealed = models.TextField(blank=True)
    key_file_sealed = models.TextField(blank=True)
    rights = models.CharField(max_length=10, choices=Rights)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("access data")
        verbose_name_plural = _("access data")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rights__in=["admin", "limited", "unknown"]), name="rights_are_known"
            ),
            # A value that is no token can only be a secret in the clear.
            models.CheckConstraint(
                condition=models.Q(login_sealed__startswith="v1.")
                & (models.Q(password_sealed="") | models.Q(password_sealed__startswith="v1."))  # noqa: S106 - the mark of a seal
                & (models.Q(note_sealed="") | models.Q(note_sealed__startswith="v1."))
                & (models.Q(key_file_sealed="") | models.Q(key_file_sealed__startswith="v1.")),
                name="access_data_is_sealed",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

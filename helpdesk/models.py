from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class PeriodicJob(models.Model):
    """When each job of schedule.py runs next. Clocks claim rows with SKIP LOCKED, so any number of them may run."""

    name = models.CharField(_("Name"), max_length=100, primary_key=True)
    next_run_at = models.DateTimeField(_("Next run"))
    last_run_at = models.DateTimeField(_("Last run"), null=True, blank=True)
    last_error = models.CharField(_("Last error"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("periodic job")
        verbose_name_plural = _("periodic jobs")

    def __str__(self) -> str:
        return self.name

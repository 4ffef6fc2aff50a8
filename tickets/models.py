from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pgtrigger
from django.db import models
from django.db.models import F, Func, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models import Customer, Server
from customers.vault.models import Credential
from sla.models import CalendarVersion, LevelVersion
from tickets.querysets import MessageQuerySet, TicketQuerySet
from tickets.rank import Rung
from tickets.statuses import META, OPEN, Channel, Component, Criticality, Frequency, Ground, Kind, Outcome, Status

REOPEN_WITHIN = timedelta(days=30)


def _one_of(field: str, values: list[str], *, blank: bool = False) -> Q:
    return Q(**{f"{field}__in": [*values, ""] if blank else values})


class Ticket(models.Model):
    """A request («Заявка»): what was told, by whom, what was promised, where it stands. Only verbs change it."""

    # A sequence hands out each number once, whatever runs at the same time; a rolled-back filing leaves a gap.
    number = models.BigIntegerField(
        _("Number"),
        unique=True,
        editable=False,
        db_default=Func(models.Value("tickets_ticket_number"), function="nextval"),
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name=_("Customer")
    )
    author = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="filed_tickets", verbose_name=_("Author")
    )
    channel = models.CharField(_("Channel"), max_length=10, choices=Channel)
    language = models.CharField(max_length=2, default="ru")
    # One per opened form: a double click or a POST after the back button finds the request it already made.
    submission_key = models.UUIDField(default=uuid.uuid4, editable=False)
    follows = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="followers", editable=False)

    # 3.5a, the seven items of the template
    subject = models.CharField(_("Subject"), max_length=120)
    description = models.TextField(_("Description"))
    steps = models.TextField(_("Steps to reproduce"), blank=True)
    frequency = models.CharField(_("How often it happens"), max_length=10, choices=Frequency, default=Frequency.UNKNOWN)
    server = models.ForeignKey(
        Server, models.SET_NULL, null=True, blank=True, related_name="tickets", verbose_name=_("Server")
    )
    server_address = models.CharField(_("Server address"), max_length=255, blank=True)
    credential = models.OneToOneField(Credential, models.SET_NULL, null=True, blank=True, editable=False)
    version = models.CharField(_("Software version"), max_length=50, blank=True)
    controller = models.CharField(_("Controller or vehicle"), max_length=100, blank=True)
    criticality = models.CharField(_("Criticality"), max_length=10, choices=Criticality)
    criticality_confirmed_at = models.DateTimeField(null=True, blank=True, editable=False)
    contact_name = models.CharField(_("Responsible person"), max_length=150)
    contact_phone = models.CharField(_("Phone"), max_length=60, blank=True)
    contact_phone_digits = models.CharField(max_length=20, blank=True, editable=False)
    contact_email = models.EmailField(_("E-mail"), max_length=254, blank=True)

    status = models.CharField(_("Status"), max_length=12, choices=Status, default=Status.NEW)
    status_changed_at = models.DateTimeField()
    engineer = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="assigned_tickets", verbose_name=_("Engineer")
    )
    received_at = models.DateTimeField(_("Received"))
    registered_at = models.DateTimeField(_("Registered"))
    updated_at = models.DateTimeField(_("Updated"))

    # What was promised, and by which versions (3.6). Without a valid contract a term works inside and is never shown.
    level_version = models.ForeignKey(LevelVersion, models.PROTECT, null=True, blank=True, related_name="+")
    calendar_version = models.ForeignKey(CalendarVersion, models.PROTECT, null=True, blank=True, related_name="+")
    # Hours published since, by which the request was counted anew while its term stayed with those above: it had been
    # reacted to, or would have been overdue at once. The reply clock and the working days go by these.
    newer_hours = models.ForeignKey(CalendarVersion, models.PROTECT, null=True, blank=True, related_name="+")
    is_term_promised = models.BooleanField(default=False)
    limit_minutes = models.PositiveIntegerField(null=True, blank=True)
    due_at = models.DateTimeField(_("Reaction due"), null=True, blank=True)
    at_risk_at = models.DateTimeField(null=True, blank=True)
    grave_at = models.DateTimeField(null=True, blank=True)
    reaction_windows = models.JSONField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    reacted_at = models.DateTimeField(_("Reaction"), null=True, blank=True)

    # The reply clock, which works inside: the oldest message of the customer's that nobody has answered, the request
    # itself being the first, and when an answer is due by the same limit.
    unanswered_since = models.DateTimeField(null=True, blank=True)
    reply_due_at = models.DateTimeField(null=True, blank=True)
    # Up to which of AT_RISK, OVERDUE, GRAVE the engineers were warned: once for each.
    warned_rung = models.PositiveSmallIntegerField(null=True, blank=True)

    # The stored rank (rank.py): verbs write it, the clock flips it at flip_at.
    rung = models.PositiveSmallIntegerField(choices=Rung)
    queue_at = models.DateTimeField()
    flip_at = models.DateTimeField(null=True, blank=True)

    # Correspondence at a glance, kept by the verbs.
    last_message_at = models.DateTimeField(null=True, blank=True)
    last_message_by_staff = models.BooleanField(default=False)

    # Moves with their facts
    development_task = models.CharField(_("Task number"), max_length=50, blank=True)
    review_date = models.DateField(_("Review on"), null=True, blank=True)
    deferred_until_date = models.DateField(_("Deferred until"), null=True, blank=True)
    ground = models.CharField(_("Ground"), max_length=25, choices=Ground, blank=True)
    kind = models.CharField(_("Kind"), max_length=15, choices=Kind, blank=True)
    component = models.CharField(_("Component"), max_length=15, choices=Component, blank=True)
    outcome = models.CharField(_("Outcome"), max_length=15, choices=Outcome, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        constraints = [
            models.UniqueConstraint(fields=["submission_key", "author"], name="a_form_makes_one_ticket_of_its_author"),
            models.CheckConstraint(condition=_one_of("status", Status.values), name="ticket_status_is_known"),
            models.CheckConstraint(condition=_one_of("channel", Channel.values), name="ticket_channel_is_known"),
            models.CheckConstraint(
                condition=_one_of("criticality", Criticality.values), name="ticket_criticality_is_known"
            ),
            models.CheckConstraint(condition=_one_of("frequency", Frequency.values), name="ticket_frequency_is_known"),
            models.CheckConstraint(condition=_one_of("kind", Kind.values, blank=True), name="ticket_kind_is_known"),
            models.CheckConstraint(
                condition=_one_of("component", Component.values, blank=True), name="ticket_component_is_known"
            ),
            models.CheckConstraint(
                condition=_one_of("outcome", Outcome.values, blank=True), name="ticket_outcome_is_known"
            ),
            models.CheckConstraint(
                condition=_one_of("ground", Ground.values, blank=True), name="ticket_ground_is_known"
            ),
            models.CheckConstraint(condition=Q(rung__gte=1, rung__lte=6), name="ticket_rung_is_one_of_six"),
            # 3.4: nobody's request leaves «new» unless an engineer has reacted, or the customer took it back himself.
            models.CheckConstraint(
                condition=Q(status="new") | Q(reacted_at__isnull=False) | Q(status="closed", outcome="withdrawn"),
                name="leaving_new_needs_a_reaction",
            ),
            models.CheckConstraint(
                condition=~Q(status="new") | Q(engineer=None, reacted_at=None), name="a_new_ticket_is_nobodys_yet"
            ),
            models.CheckConstraint(
                condition=~Q(status="deferred") | (~Q(ground="") & Q(deferred_until_date__isnull=False)),
                name="deferral_has_a_ground_and_a_date",
            ),
            models.CheckConstraint(
                condition=~Q(status="resolved")
                | (~Q(kind="") & ~Q(component="") & ~Q(outcome="") & Q(resolved_at__isnull=False)),
                name="resolution_is_qualified",
            ),
            models.CheckConstraint(
                condition=~Q(status="closed") | (Q(closed_at__isnull=False) & (~Q(outcome="") | ~Q(ground=""))),
                name="closing_has_an_outcome_or_a_ground",
            ),
            models.CheckConstraint(
                condition=Q(due_at=None, at_risk_at=None, grave_at=None, limit_minutes=None)
                # A comparison with nothing is neither true nor false, which a check lets pass.
                | Q(
                    due_at__isnull=False,
                    at_risk_at__isnull=False,
                    grave_at__isnull=False,
                    limit_minutes__isnull=False,
                    limit_minutes__gte=1,
                    at_risk_at__lte=F("due_at"),
                    due_at__lte=F("grave_at"),
                    due_at__gte=F("received_at"),
                ),
                name="deadline_moments_stand_in_order",
            ),
            models.CheckConstraint(
                condition=Q(is_term_promised=False)
                | Q(
                    customer__isnull=False,
                    level_version__isnull=False,
                    calendar_version__isnull=False,
                    due_at__isnull=False,
                ),
                name="a_promise_rests_on_a_customers_level",
            ),
            models.CheckConstraint(condition=Q(received_at__lte=F("registered_at")), name="received_before_registered"),
        ]
        indexes = [
            # The queue in its order (3.6), walked by keyset: open requests only.
            models.Index(
                fields=["rung", "queue_at", "received_at", "id"],
                name="queue_rank",
                condition=Q(status__in=["new", "in_progress", "waiting", "development", "deferred"]),
            ),
            # The queue's first tab: what waits for an engineer, in the same order.
            models.Index(
                fields=["rung", "queue_at", "received_at", "id"], name="queue_untaken", condition=Q(status="new")
            ),
            # The counts on the queue's tabs, from the index alone.
            models.Index(
                fields=["status", "engineer", "at_risk_at"],
                name="queue_counts",
                condition=Q(status__in=["new", "in_progress", "waiting", "development", "deferred"]),
            ),
            # The queue's «Mine», and the closed list by time.
            models.Index(fields=["engineer", "status"], name="tickets_of_engineer"),
            models.Index(
                fields=["-closed_at", "-id"], name="tickets_closed", condition=Q(status__in=["resolved", "closed"])
            ),
            # The cabinet's list: newest change first, of one organisation or of one author.
            models.Index(fields=["customer", "-updated_at", "-id"], name="tickets_of_customer"),
            models.Index(fields=["author", "-updated_at", "-id"], name="tickets_of_author"),
            # usual_reaction: the promised requests of a level that got their reaction lately.
            models.Index(
                fields=["level_version", "reacted_at"],
                name="tickets_reacted",
                condition=Q(is_term_promised=True, reacted_at__isnull=False),
                include=["calendar_version", "received_at"],
            ),
            # The reaction report: a month of one contract in order of receipt, or of all of them.
            models.Index(fields=["received_at", "customer", "id"], name="tickets_by_receipt"),
            # clock: rungs to flip, deadlines to settle, deferrals to wake, resolutions to close.
            models.Index(fields=["flip_at"], name="tickets_to_flip", condition=Q(flip_at__isnull=False)),
            models.Index(fields=["registered_at"], name="tickets_to_settle", condition=Q(settled_at=None)),
            # clock: whose reaction is near its term or past it, for the warnings.
            models.Index(fields=["at_risk_at"], name="tickets_to_warn", condition=Q(status="new")),
            models.Index(fields=["deferred_until_date"], name="tickets_to_wake", condition=Q(status="deferred")),
            models.Index(fields=["resolved_at"], name="tickets_to_close", condition=Q(status="resolved")),
        ]

    def __str__(self) -> str:
        return f"№ {self.number}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @cached_property
    def level_name(self) -> str | None:
        """The support level by its name; a query, unless the rows came `with_level_name`."""
        return self.level_version.level.name if self.level_version else None

    @property
    def status_tone(self) -> str:
        return META[self.status].tone

    @property
    def is_reaction_pending(self) -> bool:
        """Whether the reaction clock still runs: nobody has taken or answered, and the customer has not withdrawn."""
        return self.reacted_at is None and self.is_open

    @property
    def hours_id(self) -> int | None:
        """The calendar version that the request lives by now; its reaction is judged by `calendar_version` alone."""
        return self.newer_hours_id or self.calendar_version_id

    def may_be_reopened(self, at: datetime) -> bool:
        """A resolved request always, a closed one within thirty days of closing."""
        if self.status == Status.RESOLVED:
            return True
        return self.status == Status.CLOSED and self.closed_at is not None and at <= self.closed_at + REOPEN_WITHIN


class Message(models.Model):
    """One entry of the correspondence, or an internal note."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer", _("From the customer")
        STAFF = "staff", _("From support")
        NOTE = "note", _("Internal note")

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="messages", verbose_name=_("ticket"))
    kind = models.CharField(max_length=10, choices=Kind)
    author = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    author_name = models.CharField(max_length=150, blank=True, help_text=_("Who wrote, where it is nobody's account."))
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.CABINET)
    body = models.TextField(_("Text"))
    submission_key = models.UUIDField(default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(_("Written"))

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "submission_key", "author"], name="a_form_writes_one_message_of_its_author"
            ),
            models.CheckConstraint(
                condition=_one_of("kind", ["customer", "staff", "note"]), name="message_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(kind="customer") | Q(author__isnull=False), name="staff_messages_have_an_author"
            ),
            models.CheckConstraint(condition=~Q(body=""), name="a_message_says_something"),
        ]
        indexes = [
            # The thread of one request in time order.
            models.Index(fields=["ticket", "created_at", "id"], name="messages_of_ticket"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}/{self.pk}"


class Attachment(models.Model):
    """A file of a request or of one of its messages: its bytes as they came, under a random name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="attachments", verbose_name=_("ticket"))
    message = models.ForeignKey(
        Message, models.PROTECT, null=True, blank=True, related_name="attachments", verbose_name=_("message")
    )
    name = models.CharField(_("Name"), max_length=150)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=100, unique=True, editable=False)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        constraints = [
            models.CheckConstraint(condition=Q(size__gte=1, size__lte=25_000_000), name="a_file_has_1_byte_to_25_mb"),
        ]

    def __str__(self) -> str:
        return self.name


class TicketEvent(models.Model):
    """One line of a request's history. Codes, ids and the words of a reason; the database refuses to change or delete
    it."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="events", verbose_name=_("ticket"))
    code = models.CharField(max_length=50)
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            # The history of one request.
            models.Index(fields=["ticket", "at", "id"], name="events_of_ticket"),
        ]
        triggers = [pgtrigger.Protect(name="history_stays", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.code} {self.ticket_id}"


class Breach(models.Model):
    """The reaction of a request came after its term, or has not come yet: written once, never changed or deleted. Of
    the promised term, or of the one that worked inside before a contract covered the request; there may be both."""

    ticket = models.ForeignKey(
        Ticket, models.PROTECT, related_name="breaches", db_index=False, verbose_name=_("ticket")
    )  # the constraint's index finds them
    due_at = models.DateTimeField(_("Reaction due"), help_text=_("As it was promised when the term ran out."))
    is_promised = models.BooleanField(_("The term was promised"))
    noticed_at = models.DateTimeField(_("Noticed"))

    class Meta:
        verbose_name = _("breach")
        verbose_name_plural = _("breaches")
        constraints = [
            models.CheckConstraint(condition=Q(noticed_at__gt=F("due_at")), name="a_breach_comes_after_its_term"),
            models.UniqueConstraint(fields=["ticket", "is_promised"], name="a_term_is_breached_once"),
        ]
        triggers = [pgtrigger.Protect(name="breaches_stay", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.due_at:%Y-%m-%d %H:%M}"


class BreachAnnulment(models.Model):
    """Why a breach does not count; it stays beside it for ever."""

    breach = models.OneToOneField(Breach, models.PROTECT, related_name="annulment", verbose_name=_("breach"))
    reason = models.TextField(_("Reason"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("annulment of a breach")
        verbose_name_plural = _("annulments of breaches")
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="an_annulment_has_a_reason")]
        triggers = [pgtrigger.Protect(name="annulments_stay", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.breach_id}"


class Recalculation(models.Model):
    """The work that a published calendar version made: its open requests are counted anew, in batches, by anybody."""

    calendar_version = models.OneToOneField(
        CalendarVersion, models.PROTECT, related_name="recalculation", verbose_name=_("calendar version")
    )
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    started_at = models.DateTimeField(_("Started"))
    finished_at = models.DateTimeField(_("Finished"), null=True, blank=True)
    total = models.PositiveIntegerField(_("Open requests at the start"))
    done = models.PositiveIntegerField(_("Counted anew"), default=0)
    moved = models.PositiveIntegerField(_("Deadlines moved"), default=0)

    class Meta:
        verbose_name = _("recalculation")
        verbose_name_plural = _("recalculations")
        indexes = [
            # clock: what a killed worker left.
            models.Index(fields=["started_at"], name="recalculations_to_finish", condition=Q(finished_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.calendar_version}: {self.done}/{self.total}"

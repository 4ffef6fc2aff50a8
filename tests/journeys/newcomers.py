"""What the demo data lacks: people for the pages that are empty, and a calendar that is being changed.

Added to a scratch desk by `manage.py shell`."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from customers.models import Customer, Membership
from helpdesk.demo.people import PASSWORD
from sla.models import BusinessCalendar
from tests.cast import new_calendar_version
from tests.journeys.places import MARIA, OLGA, STRAY
from tickets import publishing


def add() -> None:
    """Olga, who has just come with an organisation without a contract, and somebody of no organisation."""
    customer = Customer.objects.create(name="ООО «Новый путь»")
    olga = User.objects.create_user(OLGA, PASSWORD, full_name="Новикова Ольга Петровна")
    Membership.objects.create(user=olga, customer=customer, role=Membership.Role.ADMINISTRATOR)
    User.objects.create_user(STRAY, PASSWORD, full_name="Странников Пётр Ильич")
    change_calendar()


def change_calendar() -> None:
    """A version that moves nothing is published, and a draft that moves much is begun."""
    calendar, now = BusinessCalendar.objects.get(), timezone.now()
    far, today = timezone.localdate(now) + timedelta(days=300), timezone.localdate(now)
    draft = new_calendar_version(calendar, {far: []}, published_at=None)
    publishing.publish(draft, reason="День города", by=User.objects.get(email=MARIA), at=now)
    new_calendar_version(calendar, {today + timedelta(days=n): [] for n in range(4)}, published_at=None)

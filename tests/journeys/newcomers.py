"""People whom the demo data lacks, for the pages that are empty: added to a scratch desk by `manage.py shell`."""

from __future__ import annotations

from accounts.models import User
from customers.models import Customer, Membership
from helpdesk.demo.people import PASSWORD
from tests.journeys.places import OLGA, STRAY


def add() -> None:
    """Olga, who has just come with an organisation without a contract, and somebody of no organisation."""
    customer = Customer.objects.create(name="ООО «Новый путь»")
    olga = User.objects.create_user(OLGA, PASSWORD, full_name="Новикова Ольга Петровна")
    Membership.objects.create(user=olga, customer=customer, role=Membership.Role.ADMINISTRATOR)
    User.objects.create_user(STRAY, PASSWORD, full_name="Странников Пётр Ильич")

"""The duty group: who is told when a request that nobody has taken comes near its term."""

from __future__ import annotations

from accounts.models import User
from accounts.roles import ALLOWED, Act


def duty_group() -> list[User]:
    """Those on duty who work on requests; where nobody is, all who do. By name."""
    roles = [role.value for role in ALLOWED[Act.WORK]]
    workers = User.objects.filter(is_active=True, staff_roles__role__in=roles).distinct().order_by("full_name", "pk")
    return list(workers.filter(is_on_duty=True)) or list(workers)

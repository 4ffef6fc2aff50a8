"""What the address of the reaction report asks for, and the addresses of its other parts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from customers.models import Contract
from tickets.reports.months import Month, MonthNotValid

PAGE = 200
ON_PAPER = 5000
"""Rows of one page where all are wanted, to print them; a larger month is printed from a file."""


class NotAskedRight(ValueError):
    """The address asks for something that there is not. The text says what, and is safe to show."""


@dataclass(frozen=True)
class Wanted:
    """What the address asks for, checked. Without a contract it is all of them; `after` is a place in the list."""

    month: Month
    contract: Contract | None = None
    after: str = ""
    is_whole: bool = False

    @property
    def size(self) -> int:
        """Rows of a page."""
        return ON_PAPER if self.is_whole else PAGE

    def url(self, *, file: str = "", after: str = "", whole: bool | None = None) -> str:
        """The address of this report, from a place of its list on; of its `file`, "csv" or "xlsx"."""
        is_whole = self.is_whole if whole is None else whole
        told = {
            "month": self.month.code,
            "contract": self.contract.pk if self.contract else "",
            "after": after,
            "all": "1" if is_whole and not file else "",
        }
        asked = urlencode({key: value for key, value in told.items() if value})
        return f"{reverse('admin:reaction_report' + (f'_{file}' if file else ''))}?{asked}"


def wanted_of(request: HttpRequest, at: datetime) -> Wanted:
    """Read the address; without a month it is the last one that is over. Raises NotAskedRight."""
    told = request.GET.get("month", "")
    try:
        month = Month.parse(told, at=at) if told else Month.of(at).previous
    except MonthNotValid as error:
        raise NotAskedRight(str(error)) from error
    contract = _contract(request.GET.get("contract", ""))
    return Wanted(month, contract, request.GET.get("after", ""), request.GET.get("all") == "1")


def _contract(told: str) -> Contract | None:
    if not told:
        return None
    is_id = told.isascii() and told.isdigit() and len(told) < 19
    found = Contract.objects.filter(pk=int(told)).select_related("customer", "level").first() if is_id else None
    if found is None:
        raise NotAskedRight(_("There is no such contract. Choose one from the list."))
    return found

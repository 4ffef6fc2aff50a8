"""The reaction report on the screen and on paper (regulation.md, «Terms and clocks»), for whoever manages the service.

Without a contract it is the list of the month's contracts, with one it is that contract's requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.roles import Act
from content.moments import full_moment_words
from customers.models import Contract
from tickets.admin.desk import staff
from tickets.admin.report_address import PAGE, NotAskedRight, Wanted, wanted_of
from tickets.admin.report_rows import contract_rows, line_rows
from tickets.keyset import CursorNotValid
from tickets.reports.coverage import coverage
from tickets.reports.figures import Figures
from tickets.reports.lines import ContractMonth
from tickets.reports.months import Month, recent
from tickets.reports.overview import Overview, overview
from tickets.reports.words import definitions, figure_rows, little_words
from tickets.shapes import PageLink


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The report of a month: all contracts, or one."""
    staff(request, Act.MANAGE_SERVICE)
    at = timezone.now()
    try:
        wanted = wanted_of(request, at)
        shown = _of_contract(wanted, wanted.contract, at) if wanted.contract else _of_all(wanted, at)
    except NotAskedRight as refusal:
        return refused(request, str(refusal), at)
    return _answer(request, wanted, {**shown, "made": full_moment_words(at)}, at)


def refused(request: HttpRequest, sentence: str, at: datetime) -> HttpResponse:
    """The page with the sentence in place of a report, to choose again."""
    return _answer(request, Wanted(Month.of(at).previous), {"problem": sentence}, at, status=422)


def _answer(
    request: HttpRequest, wanted: Wanted, shown: Mapping[str, Any], at: datetime, *, status: int = 200
) -> HttpResponse:
    serving, months = coverage(wanted.month).contracts, recent(at)
    chosen = wanted.contract
    is_offered = chosen is None or any(it.pk == chosen.pk for it in serving)
    context = {
        **admin.site.each_context(request),
        "title": _("Reaction report"),
        "months": months if wanted.month in months else [*months, wanted.month],
        "contracts": serving if is_offered else [chosen, *serving],
        "month": wanted.month,
        "contract": chosen,
        "overview_url": Wanted(wanted.month).url(),
        "definitions": definitions(),
        **shown,
    }
    return TemplateResponse(request, "admin/tickets/reaction_report.html", context, status=status)


def _of_all(wanted: Wanted, at: datetime) -> dict[str, Any]:
    seen = overview(wanted.month, at)
    first = _place(seen, wanted.after) if wanted.after else 0
    some = seen.lines[first : first + wanted.size]
    has_more = first + wanted.size < len(seen.lines)
    return {
        "overview": contract_rows(some, wanted.month),
        "aside": _uncovered_words(seen.uncovered),
        "empty": _empty_overview_words(seen),
        **_figures(seen.total),
        **_links(wanted, after=str(some[-1].contract.pk) if has_more else "", rows=len(seen.lines)),
    }


def _place(seen: Overview, after: str) -> int:
    """Where the page begins that comes after that contract."""
    for number, line in enumerate(seen.lines, start=1):
        if str(line.contract.pk) == after:
            return number
    raise _no_place()


def _of_contract(wanted: Wanted, contract: Contract, at: datetime) -> dict[str, Any]:
    about = ContractMonth.find(contract, wanted.month)
    try:
        lines, after = about.page(at, size=wanted.size, after=wanted.after)
    except CursorNotValid as error:
        raise _no_place() from error
    figures = about.figures(at)
    return {
        "lines": line_rows(lines),
        "aside": _unpromised_words(about.unpromised().count()),
        "empty": "" if figures.received else _empty_contract_words(about),
        "contract_dates": _dates_words(contract),
        **_figures(figures),
        **_links(wanted, after=after, rows=figures.received),
    }


def _figures(figures: Figures) -> dict[str, Any]:
    return {"figures": figure_rows(figures) if figures.received else [], "little": little_words(figures)}


def _links(wanted: Wanted, *, after: str, rows: int) -> dict[str, Any]:
    return {
        "csv_url": wanted.url(file="csv"),
        "xlsx_url": wanted.url(file="xlsx"),
        "whole_url": wanted.url(whole=True) if rows > PAGE and not wanted.is_whole else None,
        "page": PageLink(
            next_url=wanted.url(after=after) if after else None,
            first_url=wanted.url() if wanted.after else None,
            next_label=_("Show %(n)d more") % {"n": wanted.size},
        ),
    }


def _no_place() -> NotAskedRight:
    return NotAskedRight(_("The list has no such place. Begin at its start."))


# --- sentences ------------------------------------------------------------------------------------------------------


def _uncovered_words(n: int) -> str:
    if not n:
        return ""
    return ngettext(
        "%(n)d ticket stands under no contract: none was valid on the day of receipt, or no term was promised.",
        "%(n)d tickets stand under no contract: none was valid on the day of receipt, or no term was promised.",
        n,
    ) % {"n": n}


def _unpromised_words(n: int) -> str:
    if not n:
        return ""
    return ngettext(
        "%(n)d more ticket came in on days of the contract without a promised term. It is not in the report.",
        "%(n)d more tickets came in on days of the contract without a promised term. They are not in the report.",
        n,
    ) % {"n": n}


def _empty_overview_words(seen: Overview) -> str:
    if not seen.total.received and not seen.uncovered:
        return _("No tickets in this period.")
    return "" if seen.lines else _("No contract was valid in this month.")


def _empty_contract_words(about: ContractMonth) -> str:
    return _("No tickets in this period.") if about.spans else _("This contract served no day of this month.")


def _dates_words(contract: Contract) -> str:
    return _("valid from %(first)s until %(last)s, with grace until %(grace)s") % {
        "first": date_format(contract.starts_date, "SHORT_DATE_FORMAT"),
        "last": date_format(contract.ends_date, "SHORT_DATE_FORMAT"),
        "grace": date_format(contract.served_until_date, "SHORT_DATE_FORMAT"),
    }

"""The reaction report as CSV, streamed as its rows are read, and as XLSX, written to disk first."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.roles import Act
from content.files import safe_name
from content.moments import full_moment_words, zone_words
from tickets.admin.desk import staff
from tickets.admin.report_address import NotAskedRight, Wanted, wanted_of
from tickets.admin.reports import refused
from tickets.reports import csv_file, xlsx_file
from tickets.reports.figures import Tally
from tickets.reports.lines import ContractMonth
from tickets.reports.overview import overview
from tickets.reports.tables import Cell, Table, figure_pairs, line_table, overview_table
from tickets.reports.words import definitions

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def csv(request: HttpRequest) -> HttpResponseBase:
    """The rows of the report as CSV; nothing of it is read before the first row is wanted."""
    return _file(request, _csv)


@require_safe
def xlsx(request: HttpRequest) -> HttpResponseBase:
    """The report as XLSX: figures on the first sheet, rows on the second."""
    return _file(request, _xlsx)


def _file(request: HttpRequest, make: Callable[[Wanted, datetime], HttpResponseBase]) -> HttpResponseBase:
    staff(request, Act.MANAGE_SERVICE)
    at = timezone.now()
    try:
        return make(wanted_of(request, at), at)
    except NotAskedRight as refusal:
        return refused(request, str(refusal), at)


def _csv(wanted: Wanted, at: datetime) -> HttpResponseBase:
    table = _table(wanted, at)
    response = StreamingHttpResponse(csv_file.pieces(table), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=_name(wanted, "csv"))
    return response


def _table(wanted: Wanted, at: datetime, tally: Tally | None = None) -> Table:
    if wanted.contract is None:
        return overview_table(overview(wanted.month, at))
    return line_table(ContractMonth.find(wanted.contract, wanted.month), at, tally)


def _xlsx(wanted: Wanted, at: datetime) -> HttpResponse | FileResponse:
    if wanted.contract:
        rows = ContractMonth.find(wanted.contract, wanted.month).promised().count()
        if rows > xlsx_file.MOST_ROWS:
            raise NotAskedRight(
                _("A sheet of XLSX holds %(most)d rows, this report has %(rows)d. Download it as CSV.")
                % {"most": xlsx_file.MOST_ROWS, "rows": rows}
            )
    tally = Tally()
    table = _table(wanted, at, tally)
    content = xlsx_file.write(table, lambda: _front(wanted, at, tally), front_title=_("Figures"))
    return FileResponse(content, as_attachment=True, filename=_name(wanted, "xlsx"), content_type=XLSX)


def _front(wanted: Wanted, at: datetime, tally: Tally) -> list[tuple[str, Cell]]:
    """The first sheet: what the report is about, its figures, how they are counted."""
    about: list[tuple[str, Cell]] = [(_("Reaction report"), wanted.month.words)]
    if wanted.contract:
        about += [
            (_("Customer"), wanted.contract.customer.name),
            (_("Contract"), str(wanted.contract)),
            (_("Support level"), wanted.contract.level.name),
        ]
        about += figure_pairs(tally.figures())
    made = [(_("Made on"), full_moment_words(at)), (zone_words(at), None)]
    return [*about, *made, *((sentence, None) for sentence in definitions())]


def _name(wanted: Wanted, extension: str) -> str:
    """A name for the reader's disk, such as «Реакция 2026-11, № 5-2026.csv»."""
    month = wanted.month.code
    if wanted.contract is None:
        return safe_name(_("Reaction %(month)s") % {"month": month} + f".{extension}")
    number = re.sub(r"[/\\]", "-", wanted.contract.number)
    told = _("Reaction %(month)s, contract %(number)s") % {"month": month, "number": number}
    return safe_name(f"{told}.{extension}")

"""The report as tables of typed cells: the same rows for CSV and XLSX, made one by one.

All words are looked up when a table is made, by the language of the request: its rows are read after that is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tickets.reports.figures import Figures, Tally
from tickets.reports.lines import ContractMonth, Line
from tickets.reports.overview import Overview
from tickets.reports.reactions import Result
from tickets.reports.words import RESULTS
from tickets.statuses import Channel, Criticality

Cell = str | int | float | datetime | None
"""A moment is naive and in the desk's zone; a length is a number of working minutes."""
Row = tuple[Cell, ...]
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    width: int  # in characters, for programs that draw columns


@dataclass(frozen=True)
class Table:
    title: str
    columns: list[Column]
    rows: Iterable[Row]


def line_table(about: ContractMonth, at: datetime, tally: Tally | None = None) -> Table:
    """The requests of a contract's month; each is added to `tally` as its row is made."""
    columns = [
        Column("№", 9),
        Column(_("Subject"), 50),
        Column(_("Criticality"), 14),
        Column(_("Channel"), 16),
        Column(_("Received"), 17),
        Column(_("Reaction due"), 17),
        Column(_("Taken"), 17),
        Column(_("First answer"), 17),
        Column(_("Reaction, working minutes"), 14),
        Column(_("Result"), 26),
        Column(_("Late by, working minutes"), 14),
        Column(_("Reason of the annulment"), 40),
    ]
    return Table(_("Tickets"), columns, _line_rows(about.lines(at), _Labels.now(), tally))


@dataclass(frozen=True)
class _Labels:
    """The words and the zone of the reader's request."""

    results: dict[Result, str]
    criticalities: dict[str, str]
    channels: dict[str, str]
    zone: tzinfo

    @classmethod
    def now(cls) -> _Labels:
        return cls(
            results={code: str(label) for code, label in RESULTS.items()},
            criticalities={code.value: str(code.label) for code in Criticality},
            channels={code.value: str(code.label) for code in Channel},
            zone=timezone.get_default_timezone(),
        )

    def moment(self, at: datetime | None) -> datetime | None:
        return at.astimezone(self.zone).replace(tzinfo=None) if at else None


def _line_rows(lines: Iterator[Line], labels: _Labels, tally: Tally | None) -> Iterator[Row]:
    for line in lines:
        if tally is not None:
            tally.add(line)
        yield (
            line.number,
            line.subject,
            labels.criticalities[line.criticality],
            labels.channels[line.channel],
            labels.moment(line.received_at),
            labels.moment(line.due_at),
            labels.moment(line.reacted_at),
            labels.moment(line.answered_at),
            minutes(line.reaction),
            labels.results[line.result],
            minutes(line.late) if line.result in {Result.LATE, Result.ANNULLED} else None,
            line.annulment_reason,
        )


def overview_table(seen: Overview) -> Table:
    """The contracts of a month, one a row, and all of them in the last."""
    columns = [
        Column(_("Customer"), 36),
        Column(_("Contract"), 18),
        Column(_("Support level"), 18),
        *(Column(title, 14) for title in _figure_titles()),
    ]
    rows: list[Row] = [
        (it.contract.customer.name, str(it.contract), it.contract.level.name, *_figure_cells(it.figures))
        for it in seen.lines
    ]
    rows.append((pgettext("reaction report", "Total"), "", "", *_figure_cells(seen.total)))
    return Table(_("Contracts"), columns, rows)


def figure_pairs(figures: Figures) -> list[tuple[str, Cell]]:
    """Name and value of each figure."""
    return list(zip(_figure_titles(), _figure_cells(figures), strict=True))


def _figure_titles() -> list[str]:
    return [
        pgettext("reaction report", "Received"),
        str(RESULTS[Result.IN_TIME]),
        str(RESULTS[Result.LATE]),
        pgettext("reaction report", "Annulled"),
        pgettext("reaction report", "Running"),
        pgettext("reaction report", "Withdrawn"),
        _("Share in time, per cent"),
        _("Reactions"),
        _("Median reaction, working minutes"),
        _("Nine of ten reactions, working minutes"),
        _("Longest delay, working minutes"),
    ]


def _figure_cells(figures: Figures) -> Row:
    return (
        figures.received,
        figures.in_time,
        figures.late,
        figures.annulled,
        figures.running,
        figures.withdrawn,
        figures.share_in_time,
        figures.reactions,
        minutes(figures.median),
        minutes(figures.ninetieth),
        minutes(figures.longest_delay),
    )


def minutes(length: timedelta | None) -> float | None:
    """Working minutes, to a hundredth."""
    return None if length is None else round(length / _MINUTE, 2)

"""The rows of the reaction report as they are printed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from tickets.admin.report_address import Wanted
from tickets.reports.figures import Figures
from tickets.reports.lines import Line
from tickets.reports.months import Month
from tickets.reports.overview import ContractLine
from tickets.reports.reactions import Result
from tickets.reports.words import annulled_words, length_words, result_words, share_words
from tickets.statuses import Channel, Criticality

TONES = {
    Result.IN_TIME: ("ok", "circle-check"),
    Result.LATE: ("bad-outline", "triangle-alert"),
    Result.ANNULLED: ("mute", "circle-minus"),
    Result.RUNNING: ("info", "clock"),
    Result.WITHDRAWN: ("mute", "circle-minus"),
}


@dataclass(frozen=True, slots=True)
class LineRow:
    """A request. `note` stands under the result."""

    number: int
    url: str
    subject: str
    criticality: str
    channel: str
    received_at: datetime
    due_at: datetime
    reacted_at: datetime | None
    answered_at: datetime | None
    reaction: str
    tone: str
    icon: str
    result: str
    note: str


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A contract of the overview."""

    customer: str
    contract: str
    level: str
    url: str
    figures: Figures
    share: str
    median: str
    ninetieth: str


def line_rows(lines: list[Line]) -> list[LineRow]:
    """The requests of one contract. Words that repeat are looked up once."""
    criticalities = {code.value: str(code.label) for code in Criticality}
    channels = {code.value: str(code.label) for code in Channel}
    return [_line_row(line, criticalities[line.criticality], channels[line.channel]) for line in lines]


def _line_row(line: Line, criticality: str, channel: str) -> LineRow:
    tone, icon = TONES[line.result]
    return LineRow(
        number=line.number,
        url=reverse("admin:tickets_ticket_change", args=[line.number]),
        subject=line.subject,
        criticality=criticality,
        channel=channel,
        received_at=line.received_at,
        due_at=line.due_at,
        reacted_at=line.reacted_at,
        answered_at=line.answered_at,
        reaction=length_words(line.reaction),
        tone=tone,
        icon=icon,
        result=result_words(line),
        note=annulled_words(line),
    )


def contract_rows(lines: list[ContractLine], month: Month) -> list[ContractRow]:
    """The contracts of a month."""
    return [
        ContractRow(
            customer=line.contract.customer.name,
            contract=str(line.contract),
            level=line.contract.level.name,
            url=Wanted(month, line.contract).url(),
            figures=line.figures,
            share=share_words(line.figures.share_in_time),
            median=length_words(line.figures.median),
            ninetieth=length_words(line.figures.ninetieth),
        )
        for line in lines
    ]

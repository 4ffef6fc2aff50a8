"""What became of a request: its steps and their moments, drawn by chance in proportions that desks have."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sla import deadlines
from tests.bench.filling_base import Base
from tests.bench.filling_request import Request, Rows

HISTORY = timedelta(days=365)
REST = timedelta(days=90)
"""How far back what is open, but not new, reaches."""
_COUNTS = (1, 2, 3, 4, 5, 6, 7, 8, 10)
_WEIGHTS = (21, 23, 20, 15, 9, 5, 3, 1, 3)
_CRITICALITIES, _OFTEN = ("critical", "high", "medium", "low"), (4, 21, 50, 25)
_CHANNELS, _BY_CHANNEL = ("cabinet", "email", "phone"), (80, 13, 7)
_STATES, _BY_STATE = ("in_progress", "waiting", "development", "deferred"), (40, 30, 15, 15)


@dataclass(frozen=True)
class Plan:
    """How many requests, as of which moment, and the first numbers that are free."""

    tickets: int
    now: datetime
    first_number: int
    base: Base

    @property
    def open_share(self) -> float:
        """5 %, and 2 % of a million: a desk that has had ten times the requests is not ten times as far behind."""
        return 0.02 if self.tickets >= 1_000_000 else 0.05


def rows_of(plan: Plan, first: int, last: int) -> Rows:
    """The rows of the requests from `first` on, before `last`. The same plan gives the same rows."""
    rows, rng = Rows(), Random(f"{plan.tickets}/{first}")
    days = WorkingDays(plan)
    for index in range(first, last):
        _tell(plan, Request(rows, rng, index, index + 1, plan.first_number + index), days)
    return rows


class WorkingDays:
    """The days on which the desk works: what the clock counts before it closes or reminds."""

    def __init__(self, plan: Plan) -> None:
        hours = plan.base.hours
        self.zone = ZoneInfo(hours.zone)
        windows = hours.windows(plan.now - HISTORY - timedelta(days=7), plan.now + timedelta(days=30))
        self.days = sorted({window.opens_at.astimezone(self.zone).date() for window in windows})

    def morning_after(self, at: datetime, days: int) -> datetime:
        """The first midnight by which so many whole working days have passed since the day of `at`."""
        start = bisect_right(self.days, at.astimezone(self.zone).date())
        # The list reaches a month beyond now: what lies behind its end is future, however far.
        last = self.days[min(start + days, len(self.days)) - 1]
        return datetime.combine(last + timedelta(days=1), time(0, 5), self.zone)


def _tell(plan: Plan, request: Request, days: WorkingDays) -> None:
    rng, base = request.rng, plan.base
    moment = plan.now - HISTORY + HISTORY * ((request.index + rng.random()) / (plan.tickets + 1))
    received_at = moment.replace(microsecond=0)
    _ask(request, base)
    limit = request.client.limit_minutes if request.client else 480
    by = request.author.pk if request.channel == "cabinet" and request.author else None
    if request.channel == "phone":
        by = base.operator
    deadline = deadlines.deadline(base.hours, received_at, limit)
    request.register(deadline, received_at, by, base.internal_version, base.calendar_version)
    end = _end(plan, request)
    if end == "new":
        request.flip(plan.now)
    elif end == "withdrawn" and request.author:
        at = received_at + (plan.now - received_at) * rng.random() * 0.01
        request.flip(at)
        request.withdraw(request.author, at)
    else:
        _work(plan, request, end, days)
    if rng.random() < 0.08:
        request.attach("журнал.txt")
    request.write(plan.now, base.hours, f"{rng.getrandbits(128):032x}")


def _ask(request: Request, base: Base) -> None:
    """Who asks, and how. Two in a hundred are strangers, who write letters."""
    rng = request.rng
    request.criticality = rng.choices(_CRITICALITIES, _OFTEN)[0]
    if rng.random() < 0.02:
        request.channel, request.contact = "email", ("Прохоров Н. К.", "", "", f"someone{request.index}@mail.example")
        return
    request.client = rng.choice(base.clients)
    request.author = request.client.people[0 if rng.random() < 0.67 else 1]
    request.channel = rng.choices(_CHANNELS, _BY_CHANNEL)[0]
    request.contact = (request.author.name, request.author.phone, request.author.digits, request.author.email)
    if request.channel == "cabinet" and rng.random() < 0.2:
        request.give_access()


def _end(plan: Plan, request: Request) -> str:
    """Where the request stands now. The newest are new, the other open ones lie within `REST`."""
    rng, age = request.rng, plan.tickets - 1 - request.index
    still_open = plan.tickets * plan.open_share
    newest = still_open / 4
    if age < newest:
        return "new" if rng.random() < 0.8 or age == 0 else "in_progress"
    resting = plan.tickets * (REST / HISTORY)
    if age < resting and rng.random() < (still_open - newest) / (resting - newest):
        return rng.choices(_STATES, _BY_STATE)[0]
    chance = rng.random()
    return "withdrawn" if chance < 0.02 else "closed" if chance < 0.08 else "resolved"


def _work(plan: Plan, request: Request, end: str, days: WorkingDays) -> None:
    """The correspondence of a request that somebody has taken."""
    rng, now = request.rng, plan.now
    engineer = rng.choice(plan.base.engineers)
    count = rng.choices(_COUNTS, _WEIGHTS)[0] if request.author else 1
    moments = _moments(request, count + 1, now)
    request.flip(moments[0])
    if count > 1 or rng.random() < 0.7 or end in ("development", "deferred"):
        request.take(engineer, moments[0])
    else:
        moments[1] = moments[0]
    if request.criticality == "critical" and request.reacted_at and rng.random() < 0.6:
        request.confirm_criticality(moments[0])
    for place in range(1, count):
        _step(request, engineer, place, moments[place], is_last=place == count - 1)
    _last(plan, request, end, engineer, moments[count], days)


def _step(request: Request, engineer: int, place: int, at: datetime, *, is_last: bool) -> None:
    """By turns a question and a reply; the third of a long correspondence is a note."""
    if place % 2 == 0 and request.author:
        request.reply(request.author, at)
    elif place == 3:
        request.note(engineer, at)
    else:
        request.answer(engineer, at, waits=not is_last)


def _last(plan: Plan, request: Request, end: str, engineer: int, at: datetime, days: WorkingDays) -> None:
    today, rng = plan.now.date(), request.rng
    if end == "in_progress":
        if request.author and request.reacted_at and rng.random() < 0.5:
            request.reply(request.author, at)
        else:
            request.answer(engineer, at, waits=False)
    elif end == "waiting":
        request.answer(engineer, at, waits=True)
        if (morning := days.morning_after(at, 3)) <= plan.now:
            request.remind(morning)
    elif end == "development":
        request.pass_to_development(engineer, today + timedelta(days=rng.randint(1, 20)), at)
    elif end == "deferred":
        request.defer(engineer, today + timedelta(days=rng.randint(2, 20)), at)
    elif end == "closed":
        request.close(engineer, at)
    else:
        request.resolve(engineer, at)
        _objected_or_not(plan, request, at, days)


def _objected_or_not(plan: Plan, request: Request, at: datetime, days: WorkingDays) -> None:
    """Half of the customers say that it is done; the clock closes what the others have let pass for five days."""
    said_at = at + timedelta(hours=1 + 40 * request.rng.random())
    morning = days.morning_after(at, 5)
    if request.author and request.rng.random() < 0.5 and said_at <= min(plan.now, morning):
        request.close_resolved(request.author.pk, said_at)
    elif morning <= plan.now:
        request.close_resolved(None, morning)


def _moments(request: Request, count: int, now: datetime) -> list[datetime]:
    """The reaction, in nine of ten cases in time, and the steps after it; all of them past."""
    rng, received_at = request.rng, request.received_at
    room = (now - received_at) * 0.9
    term = request.deadline.due_at - received_at
    reaction = term * (rng.random() if rng.random() < 0.92 else 1 + 2 * rng.random())
    moments = [received_at + min(max(reaction, timedelta(seconds=90)), room * 0.4)]
    span = min(timedelta(days=rng.expovariate(0.25)), room * 0.6)
    shares = sorted(rng.random() for _ in range(count - 1))
    return moments + [moments[0] + span * (0.02 + 0.98 * share) for share in shares]

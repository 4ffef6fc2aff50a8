"""When the steps of a story happened: staff within working hours, customers in the daytime, all of it in the past."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random

from django.utils import timezone

from helpdesk.demo.calendar import WORKDAY_MINUTES
from helpdesk.demo.steps import Defer, Step
from helpdesk.demo.story import Pressure, Story
from sla.deadlines import Term
from sla.working_time import WorkingTime

LATE_SHARE = 0.07  # how many reactions come after the deadline
HISTORY_DAYS = 88
WAKING = time(7, 30)


@dataclass(frozen=True)
class Moments:
    """When a request came in, when it was registered, and when each step of its story happened."""

    received_at: datetime
    registered_at: datetime
    steps: tuple[datetime, ...]


@dataclass(frozen=True)
class Pauses:
    """What chance says about a story before it is laid along the calendar."""

    reaction: float
    """The share of the limit until the first step of the staff."""
    desk_minutes: float
    """How long paper lies at the operator's."""
    hour: float
    """Where between the story's hours it is told."""
    seconds: float
    minute: int
    steps: tuple[float, ...]


def draw(story: Story, rng: Random) -> Pauses:
    """Draw the pauses of a story."""
    reaction = rng.uniform(1.05, 1.9) if rng.random() < LATE_SHARE else 0.03 + rng.betavariate(1.3, 3.4) * 0.9
    if story.criticality == "critical":  # out of turn
        reaction /= 6
    steps = tuple(math.exp(rng.uniform(*map(math.log, step.pause))) for step in story.talk)
    return Pauses(reaction, rng.uniform(8, 95), rng.betavariate(1.5, 2.2), rng.uniform(0, 60), rng.randrange(60), steps)


def untaken(story: Story, pauses: Pauses, limit_minutes: int, calendar: WorkingTime, now: datetime) -> Moments:
    """A request whose reaction clock stands under the story's pressure at `now`, be it night or a holiday."""
    limit, margin = timedelta(minutes=limit_minutes), Term(limit_minutes).risk_margin
    elapsed = {
        Pressure.CALM: (limit - margin) * story.share,
        Pressure.AT_RISK: limit - margin * (1 - story.share),
        Pressure.OVERDUE: limit * (1 + story.share),
        Pressure.GRAVE: limit * 2 + timedelta(hours=1) * (1 + story.share),
    }[story.pressure or Pressure.CALM]
    received_at = calendar.subtract(now, elapsed)
    if not calendar.between(received_at, now):  # nothing of the limit is used: it came in outside working hours
        received_at = now - timedelta(minutes=4 + 40 * story.share)
    desk = (
        min(timedelta(minutes=pauses.desk_minutes), elapsed / 2) if story.channel in {"fax", "letter"} else timedelta()
    )
    return Moments(received_at, calendar.add(received_at, desk), ())


def lay_out(
    story: Story, pauses: Pauses, limit_minutes: int, calendar: WorkingTime, *, latest: datetime, until: datetime
) -> Moments:
    """The last such course of the story that begins by `latest` and ends by `until`."""
    start = latest
    while True:
        moments = course(_at_hours(start, story, pauses), story, pauses, limit_minutes, calendar)
        if moments.registered_at <= latest and (moments.steps or (moments.registered_at,))[-1] <= until:
            return moments
        start -= timedelta(hours=1)


def in_history(age: float, story: Story, pauses: Pauses, now: datetime) -> datetime:
    """When a story that is over is told at the latest: `age` is 0 for yesterday, 1 for the beginning."""
    first, last = story.hours
    day = timezone.localtime(now) - timedelta(days=1 + (HISTORY_DAYS - 1) * age)
    return day.replace(hour=first + int(pauses.hour * (last - first)), minute=pauses.minute)


def end_by(quiet_days: float, calendar: WorkingTime, now: datetime) -> datetime:
    """The moment that lies so many working days before `now`."""
    return calendar.subtract(now, timedelta(minutes=quiet_days * WORKDAY_MINUTES))


def course(received_at: datetime, story: Story, pauses: Pauses, limit_minutes: int, calendar: WorkingTime) -> Moments:
    """What follows from a request that comes in at that moment, or in the next working hours if it must."""
    if story.channel in {"phone", "fax", "letter"} and not calendar.is_open(received_at):
        received_at = calendar.next_opening(received_at) + timedelta(minutes=pauses.minute)
    is_paper = story.channel in {"fax", "letter"}
    registered_at = calendar.add(received_at, timedelta(minutes=pauses.desk_minutes)) if is_paper else received_at
    steps: list[datetime] = []
    moment = registered_at
    for number, (step, minutes) in enumerate(zip(story.talk, pauses.steps, strict=True)):
        if step.is_staff and not any(one.is_staff for one in story.talk[:number]):
            reaction = calendar.add(received_at, timedelta(minutes=limit_minutes * pauses.reaction))
            moment = max(reaction, calendar.add(moment, timedelta(minutes=3)))
        elif step.is_staff:
            moment = calendar.add(_woken(story.talk[:number], moment), timedelta(minutes=_length(step, minutes)))
        else:
            moment = _in_daytime(moment + timedelta(minutes=minutes, days=step.days), pauses)
        steps.append(moment)
    return Moments(received_at, registered_at, tuple(steps))


def _length(step: Step, minutes: float) -> float:
    return step.days * WORKDAY_MINUTES or minutes


def _woken(before: Sequence[Step], moment: datetime) -> datetime:
    """Staff come back to what is deferred on its day."""
    if not before or not isinstance(before[-1], Defer):
        return moment
    back = timezone.localtime(moment) + timedelta(days=before[-1].until_days)
    return back.replace(hour=0, minute=5)


def _at_hours(start: datetime, story: Story, pauses: Pauses) -> datetime:
    """The last moment by `start` at which such a story is told: in its hours, and rarely at a weekend."""
    local = timezone.localtime(start)
    first, last = story.hours
    if local.hour >= last:
        local = local.replace(hour=last - 1)
    elif local.hour < first:
        local = (local - timedelta(days=1)).replace(hour=last - 1)
    if story.hours == Story.hours and local.weekday() >= 5 and pauses.minute % 6:
        local = local - timedelta(days=local.weekday() - 4)
    elif story.hours != Story.hours and local.weekday() >= 4:  # a night with a working day after it
        local = local - timedelta(days=local.weekday() - 3)
    return min(local.replace(minute=pauses.minute), local).replace(second=int(pauses.seconds), microsecond=0)


def _in_daytime(moment: datetime, pauses: Pauses) -> datetime:
    local = timezone.localtime(moment)
    if local.time() < WAKING:
        local = local.replace(hour=WAKING.hour, minute=WAKING.minute) + timedelta(minutes=pauses.minute)
    elif local.hour >= 22:
        local = (local + timedelta(days=1)).replace(hour=8, minute=pauses.minute)
    return local

"""Ninety days of the desk in the order of time: requests come in, people work on them, the clock does its part."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from random import Random

from django.utils import timezone

from accounts.models import User
from helpdesk.demo import timing
from helpdesk.demo.customers import Client
from helpdesk.demo.people import LEFT, LEFT_DAYS_AGO
from helpdesk.demo.scene import Asker, Scene, asker_of
from helpdesk.demo.story import Story
from helpdesk.demo.timing import Moments, Pauses
from sla.working_time import WorkingTime
from tickets import clock, jobs, recalculation, workflow
from tickets.models import Ticket
from tickets.statuses import Channel

# How work is shared; who left got his part as long as he was there.
_ENGINEERS = {"elena": 4, "timur": 4, LEFT: 4, "sergey": 1}

Event = Callable[[datetime], None]


class Desk:
    """Plans every story first, then runs all that happens, each event at its moment and none after `now`."""

    def __init__(
        self, clients: dict[str, Client], staff: dict[str, User], calendar: WorkingTime, rng: Random, now: datetime
    ) -> None:
        self._clients, self._staff, self._calendar, self._rng, self._now = clients, staff, calendar, rng, now
        self._events: list[tuple[datetime, int, Event]] = []
        self._numbers = count()
        self._limits: dict[str, int] = {}

    def run(self, stories: Sequence[Story]) -> None:
        """Play the stories. Those that are over are spread over the history, whatever their order is here."""
        over = [story for story in stories if story.pressure is None and story.quiet_days is None]
        self._rng.shuffle(over)
        ages = {id(story): (number + self._rng.random()) / len(over) for number, story in enumerate(over)}
        for story in stories:
            self._stage(story, ages.get(id(story), 0.0))
        self._wind_the_clock()
        while self._events:
            at, _, event = heapq.heappop(self._events)
            event(at)
        jobs.flip_rungs(self._now)

    def _at(self, moment: datetime, event: Event) -> None:
        if moment <= self._now:
            heapq.heappush(self._events, (moment, next(self._numbers), event))

    def _stage(self, story: Story, age: float) -> None:
        asker = asker_of(story, self._clients)
        pauses = timing.draw(story, self._rng)
        moments = self._moments(story, pauses, self._limit(asker, story), age)
        servers = asker.client.servers if asker.client and story.channel == Channel.CABINET else []
        scene = Scene(
            story=story,
            moments=moments,
            asker=asker,
            engineer=self._engineer(story, moments),
            operator=self._staff["tatiana"],
            server=self._rng.choice(servers) if servers else None,
            rng=self._rng,
        )
        self._at(moments.registered_at, partial(self._register, scene))
        for step, moment in zip(story.talk, moments.steps, strict=True):
            self._at(moment, partial(scene.play, step))

    def _moments(self, story: Story, pauses: Pauses, limit: int, age: float) -> Moments:
        now, calendar = self._now, self._calendar
        if story.pressure:
            return timing.untaken(story, pauses, limit, calendar, now)
        if story.quiet_days is not None:
            until = timing.end_by(story.quiet_days, calendar, now)
            return timing.lay_out(story, pauses, limit, calendar, latest=until, until=until)
        latest = now - timedelta(days=1 + (timing.HISTORY_DAYS - 1) * age)
        return timing.lay_out(story, pauses, limit, calendar, latest=latest, until=now - timedelta(hours=1))

    def _limit(self, asker: Asker, story: Story) -> int:
        """What the contract of today promises; a renewal in between moves a reaction of the past a little."""
        key = asker.client.firm.key if asker.client else ""
        if key not in self._limits:
            term = clock.term_for(asker.client.customer if asker.client else None, self._now)
            self._limits[key] = term.limit(story.criticality) if term else 0
        return self._limits[key]

    def _engineer(self, story: Story, moments: Moments) -> User:
        if story.engineer:
            return self._staff[story.engineer]
        last = (moments.steps or (self._now,))[-1]
        shares = dict(_ENGINEERS)
        if last > self._now - timedelta(days=LEFT_DAYS_AGO):
            del shares[LEFT]
        return self._staff[self._rng.choices(list(shares), list(shares.values()))[0]]

    def _register(self, scene: Scene, at: datetime) -> None:
        scene.file(at)
        recalculation.settle(scene.ticket.pk, at=min(at + timedelta(seconds=1), self._now))
        self._watch(scene.ticket, scene.ticket.flip_at)

    def _watch(self, ticket: Ticket, flip_at: datetime | None) -> None:
        """Be there when time alone changes the request's rung."""
        if flip_at:
            self._at(flip_at, partial(self._flip, ticket))

    def _flip(self, ticket: Ticket, at: datetime) -> None:
        if workflow.flip(at=at):
            ticket.refresh_from_db(fields=["flip_at"])
            self._watch(ticket, ticket.flip_at)

    def _wind_the_clock(self) -> None:
        """What the clock does each day: wake at midnight; close and remind when a working day has begun."""
        day = timezone.localtime(self._now) - timedelta(days=timing.HISTORY_DAYS + 30)
        while day < self._now:
            midnight = day.replace(hour=0, minute=0, second=20, microsecond=0)
            opening = self._calendar.next_opening(midnight)
            self._at(midnight, jobs.wake_deferred)
            if timezone.localdate(opening) == midnight.date():
                morning = opening + timedelta(seconds=20)
                self._at(morning, jobs.close_resolved)
                self._at(morning, jobs.remind_customers)
            day += timedelta(days=1)

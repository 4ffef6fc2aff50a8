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
from helpdesk.demo.steps import Ask, Defer, Resolve, Step
from helpdesk.demo.story import Story
from helpdesk.demo.timing import Moments, Pauses
from sla.working_time import WorkingTime
from tickets import clock, jobs, recalculation, workflow
from tickets.statuses import Channel
from tickets.workflow.passing import CLOSE_AFTER_DAYS, REMIND_AFTER_DAYS

# How work is shared; who left got his part as long as he was there.
_ENGINEERS = {"elena": 4, "timur": 4, LEFT: 4, "sergey": 1}

Event = Callable[[datetime], object]


class Desk:
    """Plans every story first, then runs all that happens, each event at its moment and none after `now`."""

    def __init__(
        self, clients: dict[str, Client], staff: dict[str, User], calendar: WorkingTime, rng: Random, now: datetime
    ) -> None:
        self._clients, self._staff, self._calendar, self._rng, self._now = clients, staff, calendar, rng, now
        self._events: list[tuple[datetime, int, Event]] = []
        self._numbers = count()
        self._terms: dict[str, clock.Term] = {}
        self._previous: Moments | None = None

    def run(self, stories: Sequence[Story]) -> None:
        """Play the stories. Those that are over are spread over the history, whatever their order is here."""
        over = [story for story in stories if story.pressure is None and story.quiet_days is None]
        self._rng.shuffle(over)
        ages = {id(story): (number + self._rng.random()) / len(over) for number, story in enumerate(over)}
        for story in stories:
            self._stage(story, ages.get(id(story), 0.0))
        while self._events:
            at, _, event = heapq.heappop(self._events)
            event(at)

    def _at(self, moment: datetime, event: Event) -> None:
        if moment <= self._now:
            heapq.heappush(self._events, (moment, next(self._numbers), event))

    def _stage(self, story: Story, age: float) -> None:
        asker = asker_of(story, self._clients)
        pauses = timing.draw(story, self._rng)
        moments = self._previous = self._moments(story, pauses, self._limit(asker, story), age)
        servers = asker.client.servers if asker.client and story.channel == Channel.CABINET else []
        scene = Scene(
            story=story,
            moments=moments,
            asker=asker,
            engineer=self._engineer(story, moments),
            operator=self._staff["tatiana"],
            server=servers[story.server] if servers else None,
            rng=self._rng,
        )
        self._at(moments.registered_at, partial(self._register, scene))
        for step, moment in zip(story.talk, moments.steps, strict=True):
            self._at(moment, partial(scene.play, step))
            self._time_passes(scene, step, moment)

    def _moments(self, story: Story, pauses: Pauses, limit: int, age: float) -> Moments:
        now, calendar = self._now, self._calendar
        if story.repeats_previous and self._previous:
            received_at = self._previous.received_at + timedelta(minutes=4, seconds=pauses.seconds)
            return timing.course(received_at, story, pauses, limit, calendar)
        if story.pressure:
            return timing.untaken(story, pauses, limit, calendar, now)
        if story.quiet_days is not None:
            until = timing.end_by(story.quiet_days, calendar, now)
            return timing.lay_out(story, pauses, limit, calendar, latest=until, until=until)
        latest = timing.in_history(age, story, pauses, now)
        return timing.lay_out(story, pauses, limit, calendar, latest=latest, until=now - timedelta(hours=1))

    def _limit(self, asker: Asker, story: Story) -> int:
        """What the contract of today promises; a renewal in between moves a reaction of the past a little."""
        key = asker.client.firm.key if asker.client else ""
        if key not in self._terms:
            term = clock.term_for(asker.client.customer if asker.client else None, self._now)
            if term is None:
                raise LookupError("There is no internal term for requests without a contract.")
            self._terms[key] = term
        return self._terms[key].limit(story.criticality)

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
        self._watch(scene)

    def _watch(self, scene: Scene) -> None:
        """Be there when the request's rung changes because nobody has reacted."""
        flip_at, reacted_at = scene.ticket.flip_at, scene.reacted_at
        if flip_at and (reacted_at is None or flip_at <= reacted_at):
            self._at(flip_at, partial(self._flip, scene))

    def _flip(self, scene: Scene, at: datetime) -> None:
        workflow.flip(at=at)
        jobs.warn_staff(at)
        scene.ticket.refresh_from_db(fields=["flip_at"])
        self._watch(scene)

    def _time_passes(self, scene: Scene, step: Step, at: datetime) -> None:
        """What the clock will do about the step, if nobody does anything before."""
        if isinstance(step, Ask):
            self._at(self._days_later(at, REMIND_AFTER_DAYS), lambda due: workflow.remind(scene.ticket, at=due))
        elif isinstance(step, Resolve):
            self._at(self._days_later(at, CLOSE_AFTER_DAYS), lambda due: workflow.close_resolved(scene.ticket, at=due))
        elif isinstance(step, Defer):
            midnight = timezone.localtime(at).replace(hour=0, minute=0, second=20, microsecond=0)
            self._at(midnight + timedelta(days=step.until_days), lambda due: workflow.wake(scene.ticket, at=due))

    def _days_later(self, at: datetime, days: int) -> datetime:
        """When so many whole working days have gone by after that day; the clock is soon there."""
        opening = timezone.localtime(at)
        for _ in range(days):
            opening = timezone.localtime(self._calendar.next_opening(_next_midnight(opening)))
        return max(_next_midnight(opening), at + timedelta(days=days)) + timedelta(seconds=20)


def _next_midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)

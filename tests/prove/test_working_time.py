"""Working time: exact on thousands of random calendars (equal to a walk minute by minute, additive, inverse, monotone),
and quick near and far."""

from __future__ import annotations

import time
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import UnsatisfiedAssumption

from tests.prove.conftest import Verdict
from tests.sla.offices import local, office
from tests.sla.working_time_laws import LAWS, SLOW_BUT_SOUND, Drawn, calendars

pytestmark = pytest.mark.prove

SEED = 20261126
ADDITIONS = 300_000
"""A second of one core, with the calendar warm."""
LEAST = 5_000
CALENDARS = 9_000
"""More than the least: a calendar that hardly ever works is skipped by all laws but the first."""


def test_working_time_keeps_its_laws_on_thousands_of_calendars(verdict: Verdict) -> None:
    kept: Counter[str] = Counter()

    @seed(SEED)
    @settings(
        max_examples=CALENDARS,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=SLOW_BUT_SOUND,
    )
    @given(calendars(), st.data())
    def try_all(drawn: Drawn, data: st.DataObject) -> None:
        kept["calendars"] += 1
        for law in LAWS:
            try:
                law(drawn, data)
            except UnsatisfiedAssumption:
                continue
            kept[law.__name__] += 1

    begun, failures = time.monotonic(), 1
    try:
        try_all()
        failures = 0
    finally:
        counts = " ".join(f"{law.__name__}={kept[law.__name__]}" for law in LAWS)
        seconds = time.monotonic() - begun
        verdict(
            "working time",
            f"seed={SEED} calendars={kept['calendars']} seconds={seconds:.0f} failures={failures}; kept: {counts}",
        )
    assert min(kept[law.__name__] for law in LAWS) >= LEAST


def test_a_warm_calendar_makes_300_000_additions_a_second_near_and_far(verdict: Verdict) -> None:
    calendar, starts = office(), [local("2026-01-01 00:00") + timedelta(minutes=7 * step) for step in range(20_000)]

    def seconds(minutes: int) -> float:
        begun = time.process_time()
        for start in starts:
            calendar.add(start, minutes)
        return time.process_time() - begun

    rates = {}
    for minutes in (30, 480, 120_000):
        seconds(minutes)  # warm
        rates[minutes] = len(starts) / min(seconds(minutes) for _ in range(5))
    told = " ".join(f"{minutes // 60 or 0.5:g}h={rate:,.0f}/s" for minutes, rate in rates.items())
    verdict("working time, additions", told)
    assert min(rates.values()) >= ADDITIONS

"""Working time keeps its laws on random calendars, the same ones each time; on thousands of others in `make prove`."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sla.working_time_laws import LAWS, SLOW_BUT_SOUND, Drawn, Law, calendars


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=SLOW_BUT_SOUND)
@given(calendars(), st.data())
def test_working_time_keeps_its_laws(law: Law, drawn: Drawn, data: st.DataObject) -> None:
    law(drawn, data)

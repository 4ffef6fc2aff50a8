"""The stories of the demo, by subject. What is over, what is being worked on, and what waits untaken right now."""

from helpdesk.demo.problems import (
    drivers,
    exchange,
    fuel,
    in_hand,
    platform,
    positions,
    questions,
    reports,
    set_aside,
    today,
)

STORIES = (
    *positions.STORIES,
    *fuel.STORIES,
    *platform.STORIES,
    *exchange.STORIES,
    *reports.STORIES,
    *drivers.STORIES,
    *questions.STORIES,
    *in_hand.STORIES,
    *set_aside.STORIES,
    *today.STORIES,
)

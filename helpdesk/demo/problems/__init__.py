"""The stories of the demo, by subject. What is over, what is being worked on, and what waits untaken right now."""

from helpdesk.demo.problems import current, drivers, exchange, fuel, platform, positions, questions, reports, today

STORIES = (
    *positions.STORIES,
    *fuel.STORIES,
    *platform.STORIES,
    *exchange.STORIES,
    *reports.STORIES,
    *drivers.STORIES,
    *questions.STORIES,
    *current.STORIES,
    *today.STORIES,
)

"""What the clock does for customers: one call each, safe to run twice."""

from __future__ import annotations

from datetime import datetime

from customers import endings


def tell_of_endings(at: datetime) -> None:
    """Both sides of contracts that end within thirty days."""
    for contract_id in endings.ending(at):
        endings.tell(contract_id, at=at)

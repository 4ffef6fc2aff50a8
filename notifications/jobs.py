"""What workers do for letters. Safe to run twice, at once, and after a kill."""

from notifications import delivery


def deliver_due() -> int:
    """Send the letters that are due; how many were tried."""
    return delivery.deliver_due()

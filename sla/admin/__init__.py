"""The pages of levels and calendars: read, edited in drafts, published for new requests.

Closed to everybody as they stand: which roles open these pages is said where they are registered.
"""

from sla.admin.calendars import BusinessCalendarPages
from sla.admin.levels import SupportLevelPages

__all__ = ["BusinessCalendarPages", "SupportLevelPages"]

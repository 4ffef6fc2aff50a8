"""Mistakes of a deployment, found before people meet them: `manage.py check --deploy --database default`.

Each has an id and a hint. E: something will not work, or is open to strangers. W: it works until a bad day. The numbers
go by tens: 0 addresses, 1 keys, 2 mail, 3 files, 4 and 5 PostgreSQL, 6 Redis, 7 processes, 8 what the desk is told,
9 calendars.
"""

from helpdesk.checks import addresses, calendar, database, desk, files, keys, mail, processes, queue, record

__all__ = ["addresses", "calendar", "database", "desk", "files", "keys", "mail", "processes", "queue", "record"]

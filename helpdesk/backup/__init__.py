"""Copies of a whole desk, and a desk out of a copy: the database, the files of requests and, apart from both, the keys.

A backup is a folder FOLDER/<UTC moment>/ that nothing changes after it got its name:
- database.dump: pg_dump's custom format;
- media/: the files of requests under their own names;
- attachments.sha256, letters.sha256: a digest of every file and every letter, in the form that sha256sum reads;
- manifest.json: what the rest must add up to.
"""


class BackupRefused(Exception):
    """It cannot be done here. The text is one sentence for an administrator: what is so, and the next step."""

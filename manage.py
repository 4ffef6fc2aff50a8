#!/usr/bin/env python
"""Django's command line. Beside a running `make run` it talks to that desk's own database."""

import os
import sys

from helpdesk.local.environment import load_environment


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
    load_environment()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()

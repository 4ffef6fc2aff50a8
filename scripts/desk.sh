#!/bin/sh
# desk COMMAND…: a command of manage.py, with the environment and the account of the desk
set -ae
. /etc/desk.env
cd "${DESK_CODE:-/srv/desk}"
export HOME=/var/lib/desk
exec setpriv --reuid=desk --regid=desk --init-groups .venv/bin/python manage.py "$@"

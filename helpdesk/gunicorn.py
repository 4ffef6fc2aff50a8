"""How the web part runs, everywhere: `gunicorn helpdesk.wsgi --config python:helpdesk.gunicorn`.

gunicorn itself reads PORT (0.0.0.0:PORT) and WEB_CONCURRENCY, the number of processes.
"""

import os

wsgi_app = "helpdesk.wsgi"
worker_class = "gthread"  # a slow upload from a phone holds a thread, not a process
threads = 4
if "WEB_CONCURRENCY" not in os.environ:
    workers = 2
graceful_timeout = 30  # an upload that has begun may end while the code is replaced
control_socket_disable = True  # it would write into the home folder
loglevel = "warning"

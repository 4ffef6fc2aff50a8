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

JSON_LINES = {
    "()": "pythonjsonlogger.json.JsonFormatter",
    "format": "{levelname}{name}{message}",
    "style": "{",
    "rename_fields": {"levelname": "level", "name": "logger"},
    "timestamp": True,  # UTC
}
# Until the settings are read, and ever after for the process that holds the others: nothing of customers is there.
logconfig_dict = {
    "disable_existing_loggers": False,
    "formatters": {"json": JSON_LINES},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"gunicorn.error": {"handlers": ["stderr"], "level": "WARNING", "propagate": False}},
}

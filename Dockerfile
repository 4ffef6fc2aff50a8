# The desk's one image: web, worker, clock and every manage.py command differ by their command only.
# Built without a compiler and without a secret; runs as a number that owns nothing but the folders of its files.

FROM python:3.11-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/desk
COPY requirements.lock /srv/desk/requirements.lock
RUN /opt/desk/bin/python -m pip install --only-binary :all: --require-hashes --requirement /srv/desk/requirements.lock
WORKDIR /srv/desk
COPY . .
# The settings want to be complete; nothing here talks to a server, and nothing of this line stays in the image.
RUN SECRET_KEY=not-a-secret VAULT_KEYS=none:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA \
    DATABASE_URL=postgresql://none@127.0.0.1:1/none REDIS_URL=redis://127.0.0.1:1/0 STATIC_ROOT=/srv/desk/staticfiles \
    /opt/desk/bin/python manage.py collectstatic --noinput
# Whatever the modes of the checkout were, and those of the desk's own uploads, which collectstatic borrows.
RUN /opt/desk/bin/python -m compileall -q /srv/desk && chmod -R a+rX /srv/desk

FROM python:3.11-slim-trixie
# pg_dump and pg_restore of manage.py backup and restore: not older than the server of docker-compose.yml.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client-17 \
    && rm -rf /var/lib/apt/lists/*
RUN install -d -m 700 -o 10001 -g 10001 /var/lib/desk/media /var/lib/desk/uploads
COPY --from=build /opt/desk /opt/desk
COPY --from=build /srv/desk /srv/desk
WORKDIR /srv/desk
ENV PATH=/opt/desk/bin:$PATH PYTHONUNBUFFERED=1 PORT=8000 STATIC_ROOT=/srv/desk/staticfiles \
    MEDIA_ROOT=/var/lib/desk/media TMPDIR=/var/lib/desk/uploads
USER 10001:10001
EXPOSE 8000
CMD ["gunicorn", "helpdesk.wsgi", "--config", "python:helpdesk.gunicorn", "--worker-tmp-dir", "/dev/shm"]

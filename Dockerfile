# The production image: Python, the locked dependencies, the two packages and the seeds. No compiler, no
# embedded broker, no root. Build: docker build -t copytaster .
FROM python:3.12-slim-bookworm

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONPATH=/app \
    COPYTASTER_LOG_FORMAT=json \
    COPYTASTER_HEARTBEAT=/run/copytaster/heartbeat

COPY requirements.lock /tmp/requirements.lock
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: \
        --requirement /tmp/requirements.lock \
    && rm /tmp/requirements.lock \
    && useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin copytaster \
    && install -d -o copytaster -g copytaster /run/copytaster \
    && printf '#!/bin/sh\nexec python -m worker.cli "$@"\n' >/usr/local/bin/copytaster \
    && chmod 755 /usr/local/bin/copytaster

COPY worker /app/worker
COPY tasks /app/tasks
COPY seeds /app/seeds

WORKDIR /app
USER 10001:10001
# Celery is PID 1 (exec form, no shell), so that SIGTERM is its own: a warm shutdown of up to 45 s.
STOPSIGNAL SIGTERM
CMD ["copytaster", "worker", "-Q", "urgent,parse"]

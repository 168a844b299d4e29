# The production image: the interpreter, the locked packages, our wheel and the libraries that these
# load; no package manager, no compiler, no embedded broker, no root. Build: docker build -t copytaster .
# `python deploy/pin.py` adds the digest of the base image.
ARG PYTHON_IMAGE=docker.io/library/python:3.12-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
# The compiler is for the compiled part of the tagger, busybox for the health checks and for a look inside.
RUN apt-get update \
    && apt-get install -y --no-install-recommends binutils busybox-static ca-certificates gcc libc6-dev tzdata \
    && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /opt/build && python3 -m venv /opt/copytaster
WORKDIR /src
COPY requirements-build.lock requirements.lock ./
RUN /opt/build/bin/python -m pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
        --requirement requirements-build.lock \
    && /opt/copytaster/bin/python -m pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
        --no-compile --requirement requirements.lock
COPY . .
# 1 compiles the parser's modules with mypyc too (docs/install.md, Wheels).
ARG MYPYC=
RUN MYPYC=${MYPYC} /opt/build/bin/python -m hatchling build -t wheel -d /wheels \
    && /opt/copytaster/bin/python -m pip install --no-cache-dir --disable-pip-version-check --no-deps --no-compile /wheels/*.whl \
    && /opt/copytaster/bin/python deploy/image/gather.py /root-of-image

FROM scratch
COPY --from=build /root-of-image /
ENV PATH=/opt/copytaster/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    COPYTASTER_LOG_FORMAT=json \
    COPYTASTER_HEARTBEAT=/tmp/heartbeat
WORKDIR /app
USER 10001:10001
# Celery is PID 1 (exec form, no shell), so that SIGTERM is its own: a warm shutdown of up to 45 s.
STOPSIGNAL SIGTERM
CMD ["copytaster", "worker", "-Q", "urgent,parse"]

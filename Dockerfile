# syntax=docker/dockerfile:1
# Packages, then style sheets, fonts and catalogue, then the image that runs (no Node, no compiler, no root).

FROM python:3.13-slim-bookworm AS base
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /srv/branchportal

FROM base AS packages
ENV UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS=1 UV_LINK_MODE=copy UV_NO_CACHE=1
COPY requirements/ requirements/
RUN python -m venv /opt/tools \
    && /opt/tools/bin/pip install --no-cache-dir --require-hashes -r requirements/tools.txt \
    && /opt/tools/bin/uv venv .venv \
    && /opt/tools/bin/uv pip sync --python .venv --require-hashes requirements/serve.txt

FROM packages AS assets
RUN /opt/tools/bin/uv venv /opt/assets \
    && /opt/tools/bin/uv pip sync --python /opt/assets --require-hashes requirements/demo.txt
COPY . .
RUN /opt/assets/bin/python scripts/assets.py /opt/assets/bin/npm
RUN apt-get update && /opt/assets/bin/python scripts/fonts.py
# A key made here only lets the settings load; the running portal gets its own from the environment.
RUN SECRET_KEY_FILE=/tmp/key /opt/assets/bin/python manage.py catalogue --compile \
    && SECRET_KEY_FILE=/tmp/key /opt/assets/bin/python manage.py collectstatic --noinput

FROM base
RUN useradd --system --uid 10001 --home-dir /tmp --shell /usr/sbin/nologin portal \
    && install -d -o portal -g portal /data/media
COPY --from=assets /srv/branchportal /srv/branchportal
ENV PATH=/srv/branchportal/.venv/bin:$PATH \
    HOME=/tmp \
    MEDIA_ROOT=/data/media \
    WHITENOISE_USE_FINDERS=0 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER portal
EXPOSE 8000
CMD ["gunicorn", "-c", "branchportal/gunicorn.py", "branchportal.wsgi:application"]

# syntax=docker/dockerfile:1
# Two stages: what builds stays behind. The image needs a PostgreSQL of its own server (DATABASE_URL); its commands are
# those of `bmp`.

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /srv/bmp
RUN python -m venv .venv
COPY requirements.txt ./
RUN .venv/bin/python -m pip install --no-deps --require-hashes -r requirements.txt
COPY pyproject.toml README.md ./
COPY alembic alembic
COPY app app
COPY clients/python clients/python
RUN .venv/bin/python -m pip install --no-deps --no-build-isolation -e . \
    && .venv/bin/python -m compileall -q app alembic clients/python

FROM python:3.11-slim
RUN useradd --system --uid 10001 --user-group --home-dir /srv/bmp --shell /usr/sbin/nologin bmp \
    && install -d -o bmp -g bmp -m 0700 /var/lib/bmp /var/lib/bmp/secrets
WORKDIR /srv/bmp
COPY --from=build /srv/bmp /srv/bmp
ENV PATH=/srv/bmp/.venv/bin:$PATH PYTHONUNBUFFERED=1 \
    BMP_HOST=0.0.0.0 BMP_PORT=8000 BMP_DATA=/var/lib/bmp BMP_SECRETS=/var/lib/bmp/secrets BMP_LOG_FORMAT=json
USER 10001:10001
VOLUME /var/lib/bmp
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/livez', timeout=2)"]
ENTRYPOINT ["bmp"]
CMD ["serve"]

# Three stages: the first builds wheels, the second says what is in them, the third holds
# nothing but Python and them. For a build that can be repeated pin the base by digest:
#   docker build --build-arg PYTHON=python:3.11-slim-bookworm@sha256:... \
#     --sbom=true --provenance=mode=max -t engage .
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE requirements.lock ./
COPY engage engage
COPY models models
# The service's environment holds no installer, and of packages only files whose hash is
# in the lock; to take newer ones, renew it (its head says how).
RUN python -m venv --without-pip /venv \
 && python -m pip --python /venv/bin/python install --no-cache-dir --disable-pip-version-check --require-hashes --requirement requirements.lock \
 && python -m pip --python /venv/bin/python install --no-cache-dir --disable-pip-version-check --no-deps . \
 && /venv/bin/python -m compileall -q /venv/lib

# The bill of materials (CycloneDX) lists what is in it, with versions and licences. A
# stage of its own: the tool is in no lock, and what it could touch is not shipped.
FROM build AS bill
RUN python -m pip install --no-cache-dir --disable-pip-version-check 'cyclonedx-bom>=7,<8' \
 && cyclonedx-py environment /venv/bin/python --output-file /sbom.cdx.json

FROM ${PYTHON}
LABEL org.opencontainers.image.title="engage" \
      org.opencontainers.image.description="Real-time on-site engagement for web shops" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0" \
      engage.sbom="/usr/share/doc/engage/sbom.cdx.json"
RUN groupadd --gid 10001 engage \
 && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin engage \
 && install -d -o 10001 -g 10001 -m 0700 /data
COPY --from=build /venv /venv
COPY --from=bill /sbom.cdx.json /usr/share/doc/engage/sbom.cdx.json
USER 10001:10001
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
VOLUME /data
EXPOSE 8080 9464
STOPSIGNAL SIGTERM
# Alive, by Python: the slim image has no curl. Readiness is the orchestrator's to ask.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:9464/healthz', timeout=2)"]
# Exec form: the service itself is PID 1 and gets SIGTERM, on which it drains. Nothing is
# written outside /data: run it with a read-only root.
ENTRYPOINT ["engage"]
CMD ["serve", "--config", "/etc/engage/engage.toml", "--host", "0.0.0.0", "--port", "8080", "--admin", "0.0.0.0:9464", "--data", "/data"]

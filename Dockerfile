# Two stages: the first builds wheels, the second holds nothing but Python and them.
FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY engage engage
COPY models models
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --disable-pip-version-check '.[redis]'

FROM python:3.11-slim
LABEL org.opencontainers.image.title="engage" \
      org.opencontainers.image.description="Real-time on-site engagement for web shops" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 engage \
 && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin engage \
 && install -d -o 10001 -g 10001 /data
COPY --from=build /venv /venv
USER 10001:10001
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
VOLUME /data
EXPOSE 8080 9464
STOPSIGNAL SIGTERM
# Alive, by Python: the slim image has no curl. Readiness is the orchestrator's to ask.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
# Exec form: the service itself is PID 1 and gets SIGTERM, on which it drains.
ENTRYPOINT ["engage"]
CMD ["serve", "--config", "/etc/engage/engage.toml", "--host", "0.0.0.0", "--port", "8080", "--admin", "0.0.0.0:9464", "--data", "/data"]

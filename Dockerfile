# Footnote: web server or worker. Everything that it needs at run time is inside; nothing is fetched later.
FROM python:3.11-slim-bookworm AS build
# "cpu" keeps CUDA out of the image; cu130 and the like take PyTorch's build for it.
ARG TORCH_BACKEND=cpu
ENV UV_TORCH_BACKEND=${TORCH_BACKEND} UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
WORKDIR /app
COPY pyproject.toml requirements.txt requirements-newer.txt README.md LICENSE ./
RUN python -m venv .venv && .venv/bin/pip install --no-cache-dir uv==0.13.8 \
    && VIRTUAL_ENV=/app/.venv .venv/bin/uv pip install --no-cache -r requirements.txt \
    && VIRTUAL_ENV=/app/.venv .venv/bin/uv pip install --no-cache --no-deps -r requirements-newer.txt
COPY . .
RUN VIRTUAL_ENV=/app/.venv .venv/bin/uv pip install --no-cache --no-deps -e . \
    && .venv/bin/python -m compileall -q -x '/\.venv/' .

FROM python:3.11-slim-bookworm
RUN groupadd --system --gid 10001 footnote && useradd --system --create-home --uid 10001 --gid 10001 footnote
WORKDIR /app
COPY --from=build /app /app
RUN mkdir -p /data/blobs && chown -R 10001:10001 /data
USER 10001:10001
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 FOOTNOTE_HOST=0.0.0.0 FOOTNOTE_PORT=8000 FOOTNOTE_VAR_DIR=/data
# Optional: -v ./footnote.toml:/app/footnote.toml:ro
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/live', timeout=2)"]
CMD ["footnote", "serve"]

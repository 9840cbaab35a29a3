# One image for every process; docker-compose.yml chooses the command.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
ENV UV_LINK_MODE=copy UV_PROJECT_ENVIRONMENT=/app/.venv
RUN pip install --no-cache-dir uv && uv venv /app/.venv
COPY requirements.lock pyproject.toml ./
# cpu, cu126, cu128 ...: the torch build that uv chooses.
ARG TORCH_BACKEND=cpu
# Compiled here, for the image's user may not write beside the sources, and more than half of a start would go into that.
RUN uv pip install --python .venv/bin/python --compile-bytecode --torch-backend ${TORCH_BACKEND} -r requirements.lock
ENV PATH=/app/.venv/bin:$PATH
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc frontend/
RUN npm --prefix frontend ci
COPY frontend frontend
RUN npm --prefix frontend run build && rm -rf frontend/node_modules
COPY manage.py pyproject.toml NOTICE LICENSE ./
COPY trainer trainer
COPY builder builder
RUN python -m compileall -q trainer builder
RUN LAYERLOOM_DATA=/tmp/build python manage.py collectstatic --noinput \
    && mv /tmp/build/static /app/static && rm -rf /tmp/build

FROM python:3.11-slim-bookworm
WORKDIR /app
RUN useradd --system --uid 1000 --home-dir /data layerloom && install -d -o layerloom /data
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 LAYERLOOM_DATA=/data LAYERLOOM_STATIC=/app/static LAYERLOOM_HOST=0.0.0.0
USER layerloom
VOLUME /data
EXPOSE 8000
CMD ["uvicorn", "builder.asgi:application", "--host", "0.0.0.0", "--port", "8000"]

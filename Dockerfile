# One image for every process; docker-compose.yml says which. Build: docker build --build-arg COMMIT=$(git rev-parse HEAD) .
ARG PYTHON=3.13
FROM python:${PYTHON}-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin plateau
WORKDIR /app

# What runs, and nothing of what tests or tries out.
COPY requirements.txt ./
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt

COPY . .
ARG COMMIT=""
ENV PLATEAU_COMMIT=${COMMIT}
# The key lives as long as this line: collecting files needs settings, and settings refuse to load without one.
RUN SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(50))')" \
    DATABASE_URL=postgres://nobody@127.0.0.1:1/none \
    python manage.py collectstatic --noinput

USER 10001
EXPOSE 8000
CMD ["python", "-m", "core.procfile", "web"]

"""The clock. Only edges (views, API, tasks, commands) read it; below them `at` is an argument."""

from datetime import UTC, datetime


def now() -> datetime:
    """This instant, aware, in UTC."""
    return datetime.now(UTC)

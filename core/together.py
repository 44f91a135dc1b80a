"""Statements that leave together and are waited for once."""

from collections.abc import Generator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def one_trip() -> Generator[None, None, None]:
    """Send the statements inside without waiting for each; the database's answers to all of them come in one trip.

    For hand-written statements that do not need each other's answers. Inside, a cursor knows neither rows nor how many
    there are (read them afterwards), so the ORM, which asks, has no place here. What the database refuses is raised at
    the end, and nothing that was sent after it is done. (A trip costs both sides more than such a statement itself.)
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield

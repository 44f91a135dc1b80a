"""Bringing the tests' database back to what the migrations left, past triggers that refuse it to everybody else."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, ClassVar

from django.db import connection, connections
from django.test import TransactionTestCase
from psycopg import sql

from core.embedded import OWNER
from tests.embedded import database_name, this_run

# What a test may leave open at most before the clean-up says so, instead of waiting for ever.
LOCK_TIMEOUT = "10s"


@contextmanager
def as_owner(database: str) -> Generator[None, None, None]:
    """Let Django's own connection be the owner's on another database for a while (migrations)."""
    before = {key: connection.settings_dict[key] for key in ("NAME", "USER", "PASSWORD")}
    role = {"NAME": database, "USER": OWNER, "PASSWORD": this_run().secrets[f"{OWNER.upper()}_PASSWORD"]}
    _switch(role)
    try:
        yield
    finally:
        _switch(before)


def _switch(to: dict[str, Any]) -> None:
    close_for_good()
    connection.settings_dict.update(to)


def close_for_good() -> None:
    """Close the connection and its pool; else the next one would still be the former role's."""
    connections.close_all()
    postgres: Any = connection
    postgres.close_pool()


class Baseline:
    """The rows that migrations wrote, kept in a schema of their own, and put back after a test that commits."""

    _copied: ClassVar[list[str]] = []

    @classmethod
    def remember(cls) -> None:
        """Copy every table that has rows right after the migrations."""
        with this_run().connect_as_superuser(database_name()) as superuser:
            superuser.execute("CREATE SCHEMA baseline")
            cls._copied = [name for name in _tables(superuser) if _has_rows(superuser, name)]
            for name in cls._copied:
                superuser.execute(sql.SQL("CREATE TABLE baseline.{0} AS TABLE public.{0}").format(sql.Identifier(name)))

    @classmethod
    def restore(cls) -> None:
        """Empty every table and put the remembered rows back.

        As a replica, because history tables refuse DELETE and TRUNCATE by trigger to everybody; DELETE, because on the
        few rows of a test it is many times faster than TRUNCATE.
        """
        with this_run().connect_as_superuser(database_name()) as superuser, superuser.transaction():
            superuser.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            superuser.execute("SET LOCAL session_replication_role = replica")
            for name in _tables(superuser):
                if name not in cls._copied and not _has_rows(superuser, name):
                    continue
                table = sql.Identifier(name)
                superuser.execute(sql.SQL("DELETE FROM public.{}").format(table))
                if name in cls._copied:
                    columns = sql.SQL(", ").join(map(sql.Identifier, _stored_columns(superuser, name)))
                    superuser.execute(
                        sql.SQL(
                            "INSERT INTO public.{0} ({1}) OVERRIDING SYSTEM VALUE SELECT {1} FROM baseline.{0}"
                        ).format(table, columns)
                    )

    @staticmethod
    def restore_after(case: Any) -> None:
        """Stands in for Django's flush, which would be refused (and would empty what migrations wrote)."""
        Baseline.restore()

    @classmethod
    def replace_flush(cls) -> None:
        """Let every `transaction=True` test end so."""
        transactional: Any = TransactionTestCase
        transactional._fixture_teardown = cls.restore_after


def _tables(superuser: Any) -> list[str]:
    rows = superuser.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'django_migrations' ORDER BY relname"
    )
    return [name for (name,) in rows]


def _has_rows(superuser: Any, name: str) -> bool:
    found = superuser.execute(sql.SQL("SELECT EXISTS (SELECT 1 FROM public.{})").format(sql.Identifier(name)))
    return bool(found.fetchone()[0])


def _stored_columns(superuser: Any, name: str) -> list[str]:
    rows = superuser.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass"
        " AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
        [f'public."{name}"'],
    )
    return [column for (column,) in rows]

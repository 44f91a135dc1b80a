"""What every test stands on: a migrated database of its own, used as the role that the application runs as."""

from __future__ import annotations

import fcntl
from collections.abc import Generator
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from tests.database import Baseline, as_owner, close_for_good
from tests.embedded import database_name, this_run

TEMPLATE = "plateau_migrated"

# A law does not become wrong on a busy machine.
hypothesis.settings.register_profile("plateau", deadline=None)
hypothesis.settings.load_profile("plateau")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: their driver keeps an event loop running in the process until its end.

    A test that runs a loop of its own would be refused after them. xdist hands tests out in this order, too.
    """
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: Any
) -> Generator[None, None, None]:
    """Migrate once a run, as the owner; every process that runs tests then works on a clone, as the runtime role."""
    embedded = this_run()
    with django_db_blocker.unblock():
        with (embedded.places.home / "template.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not _exists(TEMPLATE):
                embedded.create_database(TEMPLATE)
                with as_owner(TEMPLATE):
                    call_command("migrate", verbosity=0, interactive=False)
            # A template must have no sessions, so its clones are made one after another, too.
            embedded.create_database(database_name(), template=TEMPLATE)
        _assert_runtime_role()
        Baseline.remember()
    Baseline.replace_flush()
    yield
    with django_db_blocker.unblock():
        close_for_good()


def _exists(database: str) -> bool:
    with this_run().connect_as_superuser("postgres") as superuser:
        return superuser.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone() is not None


def _assert_runtime_role() -> None:
    """Tests that ran as the owner would prove nothing about what history refuses."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        assert cursor.fetchone() == (settings.RUNTIME_ROLE, database_name())


@pytest.fixture
def superuser(transactional_db: None) -> Generator[Any, None, None]:
    """A connection to this test's database for what neither role may do. Its statements commit one by one."""
    with this_run().connect_as_superuser(database_name()) as opened:
        yield opened


@pytest.fixture
def owner(transactional_db: None) -> Generator[Any, None, None]:
    """A connection to this test's database as the owner of its tables. Its statements commit one by one."""
    import psycopg

    with psycopg.connect(this_run().database_url("plateau_owner", database_name()), autocommit=True) as opened:
        yield opened

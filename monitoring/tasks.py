"""The sweeps that beat wakes. Each asks Postgres what is due; run by any number of workers they do each thing once."""

from celery import shared_task

from core import clock
from monitoring.sweeps import raise_overdue_sets, reevaluate_recent_sets


@shared_task(name="monitoring.raise_overdue_sets")
def raise_overdue_sets_task() -> None:
    """Every second: prompts whose time has come are raised, missed or rolled on, batch by batch until none is left."""
    while raise_overdue_sets(at=clock.now()):
        pass


@shared_task(name="monitoring.reevaluate_recent_sets")
def reevaluate_recent_sets_task() -> None:
    """Every ten seconds: sets recorded lately are judged again, for those that came in past the actions."""
    reevaluate_recent_sets(at=clock.now())

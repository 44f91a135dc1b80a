"""The sweeps that beat wakes. Each asks Postgres what is due; run by any number of workers they do each thing once."""

from celery import shared_task

from core import clock
from monitoring.sweeps import reevaluate_recent_sets, settle_due_stays


@shared_task(name="monitoring.settle_due_stays")
def settle_due_stays_task() -> None:
    """Twice a second: what the clock alone brings about, batch by batch until none is left."""
    while settle_due_stays(at=clock.now()):
        pass


@shared_task(name="monitoring.reevaluate_recent_sets")
def reevaluate_recent_sets_task() -> None:
    """Every ten seconds: sets recorded lately are judged again, for those that came in past the actions."""
    reevaluate_recent_sets(at=clock.now())

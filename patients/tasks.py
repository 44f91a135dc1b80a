"""What beat wakes for wards."""

from datetime import datetime

from celery import shared_task

from accounts.actor import Actor
from accounts.roles import Permission
from core import clock
from patients.actions import end_emergency_access_in_time

SWEEP = Actor.process("emergency access", Permission.END_EMERGENCIES)


def end_emergency_access(*, at: datetime) -> None:
    """Who let themselves in for a time leaves when it is over."""
    end_emergency_access_in_time(by=SWEEP, at=at)


@shared_task(name="patients.end_emergency_access")
def end_emergency_access_task() -> None:
    """The same, every ten seconds."""
    end_emergency_access(at=clock.now())

"""The heartbeat's last step: the worker writes that the wake-up came through."""

from celery import shared_task

from core import clock
from realtime.heartbeat import beat


@shared_task(name="realtime.heartbeat")
def heartbeat() -> None:
    """Beat sent it, the broker carried it, a worker runs it: the chain is whole."""
    beat(at=clock.now())

"""`manage.py watch`: the standby, which sweeps from Postgres alone while beat, broker and worker do not come through."""

from __future__ import annotations

import signal
import threading
from typing import Any

import structlog
from django.core.management.base import BaseCommand
from django.db import connections

from core import clock
from monitoring.standby import ROUND, Standby

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    """Look twice a second whether the chain's heartbeat is young; do its work while it is not."""

    help = (
        "The standby beside beat, Redis and worker: when their heartbeat is 3 s old it runs the same sweeps from PostgreSQL "
        "alone, and leaves a heartbeat of its own. One is enough, more do no harm. Ends on SIGTERM or SIGINT."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Come round until told to stop; whatever fails meanwhile, the next second is another try."""
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        standby, failures = Standby(), 0
        while not stopped.is_set():
            is_more = False
            try:
                is_more = standby.come_round(at=clock.now())
                if failures:
                    log.warning("standby.comes_round_again", after_failures=failures)
                failures = 0
            except Exception as error:  # the last who watches does not give up
                failures += 1
                if failures == 1:  # said once, not every second of a night without a database
                    log.error("standby.cannot_come_round", error=type(error).__name__, exc_info=error)
                connections.close_all()
            stopped.wait(0 if is_more else ROUND.total_seconds())

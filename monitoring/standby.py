"""The standby: the same sweeps from Postgres alone, for while the chain beat -> broker -> worker does not come through.

Run beside a living chain it only looks; beside a slow one it shares the work, since any number of sweepers is harmless.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from monitoring.sweeps import reevaluate_recent_sets, settle_due_stays
from patients.tasks import end_emergency_access
from realtime import heartbeat
from realtime.models import Heartbeat

log = structlog.get_logger(__name__)


# So often the standby comes round. A round that comes a little early is not sent away.
ROUND = timedelta(seconds=0.5)


class Work(Protocol):
    """What a sweep does at `at`."""

    def __call__(self, *, at: datetime) -> object: ...


@dataclass(frozen=True, slots=True)
class Sweep:
    """One line of beat's schedule as the standby runs it: the task's name, its period, and what the task does.

    `in_batches`: it answers how many it has done, and is run again at once until that is none.
    """

    task: str
    every: timedelta
    run: Work
    in_batches: bool = False


SWEEPS = (
    Sweep("monitoring.settle_due_stays", timedelta(seconds=0.5), settle_due_stays, in_batches=True),
    Sweep("monitoring.reevaluate_recent_sets", timedelta(seconds=10), reevaluate_recent_sets),
    Sweep("patients.end_emergency_access", timedelta(seconds=10), end_emergency_access),
)


@dataclass
class Standby:
    """Looks whether the chain watches, and watches where it does not."""

    is_watching: bool = False
    _begun: dict[str, datetime] = field(default_factory=dict)

    def come_round(self, *, at: datetime) -> bool:
        """Look at the marks; where the chain's is old, sweep what beat would have swept by now; leave the standby's own.

        True when more is left to do at once. A sweep that fails does not keep the others from their turn; it is raised at
        the end, and no mark is left: who has not swept does not say that somebody watches.
        """
        seen = heartbeat.marks()
        self._change(heartbeat.calls_the_standby(seen, at=at), seen, at=at)
        is_more, failed = self._sweep(at=at) if self.is_watching else (False, None)
        if failed is not None:
            raise failed
        heartbeat.beat(watcher=Heartbeat.STANDBY, at=at)
        return is_more

    def _change(self, is_called: bool, seen: heartbeat.Marks, *, at: datetime) -> None:
        if is_called == self.is_watching:
            return
        self.is_watching = is_called
        self._begun.clear()
        age_s = None if seen.chain is None else round((at - seen.chain).total_seconds(), 1)
        log.warning("standby.watches" if is_called else "standby.rests", chain_age_s=age_s)

    def _sweep(self, *, at: datetime) -> tuple[bool, Exception | None]:
        is_more, failed = False, None
        for sweep in SWEEPS:
            begun = self._begun.get(sweep.task)
            if begun is not None and begun <= at < begun + sweep.every - ROUND / 2:
                continue
            try:
                done = sweep.run(at=at)
            except Exception as error:
                failed = failed or error
                continue
            if sweep.in_batches and done:
                is_more = True
            else:
                self._begun[sweep.task] = at
        return is_more, failed

"""The heartbeat: a fact in Postgres that says when the chain beat -> broker -> worker last came through."""

from django.db import models

from core.append_only import Record


class Heartbeat(models.Model):
    """One row for each watcher. `chain` is beat, broker and worker together; the standby writes its own, never the chain's."""

    CHAIN = "chain"
    STANDBY = "standby"

    watcher = models.CharField(max_length=20, primary_key=True)
    beat_at = models.DateTimeField()

    record = Record.KEPT

    def __str__(self) -> str:
        return f"{self.watcher} {self.beat_at:%H:%M:%S}"

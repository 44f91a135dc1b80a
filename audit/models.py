"""The audit trail: one table, written by triggers and by `audit.record`, read by administrators."""

from django.db import models

from core.append_only import Record, history_guard


class AuditEvent(models.Model):
    """One thing that was done, changed, seen or refused.

    Actor, patient and admission are values, not keys: the trail outlives what it speaks of. Each entry carries its own
    hash and the transaction it belongs to, so that a later seal can prove that nothing was altered or taken away.
    The rows are made by the database function `audit_write` alone; the runtime role may only read them.
    """

    at = models.DateTimeField()
    xid = models.BigIntegerField()
    verb = models.TextField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.TextField()
    actor_role = models.TextField(blank=True)
    channel = models.TextField(blank=True)
    request_id = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    table_name = models.TextField(blank=True)
    row_id = models.BigIntegerField(null=True)
    patient_id = models.BigIntegerField(null=True)
    admission_id = models.BigIntegerField(null=True)
    content = models.JSONField()
    hash = models.BinaryField()

    record = Record.APPEND_ONLY
    runtime_rights = "SELECT"

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["admission_id", "-id"], name="audit_by_admission"),
            models.Index(fields=["patient_id", "-id"], name="audit_by_patient"),
            models.Index(fields=["actor_id", "-id"], name="audit_by_actor"),
            models.Index(fields=["table_name", "row_id"], name="audit_by_row"),
        ]
        triggers = history_guard()

    def __str__(self) -> str:
        return f"{self.actor_name} {self.verb}"

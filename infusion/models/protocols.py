"""The numbers a hospital signed for."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from audit.triggers import row_audit
from core.append_only import Record
from core.constraints import all_or_none, one_of


class ProtocolStatus(models.TextChoices):
    """Draft, then signed and active, then retired."""

    DRAFT = "draft", "draft"
    ACTIVE = "active", "active"
    RETIRED = "retired", "retired"


class Protocol(models.Model):
    """A version of the numbers a hospital signed for: dose, schedule and alert thresholds.

    Draft, then signed by a physician and active, then retired; its content never changes once it is signed, so that an
    order's key to it *is* the order's snapshot of those numbers.
    """

    Status = ProtocolStatus

    code = models.SlugField(max_length=60)
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    drug = models.CharField(max_length=80)
    content = models.JSONField()
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    drafted_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    record = Record.KEPT

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="protocol_version_once"),
            models.UniqueConstraint(fields=["code"], condition=Q(status="active"), name="protocol_one_active_version"),
            one_of("status", ProtocolStatus, name="protocol_status_known"),
            all_or_none("signed_by", "signed_at", name="protocol_signature_whole"),
            models.CheckConstraint(
                condition=Q(status="draft") | Q(signed_at__isnull=False), name="protocol_active_is_signed"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="signed_content_stays",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.signed_at IS NOT NULL AND (OLD.content IS DISTINCT FROM NEW.content OR OLD.code <> NEW.code"
                    " OR OLD.version <> NEW.version OR OLD.drug <> NEW.drug)"
                ),
                func="RAISE EXCEPTION 'a signed protocol is never edited: make a new version' USING ERRCODE = '42501';",
            ),
            row_audit(Record.KEPT),
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"

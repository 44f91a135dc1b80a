"""Rows that somebody sends: the same id with the same content, sent again, is one row and the same answer."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.contrib.postgres.functions import RandomUUID
from django.db import IntegrityError, models

from core.errors import Reason, Refused

P = TypeVar("P", bound="Posted")

OTHER_CONTENT = Reason("client_id_reused", "This id was used before, with other content.", "client_id")


class Posted(models.Model):
    """Carries the sender's own name for the row and a hash of what was sent.

    `sent_again` says of a row in hand that this call did not make it: the same was sent before.
    """

    sent_again = False

    client_id = models.UUIDField(unique=True, default=uuid.uuid4, db_default=RandomUUID())
    fingerprint = models.BinaryField(
        default=b"", help_text="Hash of what was sent: the same id with other content is refused"
    )

    class Meta:
        abstract = True


def fingerprint_of(act: str, subject_id: int, content: Mapping[str, Any]) -> bytes:
    """The hash of an act, of what it was done to, and of its content; 1.0 and 1.00 are one content."""
    return hashlib.sha256(json.dumps([act, subject_id, content], sort_keys=True, default=_plain).encode()).digest()


def same_again(kind: type[P], client_id: uuid.UUID | None, fingerprint: bytes) -> P | None:
    """The row that this very content made before, None where it is new; `Refused` where the id stands for something else.

    One statement; none where nobody named it. Called under the stay's lock, so that two senders cannot both be first.
    """
    if client_id is None:
        return None
    row: P | None = kind._default_manager.filter(client_id=client_id).first()
    if row is not None and bytes(row.fingerprint) != fingerprint:
        raise Refused(OTHER_CONTENT.code, OTHER_CONTENT.sentence, [OTHER_CONTENT])
    if row is not None:
        row.sent_again = True
    return row


def named_twice(error: BaseException) -> Refused | None:
    """The refusal behind the one race that a stay's lock does not cover: the same id sent for two stays at once."""
    if not isinstance(error, IntegrityError):
        return None
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
    return Refused(OTHER_CONTENT.code, OTHER_CONTENT.sentence, [OTHER_CONTENT]) if "client_id" in constraint else None


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value)

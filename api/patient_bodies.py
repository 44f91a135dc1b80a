"""Fields and bodies that the operations on stays take: days, clock times, numbers, a treatment that failed."""

import re
from datetime import time
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from api.fields import Strict, Text, Word
from monitoring.domain.values import Limit
from patients.domain.treatment import TreatmentEntry, TreatmentKind, TreatmentOutcome
from patients.domain.weight import LEAST_KG, MOST_KG

WEIGHT = Limit("Weight", "kg", LEAST_KG, MOST_KG, places=2)
POSITION = Limit("Position on the board", "", Decimal(0), Decimal(32_767))
_CLOCK = re.compile(r"\d\d:\d\d", re.ASCII)


class ClockTime(serializers.TimeField):
    """A time on the ward's own clock."""

    default_error_messages = {
        "required": "is missing.",
        "null": "must not be null.",
        "invalid": "must be a time such as 07:30.",
    }

    def to_internal_value(self, value: Any) -> time:
        if not isinstance(value, str) or not _CLOCK.fullmatch(value):
            self.fail("invalid")
        try:
            return time.fromisoformat(value)
        except ValueError:
            self.fail("invalid")


class Treatment(Strict):
    """A treatment that failed before."""

    kind = Word(TreatmentKind)
    outcome = Word(TreatmentOutcome, help_text="Why it counts as failed.")
    name = Text(
        required=False, default="", allow_blank=True, max_length=120, help_text="Needed for infusion and other."
    )
    note = Text(required=False, default="", allow_blank=True, max_length=500)


def treatment_of(sent: dict[str, Any]) -> TreatmentEntry:
    """The entry that the domain judges."""
    return TreatmentEntry(sent["kind"], sent["outcome"], sent["name"], sent["note"])

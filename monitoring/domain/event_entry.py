"""An adverse event of the stop list as it is handed in by one tap, and why it cannot be taken (DOMAIN 5, "other")."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from core.errors import Reason
from monitoring.domain.severity import STOP_LIST, Rule
from patients.domain.times import reasons_of_time

LONGEST_NOTE = 500  # characters
_NO_TIME = timedelta(0)

EVENT_WORDS = {
    Rule.FALL: "Fall",
    Rule.SEIZURE: "Seizure",
    Rule.CHEST_PAIN: "Chest pain",
    Rule.STRIDOR: "Stridor",
    Rule.ANAPHYLAXIS: "Anaphylaxis",
    Rule.EXTRAVASATION: "Extravasation",
    Rule.PUMP_FAULT: "Pump fault",
    Rule.WRONG_DRUG_OR_RATE: "Wrong drug or rate",
    Rule.ASKS_TO_STOP: "The patient asks to stop",
}


def reasons_not_to_record_event(
    kind: Rule, *, occurred_at: datetime, note: str, admitted_at: datetime, at: datetime
) -> Iterator[Reason]:
    """Every reason at once: not of the stop list, a time that cannot be, a note that is too long. A note is never needed."""
    if kind not in STOP_LIST:
        yield Reason("not_an_event", f"{kind} is not an event of the stop list.", "kind")
    yield from reasons_of_time(
        occurred_at, field="occurred_at", words="The event", admitted_at=admitted_at, before=_NO_TIME, at=at
    )
    if len(note) > LONGEST_NOTE:
        yield Reason("too_long", f"The note is longer than {LONGEST_NOTE} characters.", "note")


def reasons_not_to_withdraw_event(reason: str) -> Iterator[Reason]:
    """Whoever says that it never happened says why."""
    if not reason:
        yield Reason("reason_missing", "Say why it was recorded by mistake.", "reason")
    if len(reason) > LONGEST_NOTE:
        yield Reason("too_long", f"The reason is longer than {LONGEST_NOTE} characters.", "reason")

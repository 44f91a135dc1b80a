"""What a patient has, and what was tried for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.errors import Reason


class Diagnosis(StrEnum):
    """The headache that is treated (DOMAIN 1)."""

    CHRONIC_MIGRAINE = "chronic_migraine"
    NDPH = "ndph"
    CLUSTER_HEADACHE = "cluster_headache"
    VISUAL_SNOW = "visual_snow"
    OTHER = "other"


class TreatmentKind(StrEnum):
    """A class of treatment that was tried."""

    TRIPTAN = "triptan"
    NSAID = "nsaid"
    DHE = "dhe"
    NEUROLEPTIC = "neuroleptic"
    ANTIEPILEPTIC = "antiepileptic"
    ANTIDEPRESSANT = "antidepressant"
    BETA_BLOCKER = "beta_blocker"
    CGRP = "cgrp"
    BOTULINUM_TOXIN = "botulinum_toxin"
    NERVE_BLOCK = "nerve_block"
    INFUSION = "infusion"  # a prior inpatient infusion; the entry's name says of what
    OTHER = "other"


class TreatmentOutcome(StrEnum):
    """Why it counts as failed."""

    NO_RELIEF = "no_relief"
    NOT_TOLERATED = "not_tolerated"
    RELIEF_LOST = "relief_lost"


class TransferState(StrEnum):
    """A move to another ward: asked for, then accepted or declined by the receiver, or taken back."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CANCELLED = "cancelled"


LONGEST_NAME, LONGEST_NOTE, LONGEST_DIAGNOSIS_NOTE = 120, 500, 200  # characters


@dataclass(frozen=True, slots=True)
class TreatmentEntry:
    """One treatment that was tried and failed, as somebody enters it."""

    kind: TreatmentKind
    outcome: TreatmentOutcome
    name: str = ""
    note: str = ""


def reasons_not_to_enter(entry: TreatmentEntry, *, field: str = "") -> list[Reason]:
    """Every reason why the entry cannot be kept: an infusion, or something else, has to be named."""
    reasons = []
    if entry.kind in (TreatmentKind.INFUSION, TreatmentKind.OTHER) and not entry.name.strip():
        what = "which infusion" if entry.kind is TreatmentKind.INFUSION else "what"
        reasons.append(Reason("name_missing", f"Say {what} was tried.", f"{field}name"))
    for name, most in (("name", LONGEST_NAME), ("note", LONGEST_NOTE)):
        if len(getattr(entry, name)) > most:
            reasons.append(Reason("too_long", f"The {name} is longer than {most} characters.", f"{field}{name}"))
    return reasons


def reasons_of_diagnosis(diagnosis: Diagnosis, note: str, pain: int | None) -> list[Reason]:
    """Every reason why the diagnosis and the pain at admission (0 to 10) cannot be kept."""
    reasons = []
    if diagnosis is Diagnosis.OTHER and not note.strip():
        reasons.append(Reason("diagnosis_note_missing", "Say which other diagnosis it is.", "diagnosis_note"))
    if len(note) > LONGEST_DIAGNOSIS_NOTE:
        sentence = f"The note on the diagnosis is longer than {LONGEST_DIAGNOSIS_NOTE} characters."
        reasons.append(Reason("too_long", sentence, "diagnosis_note"))
    if pain is not None and not 0 <= pain <= 10:
        reasons.append(Reason("pain_impossible", f"Pain {pain} is not on the scale: 0 to 10.", "admission_pain"))
    return reasons

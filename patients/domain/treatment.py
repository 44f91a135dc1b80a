"""What a patient has, and what was tried for it."""

from enum import StrEnum


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

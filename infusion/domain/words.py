"""The words that orders, approvals and acts at the pump are stored in (DOMAIN 2 and 3)."""

from enum import StrEnum


class OrderState(StrEnum):
    """An order version: in force, past its time (nothing more may be raised under it), or over."""

    ACTIVE = "active"
    EXPIRED = "expired"
    ENDED = "ended"


class OrderEnd(StrEnum):
    """Why an order version is over."""

    REPLACED = "replaced"
    COURSE_ENDED = "course_ended"
    PATIENT_LEFT = "patient_left"


class RequestState(StrEnum):
    """A nurse's request for a higher dose."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    VOIDED = "voided"


class ApprovalKind(StrEnum):
    """What a physician's ceiling allows: a higher running dose, or flow again after a pause or stop."""

    INCREASE = "increase"
    RESTART = "restart"


class ApprovalState(StrEnum):
    """A ceiling with an expiry. Used: a dose at the ceiling runs. Lapsed: its time is over."""

    LIVE = "live"
    USED = "used"
    VOIDED = "voided"
    REPLACED = "replaced"
    LAPSED = "lapsed"


class VoidCause(StrEnum):
    """What ends every request and approval that is not yet executed, at once (DOMAIN 3)."""

    DECREASE = "decrease"
    CLINICAL_PAUSE = "clinical_pause"
    STOP = "stop"
    RED_ALERT = "red_alert"
    SEDATION = "sedation"
    NEW_ORDER = "new_order"
    WEIGHT_CHANGE = "weight_change"
    PUMP_DIFFERS = "pump_differs"
    COURSE_ENDED = "course_ended"
    PATIENT_LEFT = "patient_left"


class Stage(StrEnum):
    """Where the gate for an increase stands: the same questions are asked three times, with different limits."""

    REQUEST = "request"
    APPROVAL = "approval"
    EXECUTION = "execution"


class PauseReason(StrEnum):
    """Why the pump was paused: technical, or clinical (which takes a physician's restart)."""

    LINE = "line"
    OCCLUSION = "occlusion"
    PUMP_FAULT = "pump_fault"
    EXTRAVASATION = "extravasation"
    IMAGING = "imaging"
    TRANSPORT = "transport"
    ADVERSE_EVENT = "adverse_event"
    VITAL_SIGNS = "vital_signs"
    SEDATION = "sedation"
    PATIENT_WISH = "patient_wish"
    PHYSICIAN = "physician"

    @property
    def is_technical(self) -> bool:
        """A fault or a journey, not the patient's state."""
        return self in _TECHNICAL


_TECHNICAL = frozenset(
    {
        PauseReason.LINE,
        PauseReason.OCCLUSION,
        PauseReason.PUMP_FAULT,
        PauseReason.EXTRAVASATION,
        PauseReason.IMAGING,
        PauseReason.TRANSPORT,
    }
)


class EventSource(StrEnum):
    """How a delivery event came into the record: told at the time, or entered afterwards from paper."""

    BEDSIDE = "bedside"
    DOWNTIME = "downtime"


class CheckedAct(StrEnum):
    """An act at the pump that two people check."""

    START = "start"
    INCREASE = "increase"
    RESUME = "resume"
    BAG_CHANGE = "bag_change"


class PumpCheckKind(StrEnum):
    """A look at the pump by another person that an act leaves behind; it never blocks."""

    DECREASE = "decrease"
    SINGLE_SIGNED = "single_signed"
    FOUND = "found"


class TargetKind(StrEnum):
    """Why the present dose is the target."""

    RELIEF = "relief"
    HIGHEST_TOLERATED = "highest_tolerated"
    MAXIMUM = "maximum"

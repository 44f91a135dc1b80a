"""Admitting, finding out what speaks against treatment, moving and letting go; and who works on which ward."""

from patients.actions.admissions import admit_patient, discharge_patient
from patients.actions.emergency import (
    close_emergency_access,
    end_emergency_access_in_time,
    open_emergency_access,
    review_emergency_access,
)
from patients.actions.screening import decide_screening, record_consent, record_screening, withdraw_consent
from patients.actions.transfers import accept_transfer, cancel_transfer, decline_transfer, request_transfer
from patients.actions.treatments import add_treatment, supersede_treatment, withdraw_treatment
from patients.actions.wards import add_bed, assign_to_ward, end_assignment, found_ward
from patients.actions.weights import record_weight

__all__ = [
    "accept_transfer",
    "add_bed",
    "add_treatment",
    "admit_patient",
    "assign_to_ward",
    "cancel_transfer",
    "close_emergency_access",
    "decide_screening",
    "decline_transfer",
    "discharge_patient",
    "end_assignment",
    "end_emergency_access_in_time",
    "found_ward",
    "open_emergency_access",
    "record_consent",
    "record_screening",
    "record_weight",
    "request_transfer",
    "review_emergency_access",
    "supersede_treatment",
    "withdraw_consent",
    "withdraw_treatment",
]

"""Facts about wards, admissions and what was found out about a patient before an order."""

from patients.selectors.present import (
    lock_admission,
    must_be_present,
    stamp,
    still_work_on,
    visible_admission,
    visible_ward,
    wards_of,
    works_on,
)
from patients.selectors.treatment import TreatmentFacts, treatment_facts

__all__ = [
    "TreatmentFacts",
    "lock_admission",
    "must_be_present",
    "stamp",
    "still_work_on",
    "treatment_facts",
    "visible_admission",
    "visible_ward",
    "wards_of",
    "works_on",
]

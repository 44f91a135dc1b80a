"""Plain facts about people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core.errors import Reason


def age_in_years(born: date, on: date) -> int:
    """Completed years of age on that day."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is, as an admission form says it. `administrative_gender` is FHIR's word; the number the hospital's own."""

    medical_record_number: str
    family_name: str
    given_name: str
    birth_date: date
    administrative_gender: str


_LONGEST = {"medical_record_number": 40, "family_name": 80, "given_name": 80}
_OLDEST = 130  # years


def reasons_not_to_register(identity: Identity, *, today: date) -> list[Reason]:
    """Every reason why this cannot be a patient: a name or number missing or too long, a birth that cannot be."""
    reasons = []
    for name, most in _LONGEST.items():
        text, words = getattr(identity, name), name.replace("_", " ")
        if not text.strip():
            reasons.append(Reason("missing", f"The {words} is missing.", name))
        elif len(text) > most:
            reasons.append(Reason("too_long", f"The {words} is longer than {most} characters.", name))
    if identity.birth_date > today:
        reasons.append(Reason("in_the_future", "The date of birth lies in the future.", "birth_date"))
    elif age_in_years(identity.birth_date, today) > _OLDEST:
        reasons.append(Reason("too_old", f"Nobody is older than {_OLDEST} years.", "birth_date"))
    return reasons

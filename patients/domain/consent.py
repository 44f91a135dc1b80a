"""When a consent is one: the whole briefing before it, and not withdrawn since (DOMAIN 3, "Before the order")."""

from __future__ import annotations

from collections.abc import Collection

from core.errors import Reason
from patients.domain.screening import LONGEST_NOTE, BriefingItem

WORDS: dict[BriefingItem, str] = {
    BriefingItem.DREAMS: "dreams",
    BriefingItem.DOUBLE_VISION: "double vision",
    BriefingItem.HELP_TO_WALK: "help to walk",
    BriefingItem.NO_DRIVING_OR_SIGNING: "no driving or signing afterwards",
}


def reasons_not_to_consent(briefed: Collection[BriefingItem], *, note: str = "") -> list[Reason]:
    """Every reason why this is no consent: what the patient was not told yet, and a note too long."""
    reasons = []
    if missing := [WORDS[item] for item in BriefingItem if item not in briefed]:
        sentence = f"The patient was not told of: {', '.join(missing)}."
        reasons.append(Reason("briefing_incomplete", sentence, "briefed"))
    if len(note) > LONGEST_NOTE:
        reasons.append(Reason("too_long", f"The note is longer than {LONGEST_NOTE} characters.", "note"))
    return reasons


def standing_consent(given: bool | None, briefed: Collection[str]) -> tuple[bool, str]:
    """Whether the newest word of the patient is a consent, and the sentence for it; `given` is None where there is none."""
    if given is None:
        return False, "No consent is recorded."
    if not given:
        return False, "The patient withdrew the consent."
    missing = [WORDS[item] for item in BriefingItem if item.value not in briefed]
    if missing:
        return False, f"The consent was given without a word on: {', '.join(missing)}."
    return True, "The patient was told what to expect and consented."

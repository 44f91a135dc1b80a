"""The two sedation scales: POSS (default) and RASS. A level is a code with a meaning, never a number to average.

POSS: Pasero Opioid-induced Sedation Scale [src: Pasero, J Perianesth Nurs 2009;24:186-190].
RASS: Richmond Agitation-Sedation Scale [src: Sessler et al., Am J Respir Crit Care Med 2002;166:1338-1344].
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SedationScale(StrEnum):
    """The scale a sedation code belongs to."""

    POSS = "poss"
    RASS = "rass"


@dataclass(frozen=True, slots=True)
class Level:
    """One code of a scale; `acceptable` says whether a dose may be increased at it (awake and calm enough)."""

    code: str
    words: str
    acceptable: bool


# "Acceptable" is the gate's meaning (DOMAIN 3): POSS 1-2, RASS -1..+1, awake. POSS S is a good sleep, but nobody
# increases the dose of a sleeping patient.
POSS: dict[str, Level] = {
    "S": Level("S", "asleep, easy to rouse", False),
    "1": Level("1", "awake, alert", True),
    "2": Level("2", "slightly drowsy, easily roused", True),
    "3": Level("3", "frequently drowsy, drifts off in conversation", False),
    "4": Level("4", "somnolent, minimal or no response", False),
}
RASS: dict[str, Level] = {
    "+4": Level("+4", "combative", False),
    "+3": Level("+3", "very agitated", False),
    "+2": Level("+2", "agitated", False),
    "+1": Level("+1", "restless", True),
    "0": Level("0", "alert and calm", True),
    "-1": Level("-1", "drowsy, eye contact over 10 s to voice", True),
    "-2": Level("-2", "light sedation, eye contact under 10 s to voice", False),
    "-3": Level("-3", "moderate sedation, moves to voice", False),
    "-4": Level("-4", "deep sedation, responds to physical stimulation only", False),
    "-5": Level("-5", "unrousable", False),
}
LEVELS: dict[SedationScale, dict[str, Level]] = {SedationScale.POSS: POSS, SedationScale.RASS: RASS}
RASS_NUMBERS: dict[str, int] = {code: int(code) for code in RASS}


def level(scale: SedationScale, code: str) -> Level | None:
    """The level behind a code; None when the scale has no such code."""
    return LEVELS[scale].get(code)


def is_acceptable(scale: SedationScale, code: str) -> bool:
    """Whether a dose may be increased at this level: POSS 1-2, RASS -1..+1, awake (POSS S never); DOMAIN 3."""
    found = level(scale, code)
    return found is not None and found.acceptable


def words(scale: SedationScale, code: str) -> str:
    """The code as the ward says it: `POSS 3: frequently drowsy, drifts off in conversation`."""
    found = level(scale, code)
    title = f"{SedationScale(scale).name} {code}"
    return title if found is None else f"{title}: {found.words}"

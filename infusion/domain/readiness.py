"""What the bedside says about raising the dose: frozen facts that monitoring hands to the gate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

# The rule of an alert that says: the pump runs at another rate than was ordered.
PUMP_DIFFERS = "pump_differs"


@dataclass(frozen=True, slots=True)
class LiverEnzymes:
    """The newest collected liver enzymes; `worst_uln` is the highest of ALT, AST, ALP, GGT as a multiple of its upper limit."""

    collected_at: datetime
    worst_uln: Decimal
    worst: str


@dataclass(frozen=True, slots=True)
class RedAlert:
    """An unresolved red alert, in the words that the page shows; `rule` is the name of its rule."""

    sentence: str
    raised_at: datetime
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Readiness:
    """The newest standing value of each kind with the time it was seen; None where there is none.

    `full_set_at`: the newest set that carries everything but temperature. `pain` is a number of an awake patient;
    `asleep` says that the newest set could not ask. `set_overdue_since`: a set prompt is overdue.
    `is_away_alone`: off the ward without an escort who charts.
    """

    full_set_at: datetime | None = None
    sedation_scale: str | None = None
    sedation: str | None = None
    sedation_at: datetime | None = None
    consciousness: str | None = None
    psychotomimetic: int | None = None
    psychotomimetic_at: datetime | None = None
    pain: int | None = None
    pain_at: datetime | None = None
    asleep: bool = False
    set_overdue_since: datetime | None = None
    is_away_alone: bool = False
    red_alerts: tuple[RedAlert, ...] = ()
    yellow_alerts: tuple[str, ...] = ()
    last_red_at: datetime | None = None
    liver: LiverEnzymes | None = None
    mood_screened_at: datetime | None = None
    falls_scored_at: datetime | None = None
    vitals: tuple[tuple[str, str], ...] = ()

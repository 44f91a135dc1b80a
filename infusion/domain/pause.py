"""What it takes to let the pump flow again after a pause or a stop (DOMAIN 3, "Pause, resume, stop")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from core.errors import Reason
from infusion.domain.words import PauseReason


@dataclass(frozen=True, slots=True)
class Halt:
    """A pump that does not run: since when, by a stop or a pause, why. No reason said counts as a clinical one."""

    since: datetime
    is_stop: bool
    reason: PauseReason | None = None

    @property
    def is_clinical(self) -> bool:
        """Clinical until a technical reason is said."""
        return self.reason is None or not self.reason.is_technical


def needs_physicians_restart(
    halt: Halt,
    *,
    red_is_open: bool,
    last_red_at: datetime | None,
    at: datetime,
    restart_after: timedelta,
    red_within: timedelta,
) -> tuple[Reason, ...]:
    """Why this pump runs again only with a physician's restart: all reasons; none where a nurse may resume alone.

    `red_is_open`: a red alert is unresolved now. `last_red_at` is the last instant at which one was open. A pause may
    last `restart_after` [default 2 h], and a red alert counts from `red_within` [15 min] before it.
    """
    if halt.is_stop:
        return (Reason("after_stop", "After a stop the pump runs again only with a physician's restart."),)
    reasons = []
    if red_is_open:
        reasons.append(Reason("red_alert_open", "A red alert is not resolved."))
    elif last_red_at is not None and last_red_at >= halt.since - red_within:
        minutes = int(red_within / timedelta(minutes=1))
        reasons.append(
            Reason("red_alert_before_pause", f"A red alert was open at the pause or within {minutes} min before it.")
        )
    if halt.is_clinical:
        said = "No reason was said, which counts as clinical." if halt.reason is None else "It was clinical."
        reasons.append(Reason("clinical_pause", f"The pause needs a physician's restart. {said}"))
    if at - halt.since > restart_after:
        hours = f"{Decimal(str(restart_after / timedelta(hours=1))).normalize():f}"
        reasons.append(Reason("long_pause", f"The pause lasted over {hours} h: much of the level is gone."))
    return tuple(reasons)


def highest_dose_again(before: Decimal, ceiling: Decimal | None, maximum: Decimal) -> Decimal:
    """The highest dose in mg/kg/h at which the pump may run again: as before, or less where a physician's restart or the
    order in force (`maximum`, which a new version may have lowered meanwhile) says less."""
    return min(before, maximum) if ceiling is None else min(before, ceiling, maximum)

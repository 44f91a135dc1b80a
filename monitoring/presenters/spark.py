"""The small drawing of the dose over the last 24 h: steps, the order's maximum dotted, alerts where they happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from monitoring.presenters.words import dose
from monitoring.selectors.board import WINDOW, AlertFacts, DoseStep

WIDTH, FLOOR, HEIGHT = 120, 35, 30
# The same scale in every row, so that two beds compare at a glance; what lies above touches the top.
FULL_SCALE = Decimal("1")


@dataclass(frozen=True, slots=True)
class Mark:
    """An alert at its time."""

    severity: str
    path: str


@dataclass(frozen=True, slots=True)
class Spark:
    """Paths for an SVG of 120 x 36; `line` is empty where nothing flowed."""

    line: str = ""
    area: str = ""
    cap: str = ""
    marks: tuple[Mark, ...] = ()
    label: str = ""
    caption: str = ""


def spark(
    steps: Sequence[DoseStep], *, maximum: Decimal | None, alerts: Sequence[AlertFacts] = (), at: datetime
) -> Spark:
    """Draw the steps up to `at`; a pause is a gap."""
    line, area = [], []
    joined_at = None
    for step in steps:
        left, right, top = _x(step.started_at, at), _x(step.ended_at or at, at), _y(step.dose)
        line.append(f"{'V' if joined_at == left else f'M{left:.1f} '}{top:.1f}H{right:.1f}")
        area.append(f"M{left:.1f} {FLOOR}V{top:.1f}H{right:.1f}V{FLOOR}z")
        joined_at = right
    if not line:
        return Spark()
    now = dose(steps[-1].dose)
    drawn = sorted(alerts, key=lambda alert: alert.severity.rank)  # a yellow at the same time must not cover a red
    return Spark(
        line="".join(line),
        area="".join(area),
        cap="" if maximum is None else f"M0 {_y(maximum):.1f}H{WIDTH}",
        marks=tuple(_mark(alert, at) for alert in drawn if at - alert.first_observed_at <= WINDOW),
        label=f"Dose over 24 h, last {now}",
        caption="Last 24 h." + ("" if maximum is None else f" Dotted: the order's maximum, {dose(maximum)}."),
    )


def _x(instant: datetime, at: datetime) -> float:
    share = (instant - (at - WINDOW)) / WINDOW
    return WIDTH * min(max(share, 0.0), 1.0)


def _y(mg_per_kg_h: Decimal) -> Decimal:
    return FLOOR - HEIGHT * min(mg_per_kg_h / FULL_SCALE, Decimal(1))


def _mark(alert: AlertFacts, at: datetime) -> Mark:
    x = min(max(_x(alert.first_observed_at, at), 3.5), WIDTH - 3.5)
    return Mark(str(alert.severity), f"M{x - 3.5:.1f} 0h7l-3.5 5z")

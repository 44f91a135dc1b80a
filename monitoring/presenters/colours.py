"""The colour of a stored score: the band that its alert rule gives it."""

from __future__ import annotations

from collections.abc import Mapping

from monitoring.domain.alert_rules import Thresholds
from monitoring.domain.sedation import RASS_NUMBERS, SedationScale
from monitoring.domain.severity import Severity


def of_news2(total: int | None, parts: Mapping[str, int], thresholds: Thresholds) -> str:
    """By its total; yellow for a single 3, even while the total is incomplete."""
    band = None if total is None else thresholds.news2.severity(total)
    if band is None and 3 in parts.values() and thresholds.news2_yellow_at_a_single_three:
        band = Severity.YELLOW
    return str(band or "")


def of_sedation(scale: str, code: str, thresholds: Thresholds) -> str:
    """By its code on its scale; empty for none."""
    if not code:
        return ""
    if scale == SedationScale.POSS:
        return str(thresholds.poss.severity(code) or "")
    level = RASS_NUMBERS[code]
    return str(thresholds.rass_low.severity(level) or thresholds.rass_high.severity(level) or "")

"""What a set would score and raise if it were saved now: the same rules as saving, nothing written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitoring.domain.alert_rules import Finding, Key, Reading, Severity, bands, findings, severity_of
from monitoring.domain.news2 import TEMPERATURE_GOOD_FOR, News2, news2
from monitoring.domain.values import Parameter, Values, completes_set_prompt
from monitoring.selectors.facts import earlier_temperature, stay_facts


@dataclass(frozen=True, slots=True)
class Foresight:
    """The score, what would ring, what waits for a second reading (and when that is), and the colour of each value."""

    score: News2
    temperature_at: datetime | None
    findings: tuple[Finding, ...]
    waiting: tuple[Key, ...]
    second_reading: tuple[timedelta, timedelta]
    colours: dict[Parameter, Severity]
    completes: bool
    is_empty: bool


def foresee(admission_id: int, values: Values, *, observed_at: datetime, instead_of: int | None = None) -> Foresight:
    """Judge `values` as if seen at `observed_at`; `instead_of` is the set that they would correct. Two statements."""
    facts = stay_facts([admission_id])[0]
    borrowed = None
    if values.temperature is None:
        borrowed = earlier_temperature(admission_id, observed_at=observed_at, good_for=TEMPERATURE_GOOD_FOR)
    score = news2(values, scale=facts.scale, temperature=borrowed[0] if borrowed else None)
    limits = {
        "scale": facts.scale,
        "baseline_systolic": facts.baseline_systolic,
        "thresholds": facts.thresholds,
    }
    earlier = [each.reading for each in facts.sets if each.id != instead_of and each.observed_at < observed_at]
    found = findings(Reading(observed_at, values, score), earlier, **limits)
    rung = {each.key for each in found}
    shown = bands(values, score, **limits)
    colours = {each: severity_of(each, values, facts.scale, facts.thresholds) for each in Parameter}
    return Foresight(
        score=score,
        temperature_at=borrowed[1] if borrowed else None,
        findings=found,
        waiting=tuple(key for key, severity in shown.items() if severity is not None and key not in rung),
        second_reading=(facts.thresholds.second_from, facts.thresholds.second_until),
        colours={parameter: colour for parameter, colour in colours.items() if colour is not None},
        completes=completes_set_prompt(values),
        is_empty=values == Values(sedation_scale=values.sedation_scale),
    )

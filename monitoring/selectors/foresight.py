"""What a set would score and raise if it were saved now: the same rules as saving, nothing written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitoring.domain.alert_rules import Finding, Key, Reading, Severity, bands, severity_of
from monitoring.domain.entry import SetEntry
from monitoring.domain.judging import judged
from monitoring.domain.news2 import TEMPERATURE_GOOD_FOR, News2, news2
from monitoring.domain.second_readings import Awaited, awaited
from monitoring.domain.stay import SeenSet, StayFacts
from monitoring.domain.values import Parameter, lacking_for_set_prompt
from monitoring.selectors.before import before_recording
from monitoring.selectors.facts import stay_facts

# The number of a set that has none yet: above any that a row has, so that no alert takes it for its evidence.
_UNSAVED = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Foresight:
    """The score, what would ring, what waits for a second reading (and when that is), the colour of each value, and what
    the due set lacks. `awaited` is what would be prompted to be read again, `asks` what saving would ask at once."""

    score: News2
    temperature_at: datetime | None
    findings: tuple[Finding, ...]
    waiting: tuple[Key, ...]
    second_reading: tuple[timedelta, timedelta]
    colours: dict[Parameter, Severity]
    lacking: tuple[Parameter, ...]
    is_empty: bool
    awaited: tuple[Awaited, ...] = ()
    asks: tuple[str, ...] = ()


def foresee(admission_id: int, entry: SetEntry, *, instead_of: int | None = None, at: datetime) -> Foresight:
    """Judge the entry as if it were saved now; `instead_of` is the set that it would correct. Two statements."""
    facts, values, observed_at = stay_facts([admission_id], at=at)[0], entry.values, entry.observed_at
    before = before_recording(
        admission_id,
        client_id=entry.client_id,
        observed_at=observed_at,
        good_for=TEMPERATURE_GOOD_FOR,
        corrects_id=instead_of,
    )
    borrowed = before.temperature if values.temperature is None else None
    score = news2(values, scale=facts.scale, temperature=borrowed)
    saved = _as_saved(facts, entry, score, instead_of=instead_of, at=at)
    found = next(each.findings for each in judged(saved, at=at) if each.seen.id == _UNSAVED)
    rung = {each.key for each in found}
    shown = bands(
        values,
        score,
        scale=facts.scale,
        baseline_systolic=facts.baseline_systolic,
        thresholds=facts.thresholds,
    )
    colours = {each: severity_of(each, values, facts.scale, facts.thresholds) for each in Parameter}
    return Foresight(
        score=score,
        temperature_at=before.temperature_at if borrowed is not None else None,
        findings=found,
        waiting=tuple(key for key, severity in shown.items() if severity is not None and key not in rung),
        second_reading=(facts.thresholds.second_from, facts.thresholds.second_until),
        colours={parameter: colour for parameter, colour in colours.items() if colour is not None},
        lacking=lacking_for_set_prompt(values),
        is_empty=entry.is_empty,
        awaited=tuple(each for each in awaited(saved, at=at) if each.set_id == _UNSAVED),
        asks=tuple(dict.fromkeys(finding.asks for finding in found if finding.asks)),
    )


def _as_saved(facts: StayFacts, entry: SetEntry, score: News2, *, instead_of: int | None, at: datetime) -> StayFacts:
    """The stay as if the entry were one of its sets."""
    reading = Reading(
        entry.observed_at,
        entry.values,
        score,
        symptoms=frozenset(entry.symptoms),
        warning_symptoms=None if entry.warning_symptoms is None else frozenset(entry.warning_symptoms),
        absent=frozenset((str(name), str(reason)) for name, reason in entry.absent.items()),
    )
    kept = (each for each in facts.sets if each.id != instead_of)
    run = sorted([*kept, SeenSet(_UNSAVED, reading, at)], key=lambda each: (each.observed_at, each.id))
    return replace(facts, runs=(tuple(run),))

"""What is due at the bedside, in the order of its time: the set, second readings, and everything else that is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from infusion.domain.words import PumpCheckKind
from monitoring.domain.values import Parameter, lacking_for_set_prompt
from monitoring.domain.watching import PromptKind
from monitoring.presenters import labels, words
from monitoring.selectors.bedside import Bedside, SetFacts, newest_with
from monitoring.selectors.board import PromptDue
from monitoring.selectors.due import AwayFacts, OtherDue

_CHECKS = {
    PumpCheckKind.DECREASE: ("Look at the pump", "after the decrease, by another person"),
    PumpCheckKind.SINGLE_SIGNED: ("Look at the pump", "one person signed alone, another looks"),
    PumpCheckKind.FOUND: ("Look at the pump", "its rate was found to differ, another person signs"),
}
_WHO = {
    PromptKind.REASSESSMENT: "by a physician",
    PromptKind.PHYSICIAN_REVIEW: "once a day",
    PromptKind.SET_INTERVAL: "until then the sets go on by the schedule",
}
# What a second reading is about, in the words of the flowsheet; one cuff reads both pressures.
_READ_AGAIN: dict[str, str] = {
    Parameter.SYSTOLIC: "blood pressure",
    Parameter.DIASTOLIC: "blood pressure",
    Parameter.HEART_RATE: "pulse",
    Parameter.RESPIRATORY_RATE: "breathing",
    Parameter.SPO2: "SpO2",
    Parameter.PAIN: "pain",
}


@dataclass(frozen=True, slots=True)
class DueItem:
    """Something that is due; `by_a_set`: charting a set answers it."""

    when: words.Due
    title: str
    detail: str
    by_a_set: bool = False


def due_list(facts: Bedside, *, zone: ZoneInfo, at: datetime) -> tuple[DueItem, ...]:
    """Everything that is due, the earliest first."""
    bed = facts.bed
    found = [(each.due_at, _other(each, facts, zone=zone, at=at)) for each in bed.others]
    if bed.prompt is not None:
        found.append((bed.prompt.due_at, _set(facts, bed.prompt, zone=zone, at=at)))
    return tuple(item for _, item in sorted(found, key=lambda each: each[0]))


def earliest_late(others: Sequence[OtherDue], *, at: datetime) -> words.Due | None:
    """What else will be late first, for a board's row: the page shows it once it is."""
    first = min(others, key=lambda each: each.late_at, default=None)
    if first is None:
        return None
    return words.due(first.due_at, first.late_at, at=at, detail=_short(first))


def away_words(away: AwayFacts | None, *, zone: ZoneInfo, at: datetime) -> str:
    """ "Off the ward since 14:10: MRI, with A. Park, who charts."; empty on the ward."""
    if away is None:
        return ""
    escort = f"with {away.escort}, who charts" if away.escort else "nobody went along"
    return f"Off the ward since {words.clock(away.left_at, zone, now=at)}: {away.destination}, {escort}."


def read_again(about: str) -> str:
    """The values of a second reading, said once each: "blood pressure and pulse"."""
    named = dict.fromkeys(_READ_AGAIN.get(each, each.replace("_", " ")) for each in about.split())
    said = list(named) or ["the value"]
    return " and ".join(filter(None, (", ".join(said[:-1]), said[-1])))


def _set(facts: Bedside, prompt: PromptDue, *, zone: ZoneInfo, at: datetime) -> DueItem:
    said = [
        f"due {words.clock(prompt.due_at, zone, now=at)}, {words.every(prompt.interval)}",
        _stays_due(facts.current, prompt, zone=zone, at=at),
        _temperature(facts, prompt, zone=zone, at=at),
    ]
    when = words.due(prompt.due_at, prompt.late_at, at=at)
    return DueItem(when, PromptKind.FULL_SET.words, "; ".join(filter(None, said)))


def _stays_due(sets: Sequence[SetFacts], prompt: PromptDue, *, zone: ZoneInfo, at: datetime) -> str:
    """Why the set is still due although somebody charted; before that, what it takes."""
    newest = next((each for each in reversed(sets) if each.observed_at >= prompt.counts_from), None)
    lacking = newest and lacking_for_set_prompt(newest.values)
    if not newest or not lacking:
        return "done when breathing, SpO2 and sedation are charted"
    clock = words.clock(newest.observed_at, zone, now=at)
    return f"stays due: the set of {clock} has no {labels.listed(lacking, 'or')}"


def _temperature(facts: Bedside, prompt: PromptDue, *, zone: ZoneInfo, at: datetime) -> str:
    """Temperature goes with a set every few hours: said of the set at which the last one is too old."""
    last = newest_with(facts.sets, "temperature")
    if last is None:
        return "with a temperature"
    if max(at, prompt.due_at) - last.observed_at < facts.rules.prompts.temperature_every:
        return ""
    return f"with a temperature (last {words.clock(last.observed_at, zone, now=at)})"


def _other(each: OtherDue, facts: Bedside, *, zone: ZoneInfo, at: datetime) -> DueItem:
    when = words.due(each.due_at, each.late_at, at=at)
    due = f"due {words.clock(each.due_at, zone, now=at)}"
    if isinstance(each.kind, PumpCheckKind):
        title, why = _CHECKS[each.kind]
        return DueItem(when, title, f"{due}, {why}")
    if each.kind is PromptKind.SECOND_READING:
        until = words.clock(each.due_at + each.interval, zone, now=at)
        said = read_again(each.about)
        detail = f"{due} to {until}" if _rings(each, facts) else f"{due} to {until}, not an alert yet"
        return DueItem(when, f"{said[:1].upper()}{said[1:]} again", detail, by_a_set=True)
    if each.kind is PromptKind.RECHECK:
        stop = facts.bed.thresholds.spo2[facts.admission.spo2_scale].stop
        return DueItem(when, f"SpO2 again: still {stop} or less?", due, by_a_set=True)
    who = _WHO.get(each.kind, "")
    return DueItem(when, each.kind.words, f"{due}, {who}" if who else due)


def _rings(each: OtherDue, facts: Bedside) -> bool:
    """Is an alert open about one of these values already? Then the second reading is about stopping."""
    rules = {"respiration" if name == Parameter.RESPIRATORY_RATE else name for name in each.about.split()}
    return any(alert.rule in rules for alert in facts.bed.alerts)


def _short(each: OtherDue) -> str:
    if isinstance(each.kind, PumpCheckKind):
        return _CHECKS[each.kind][0]
    if each.kind is PromptKind.SECOND_READING:
        said = read_again(each.about)
        return f"{said[:1].upper()}{said[1:]} again"
    return {PromptKind.RECHECK: "SpO2 again", PromptKind.REASSESSMENT: "Reassessment"}.get(each.kind, each.kind.words)

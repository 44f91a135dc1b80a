"""What saving would score and raise, in the words beside the Save button."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from monitoring.domain.alert_rules import Finding, Rule, Severity
from monitoring.domain.entry import SetEntry
from monitoring.domain.news2 import PARAMETERS
from monitoring.domain.values import Parameter
from monitoring.domain.watching import PromptKind
from monitoring.presenters import labels, words
from monitoring.selectors.foresight import Foresight

_NAMES = {
    Rule.RESPIRATION: "breathing",
    Rule.SPO2: "SpO2",
    Rule.CONSCIOUSNESS: "awareness",
    Rule.SYSTOLIC: "blood pressure",
    Rule.DIASTOLIC: "blood pressure",
    Rule.HEART_RATE: "pulse",
    Rule.SEDATION: "sedation",
    Rule.PSYCHOTOMIMETIC: "distress",
    Rule.TEMPERATURE: "temperature",
    Rule.PAIN: "pain",
}
_WAITS_FOR_SECOND = {Rule.RESPIRATION, Rule.SYSTOLIC, Rule.DIASTOLIC, Rule.HEART_RATE}


@dataclass(frozen=True, slots=True)
class Raises:
    """What saving raises in one colour."""

    severity: str
    words: str


@dataclass(frozen=True, slots=True)
class TileMark:
    """The colour of one tile."""

    key: str
    severity: str


@dataclass(frozen=True, slots=True)
class Preview:
    """The words, worst first; `severity` colours their edge, `asks` is what is to be asked or read again."""

    severity: str
    score: str
    score_detail: str
    raises: tuple[Raises, ...]
    calm: str
    leaves_open: str
    marks: tuple[TileMark, ...]
    asks: tuple[str, ...] = ()


def preview(foresight: Foresight, entry: SetEntry, *, zone: ZoneInfo, at: datetime) -> Preview:
    """Say what saving this entry would do; of an empty form only what is still to enter."""
    raises = tuple(each for severity in (Severity.RED, Severity.YELLOW) if (each := _raises(foresight, severity)))
    second = _second_reading(foresight, entry.observed_at, zone=zone, at=at)
    return Preview(
        severity=raises[0].severity if raises else "",
        score=_score(foresight),
        score_detail=_score_detail(foresight, zone=zone, at=at),
        raises=raises,
        calm=second or ("" if raises or foresight.is_empty else "No alert from these values."),
        leaves_open=_leaves_open(foresight) if not foresight.is_empty else "",
        marks=tuple(TileMark(str(key), str(colour)) for key, colour in foresight.colours.items()),
        asks=tuple(_asks(foresight, entry, zone=zone, at=at)),
    )


def _score(foresight: Foresight) -> str:
    score = foresight.score
    if score.total is not None:
        return f"NEWS2 {score.total}"
    return "NEWS2" if foresight.is_empty else f"NEWS2 {sum(score.sub_scores.values())} so far"


def _score_detail(foresight: Foresight, *, zone: ZoneInfo, at: datetime) -> str:
    missing = foresight.score.missing
    said = f", {len(missing)} of {len(PARAMETERS)} still to enter" if missing else ", complete"
    if foresight.temperature_at is not None:
        said += f"; temperature of {words.clock(foresight.temperature_at, zone, now=at)} used"
    return said


def _raises(foresight: Foresight, severity: Severity) -> Raises | None:
    found = [_short(finding) for finding in foresight.findings if finding.severity is severity]
    if not found:
        return None
    stop = (
        " Stop rule met." if any(each.stop_advised for each in foresight.findings) and severity is Severity.RED else ""
    )
    return Raises(str(severity), f"Saving raises {severity}: {', '.join(dict.fromkeys(found))}.{stop}")


def _short(finding: Finding) -> str:
    if finding.rule in (Rule.NEWS2, Rule.SEDATION):
        return finding.value if finding.rule is Rule.SEDATION or finding.number is not None else "one NEWS2 part at 3"
    return f"{_NAMES[finding.rule]} {finding.value}"


def _second_reading(foresight: Foresight, observed_at: datetime, *, zone: ZoneInfo, at: datetime) -> str:
    """Yellow pressure, pulse and fast breathing ring only when a second reading agrees, or none comes."""
    names = dict.fromkeys(_NAMES[rule] for rule, _ in foresight.waiting if rule in _WAITS_FOR_SECOND)
    if not names:
        return ""
    first, last = (words.clock(observed_at + each, zone, now=at) for each in foresight.second_reading)
    said = " and ".join(names)
    return f"{said[:1].upper()}{said[1:]}: second reading due {first} to {last}, not an alert yet."


def _asks(foresight: Foresight, entry: SetEntry, *, zone: ZoneInfo, at: datetime) -> Iterator[str]:
    """Until somebody answered: the signs with which a red pressure stops the infusion; an SpO2 to be read once more."""
    if foresight.colours.get(Parameter.SYSTOLIC) is Severity.RED and entry.warning_symptoms is None:
        yield "Ask for warning signs."
    for each in foresight.awaited:
        if each.kind is PromptKind.RECHECK:
            yield f"SpO2 again from {words.clock(entry.observed_at + foresight.still_after, zone, now=at)}."


def _leaves_open(foresight: Foresight) -> str:
    if not foresight.lacking:
        return ""
    return f"Leaves the due set open: no {labels.listed(foresight.lacking, 'or')} yet."

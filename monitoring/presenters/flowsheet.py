"""The flowsheet of the last 24 h: a column a set, newest on the right, corrected values struck through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.urls import reverse

from monitoring.domain.alert_rules import Thresholds, severity_of
from monitoring.domain.entry import LATE
from monitoring.domain.values import Parameter, Source, WarningSymptom
from monitoring.presenters import colours, labels, words
from monitoring.selectors.bedside import SetFacts
from monitoring.selectors.board import DoseStep

_SOURCES = {Source.MONITOR: "monitor", Source.DOWNTIME: "downtime", Source.REPLAY: "replay", Source.IMPORT: "import"}
_SOURCES |= {Source.ESCORT: "escort"}


@dataclass(frozen=True, slots=True)
class Tag:
    """A mark under a column's time."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Column:
    """A standing set."""

    set_id: int
    at: str
    clock: str
    by: str
    tags: tuple[Tag, ...]
    correct_href: str
    is_last: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """A value, its colour, and what it was before corrections, the latest first."""

    value: str
    severity: str = ""
    is_missing: bool = False
    struck: tuple[str, ...] = ()
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One parameter over all columns."""

    name: str
    unit: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Flowsheet:
    """The table, and every correction as a sentence."""

    day: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    corrections: tuple[str, ...]
    empty: str = "No set in the last 24 h."


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What a cell's words may rest on besides the set itself."""

    steps: Sequence[DoseStep]
    scale: int
    thresholds: Thresholds


Words = Callable[[SetFacts, _Drawing], str]


def flowsheet(
    sets: Sequence[SetFacts],
    *,
    steps: Sequence[DoseStep],
    scale: int,
    thresholds: Thresholds,
    zone: ZoneInfo,
    at: datetime,
) -> Flowsheet:
    """Draw every version: the standing ones as columns, what they replaced struck through in the same cell."""
    by_id = {each.id: each for each in sets}
    standing = [each for each in sets if each.is_current]
    histories = [_history(each, by_id) for each in standing]
    drawing = _Drawing(steps, scale, thresholds)
    lines = [_line(name, unit, parameters, said, histories, drawing) for name, unit, parameters, said in _LINES]
    return Flowsheet(
        day=words.day(at, zone),
        columns=tuple(_column(each, is_last=each is standing[-1], zone=zone, at=at) for each in standing),
        lines=tuple(line for line in lines if line.name not in _ONLY_IF_SAID or _says_anything(line)),
        corrections=tuple(_correction(history, zone=zone, at=at) for history in histories if len(history) > 1),
    )


def _says_anything(line: Line) -> bool:
    return any(not cell.is_missing or cell.struck for cell in line.cells)


def _history(standing: SetFacts, by_id: dict[int, SetFacts]) -> list[SetFacts]:
    """The standing version and those before it, newest first."""
    history = [standing]
    while (earlier := by_id.get(history[-1].corrects_id or 0)) is not None:
        history.append(earlier)
    return history


def _column(each: SetFacts, *, is_last: bool, zone: ZoneInfo, at: datetime) -> Column:
    late = each.recorded_at - each.observed_at
    tags = []
    if late > LATE and each.corrects_id is None:
        tags.append(Tag("tag-late", f"charted {words.span(late)} late"))
    if each.corrects_id is not None:
        tags.append(Tag("tag-quiet", "corrected"))
    if each.source in _SOURCES:
        tags.append(Tag("tag-quiet", _SOURCES[Source(each.source)]))
    return Column(
        set_id=each.id,
        at=words.iso(each.observed_at),
        clock=words.clock(each.observed_at, zone, now=at),
        by=each.recorded_by,
        tags=tuple(tags),
        correct_href=reverse("monitoring:correct_set", args=[each.id]),
        is_last=is_last,
    )


def _line(
    name: str,
    unit: str,
    parameters: tuple[Parameter, ...],
    said: Words,
    histories: Sequence[Sequence[SetFacts]],
    drawing: _Drawing,
) -> Line:
    cells = tuple(_cell(history, parameters, said, drawing, is_last=history is histories[-1]) for history in histories)
    return Line(name, unit, cells)


def _cell(
    history: Sequence[SetFacts], parameters: tuple[Parameter, ...], said: Words, drawing: _Drawing, *, is_last: bool
) -> Cell:
    standing = history[0]
    value = said(standing, drawing)
    struck: list[str] = []
    last = value
    for earlier in history[1:]:
        before = said(earlier, drawing)
        if before != last:
            struck.append(before or "–")
        last = before
    if not value:
        reasons = {labels.absent_words(standing.absent[each]) for each in parameters if each in standing.absent}
        return Cell(", ".join(sorted(reasons)) or "–", is_missing=True, struck=tuple(struck), is_last=is_last)
    return Cell(value, _colour(standing, parameters, said, drawing), struck=tuple(struck), is_last=is_last)


def _colour(each: SetFacts, parameters: tuple[Parameter, ...], said: Words, drawing: _Drawing) -> str:
    if said is _news2:
        return colours.of_news2(each.news2_total, each.news2_parts, drawing.thresholds)
    found = (severity_of(parameter, each.values, drawing.scale, drawing.thresholds) for parameter in parameters)
    return str(max((one for one in found if one), key=lambda one: one.rank, default=""))


def _correction(history: Sequence[SetFacts], *, zone: ZoneInfo, at: datetime) -> str:
    newest = history[0]
    return (
        f"Set of {words.clock(newest.observed_at, zone, now=at)}: corrected by {newest.recorded_by} at "
        f"{words.clock(newest.recorded_at, zone, now=at)}. Reason: {newest.correction_reason}"
    )


def _dose(each: SetFacts, drawing: _Drawing) -> str:
    for step in drawing.steps:
        if step.started_at <= each.observed_at and (step.ended_at is None or each.observed_at < step.ended_at):
            return words.dose(step.dose)
    return ""


def _number(field: str) -> Words:
    def said(each: SetFacts, drawing: _Drawing) -> str:
        value: int | Decimal | None = getattr(each.values, field)
        return "" if value is None else str(value)

    return said


def _pressure(each: SetFacts, drawing: _Drawing) -> str:
    upper, lower = each.values.systolic, each.values.diastolic
    if upper is None and lower is None:
        return ""
    return f"{words.number(upper)}/{words.number(lower)}"


def _oxygen(each: SetFacts, drawing: _Drawing) -> str:
    if each.values.on_oxygen is None:
        return ""
    if not each.values.on_oxygen:
        return "air"
    litres = each.values.oxygen_l_per_min
    return "oxygen" if litres is None else f"{words.number(litres)} L"


def _news2(each: SetFacts, drawing: _Drawing) -> str:
    if each.news2_total is not None:
        return str(each.news2_total)
    return "incomplete" if each.news2_parts else ""


def _sedation(each: SetFacts, drawing: _Drawing) -> str:
    scale, code = each.values.sedation_scale, each.values.sedation
    if scale is None or code is None:
        return ""
    return code if scale == "poss" else f"{scale.name} {code}"


def _awareness(each: SetFacts, drawing: _Drawing) -> str:
    return str(each.values.consciousness or "")


def _symptoms(each: SetFacts, drawing: _Drawing) -> str:
    return labels.symptom_words(each.symptoms)


def _warnings(each: SetFacts, drawing: _Drawing) -> str:
    """What was answered beside a red pressure; "none" is an answer, too."""
    if each.warning_symptoms is None:
        return ""
    said = (labels.WARNING_SYMPTOMS[WarningSymptom(code)].lower() for code in each.warning_symptoms)
    return ", ".join(said) or "none"


def _walking(each: SetFacts, drawing: _Drawing) -> str:
    return each.mobility.replace("_", " ")


def _comment(each: SetFacts, drawing: _Drawing) -> str:
    return each.comment


_ONLY_IF_SAID = frozenset({"Warning signs", "Walking", "Symptoms", "Comment"})
_LINES: tuple[tuple[str, str, tuple[Parameter, ...], Words], ...] = (
    ("Dose", "mg/kg/h", (), _dose),
    ("Pulse", "/min", (Parameter.HEART_RATE,), _number("heart_rate")),
    ("Blood pressure", "mmHg", (Parameter.SYSTOLIC, Parameter.DIASTOLIC), _pressure),
    ("Warning signs", "", (), _warnings),
    ("Breathing", "/min", (Parameter.RESPIRATORY_RATE,), _number("respiratory_rate")),
    ("SpO2", "%", (Parameter.SPO2,), _number("spo2")),
    ("Oxygen", "", (Parameter.OXYGEN,), _oxygen),
    ("Temperature", "°C", (Parameter.TEMPERATURE,), _number("temperature")),
    ("Awareness", "ACVPU", (Parameter.CONSCIOUSNESS,), _awareness),
    ("NEWS2", "", (), _news2),
    ("Sedation", "POSS", (Parameter.SEDATION,), _sedation),
    ("Distress", "0 to 3", (Parameter.PSYCHOTOMIMETIC,), _number("psychotomimetic")),
    ("Pain", "0 to 10", (Parameter.PAIN,), _number("pain")),
    ("Walking", "", (Parameter.MOBILITY,), _walking),
    ("Symptoms", "", (), _symptoms),
    ("Comment", "", (), _comment),
)

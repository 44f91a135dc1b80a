"""The charting form: a tile a value with the last one and its age, and one dock for entering."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.urls import reverse

from core.errors import Reason
from monitoring.domain.entry import LATE
from monitoring.domain.sedation import SedationScale
from monitoring.domain.values import LIMITS, AbsentReason, Parameter
from monitoring.forms import NO_WARNING, confirmation, confirmed_in, local_minute
from monitoring.presenters import labels, words
from monitoring.presenters.bedside import BedsidePage
from monitoring.presenters.board import set_due
from monitoring.presenters.flowsheet import flowsheet
from monitoring.selectors.bedside import Bedside, SetFacts, newest_with

if TYPE_CHECKING:
    from django.http import QueryDict

_MINUTE = timedelta(minutes=1)
LATE_REASONS = ("With another patient", "Emergency on the ward", "Patient was off ward", "System or network was down")
_NUMBERS = {"respiratory_rate": 3, "spo2": 3, "oxygen_l_per_min": 4, "heart_rate": 3, "systolic": 3, "diastolic": 3}
_NUMBERS |= {"temperature": 4}
# Asked of a red pressure only: each time anew.
_NEVER = {"warning_symptoms": "BP upper is red: ask"}
_DECIMALS = {"temperature", "oxygen_l_per_min"}
_TILES = tuple(labels.NAMES)
_DISTRESS = tuple(labels.PSYCHOTOMIMETIC.items())
# What the action calls a field, and the tile that shows it.
_TILE_OF = {"on_oxygen": "oxygen", "sedation_scale": "sedation"}


@dataclass(frozen=True, slots=True)
class Choice:
    """A reason that can be chosen."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Tile:
    """One value to enter, beside the last one."""

    key: str
    name: str
    unit: str
    is_number: bool
    value: str
    shown: str
    last: str
    last_words: str
    last_at: str
    last_age: str
    reasons: tuple[Choice, ...]
    inputmode: str
    maxlength: int
    error: str


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a group; `mark` is its code, `shown` what the tile says."""

    value: str
    mark: str
    label: str
    shown: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Group:
    """The choices of one value."""

    key: str
    legend: str
    input: str
    options: tuple[Option, ...]
    layout: str
    is_empty: bool
    may_be_absent: bool


@dataclass(frozen=True, slots=True)
class Extreme:
    """A rare value to be confirmed, once; `sends` is what its tick says."""

    key: str
    sends: str
    name: str
    number: str
    is_checked: bool


@dataclass(frozen=True, slots=True)
class Problem:
    """A reason in the summary, with the place it leads to."""

    sentence: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Typed:
    """A plain field as typed, with its error."""

    value: str
    error: str


@dataclass(frozen=True, slots=True)
class TrailLine:
    """One value over the last sets."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trail:
    """The last three sets."""

    columns: tuple[str, ...]
    lines: tuple[TrailLine, ...]


@dataclass(frozen=True, slots=True)
class ChartPage:
    """The whole form."""

    title: str
    is_correction: bool
    corrects: str
    action: str
    preview_href: str
    bedside_href: str
    stop_href: str
    may_stop: bool
    bed: str
    need: str
    name: str
    person: str
    due: words.Due
    client_id: str
    opened_at: str
    sedation_scale: str
    may_be_asleep: bool
    is_asleep: bool
    problems: tuple[Problem, ...]
    problems_title: str
    extremes: tuple[Extreme, ...]
    correction: Typed
    observed_at: Typed
    late_after_minutes: int
    late_reasons: tuple[Choice, ...]
    late_error: str
    tiles: tuple[Tile, ...]
    groups: tuple[Group, ...]
    comment: str
    is_with_patient: bool
    trail: Trail
    save_words: str


def chart_page(
    facts: Bedside,
    bedside: BedsidePage,
    typed: QueryDict,
    *,
    reasons: Sequence[Reason] = (),
    correcting: SetFacts | None = None,
    zone: ZoneInfo,
    at: datetime,
) -> ChartPage:
    """The form with everything that was typed, and every reason why it was not saved."""
    extremes = _extremes(typed, reasons)
    errors = _errors(reasons)
    seen = f" of {words.clock(correcting.observed_at, zone, now=at)}" if correcting else ""
    scale = SedationScale.RASS if typed.get("sedation_scale") == SedationScale.RASS else SedationScale.POSS
    return ChartPage(
        title=f"Correct the set{seen}" if correcting else "Chart a set",
        is_correction=correcting is not None,
        corrects=str(correcting.id) if correcting else "",
        action=reverse("monitoring:correct_set", args=[correcting.id]) if correcting else bedside.chart_href,
        preview_href=reverse("monitoring:preview_set", args=[bedside.admission_id]),
        bedside_href=bedside.href,
        stop_href=bedside.stop_href,
        may_stop=bedside.may_stop,
        bed=bedside.bed,
        need=bedside.need,
        name=bedside.name,
        person=_person(facts, bedside, zone=zone, at=at),
        due=set_due(facts.bed.prompt, zone=zone, at=at),
        client_id=typed.get("client_id", ""),
        opened_at=typed.get("opened_at", ""),
        sedation_scale=str(scale),
        may_be_asleep=scale == SedationScale.POSS,
        is_asleep=bool(typed.get("asleep_roused")),
        problems=tuple(_problem(reason) for reason in reasons),
        problems_title=_title(len(reasons)),
        extremes=extremes,
        correction=Typed(typed.get("correction_reason", ""), errors.get("correction_reason", "")),
        observed_at=Typed(typed.get("observed_at", ""), errors.get("observed_at", "")),
        late_after_minutes=LATE // _MINUTE,
        late_reasons=tuple(Choice(each, each, each == typed.get("late_reason")) for each in LATE_REASONS),
        late_error=errors.get("late_reason", ""),
        tiles=tuple(_tile(key, facts.current, typed, errors, at=at) for key in _TILES),
        groups=_groups(typed, scale),
        comment=typed.get("comment", ""),
        is_with_patient=bool(typed.get("with_patient")),
        trail=_trail(facts, zone=zone, at=at),
        save_words="Save correction" if correcting else "Save",
    )


def blank(*, client_id: str, zone: ZoneInfo, at: datetime) -> dict[str, list[str]]:
    """What a fresh form holds: nothing but its own number and the time it was opened."""
    return {
        "client_id": [client_id],
        "opened_at": [words.iso(at)],
        "observed_at": [local_minute(at, zone)],
        "sedation_scale": [str(SedationScale.POSS)],
    }


def filled(of: SetFacts, *, client_id: str, zone: ZoneInfo) -> dict[str, list[str]]:
    """What the form holds when a set is corrected: the set as it stands, seen when it was seen."""
    values = of.values
    plain = {key: getattr(values, key) for key in (*_NUMBERS, "psychotomimetic", "pain", "consciousness", "sedation")}
    oxygen = {None: "", True: "oxygen", False: "air"}[values.on_oxygen]
    held = {key: [str(value)] for key, value in plain.items() if value is not None}
    held |= {f"absent_{key}": [reason] for key, reason in of.absent.items()}
    return held | {
        "client_id": [client_id],
        "opened_at": [words.iso(of.observed_at)],
        "observed_at": [local_minute(of.observed_at, zone)],
        "sedation_scale": [str(values.sedation_scale or SedationScale.POSS)],
        "oxygen": [oxygen],
        "symptoms": list(of.symptoms),
        "warning_symptoms": [NO_WARNING] if of.warning_symptoms == () else list(of.warning_symptoms or ()),
        "mobility": [of.mobility],
        "comment": [of.comment],
        "late_reason": [of.late_reason],
    }


def _title(count: int) -> str:
    if not count:
        return ""
    subject = "One thing needs" if count == 1 else f"{count} things need"
    return f"{subject} another look. Nothing is saved yet; nothing is lost."


def _person(facts: Bedside, bedside: BedsidePage, *, zone: ZoneInfo, at: datetime) -> str:
    patient = facts.admission.patient
    who = words.sex_and_age(patient.administrative_gender, patient.birth_date, at.astimezone(zone).date())
    dose = f"{bedside.dose.dose} mg/kg/h" if bedside.dose.dose else bedside.dose.no_dose
    return f"{who}, {dose}"


def _extremes(typed: QueryDict, reasons: Sequence[Reason]) -> tuple[Extreme, ...]:
    """What was confirmed already stays confirmed; what is rare and not yet confirmed is asked."""
    asked = [reason.field for reason in reasons if reason.code == "unconfirmed"]
    confirmed = [key for key in LIMITS if key in confirmed_in(typed) and key not in asked]
    return tuple(
        Extreme(key, confirmation(key, typed), LIMITS[key].words, typed.get(key, ""), key in confirmed)
        for key in dict.fromkeys([*asked, *confirmed])
    )


def _errors(reasons: Sequence[Reason]) -> dict[str, str]:
    errors: dict[str, str] = {}
    for reason in reasons:
        key = _TILE_OF.get(reason.field, reason.field)
        errors[key] = f"{errors[key]} {reason.sentence}" if key in errors else reason.sentence
    return errors


def _problem(reason: Reason) -> Problem:
    key = _TILE_OF.get(reason.field, reason.field)
    if reason.code == "unconfirmed":
        return Problem(reason.sentence, f"confirm_{key}")
    if key in labels.NAMES and key not in _NUMBERS:
        return Problem(reason.sentence, f"tile_{key}")
    known = key in _NUMBERS or key in ("observed_at", "correction_reason", "comment")
    return Problem(reason.sentence, key if known else "late" if key == "late_reason" else "")


def _tile(key: str, sets: Sequence[SetFacts], typed: QueryDict, errors: Mapping[str, str], *, at: datetime) -> Tile:
    name, unit = labels.NAMES[key]
    last, seen_at = _last(key, sets)
    age = words.span(at - seen_at) if seen_at else ""
    chosen = typed.get(f"absent_{key}", "")
    reasons = tuple(Choice(str(each), labels.ABSENT[each], each == chosen) for each in AbsentReason)
    return Tile(
        key=key,
        name=name,
        unit=unit,
        is_number=key in _NUMBERS,
        value=typed.get(key, ""),
        shown=_shown(key, typed),
        last=last or _NEVER.get(key, "no value yet"),
        last_words=f"last {last}, {age} ago" if seen_at else _NEVER.get(key, "no value yet"),
        last_at=words.iso(seen_at),
        last_age=age,
        reasons=reasons if key in set(Parameter) else (),
        inputmode="decimal" if key in _DECIMALS else "numeric",
        maxlength=_NUMBERS.get(key, 0),
        error=errors.get(key, ""),
    )


def _last(key: str, sets: Sequence[SetFacts]) -> tuple[str, datetime | None]:
    """The last value that somebody charted, and when it was seen; shown beside the tile, never filled in."""
    if key == "warning_symptoms":
        return "", None
    if key in ("symptoms", "mobility"):
        found = next((each for each in reversed(sets) if getattr(each, key)), None)
        if found is None:
            return "", None
        said = labels.symptom_words(found.symptoms) if key == "symptoms" else found.mobility.replace("_", " ")
        return said, found.observed_at
    found = newest_with(sets, "on_oxygen" if key == "oxygen" else key)
    return (_value(key, found), found.observed_at) if found else ("", None)


def _value(key: str, of: SetFacts) -> str:
    values = of.values
    if key == "oxygen":
        return "oxygen" if values.on_oxygen else "air"
    if key == "sedation" and values.sedation_scale is not None:
        return f"{values.sedation_scale.name} {values.sedation}"
    value = getattr(values, key)
    return "–" if value is None else str(value)


def _shown(key: str, typed: QueryDict) -> str:
    """What a tile of choices says of what is chosen."""
    if key == "symptoms":
        known = {str(code): said for code, said in labels.SYMPTOMS.items()}
        return ", ".join(known[each] for each in typed.getlist(key) if each in known)
    if key == "warning_symptoms":
        asked = {code: _on_tile(key, code, said) for code, _, said in _WARNINGS}
        return ", ".join(asked[each] for each in typed.getlist(key) if each in asked)
    return typed.get(key, "").replace("_", " ").capitalize() if key in ("oxygen", "mobility") else typed.get(key, "")


_WARNINGS = [(NO_WARNING, "", "None of these"), *((str(c), "", said) for c, said in labels.WARNING_SYMPTOMS.items())]


def _groups(typed: QueryDict, scale: SedationScale) -> tuple[Group, ...]:
    sedation = labels.sedation_options(scale)
    return (
        _group("oxygen", "Oxygen", [("air", "", "Air"), ("oxygen", "", "Oxygen, then litres")], typed),
        _group(
            "consciousness", "Awareness", [(str(c), str(c), said) for c, said in labels.CONSCIOUSNESS.items()], typed
        ),
        _group("sedation", f"Sedation, {scale.name}", [(code, code, said) for code, said in sedation], typed),
        _group("psychotomimetic", "Distress", [(str(n), str(n), said) for n, said in _DISTRESS], typed),
        _group("pain", "Pain, 0 to 10", [(str(n), "", str(n)) for n in range(11)], typed, layout="eleven"),
        _group("mobility", "Walking", [(str(code), "", said) for code, said in labels.MOBILITY.items()], typed),
        _group("warning_symptoms", "With the red pressure", _WARNINGS, typed, layout="two"),
        _group(
            "symptoms",
            "Symptoms",
            [(str(code), "", said) for code, said in labels.SYMPTOMS.items()],
            typed,
            layout="two",
        ),
    )


def _group(key: str, legend: str, options: list[tuple[str, str, str]], typed: QueryDict, *, layout: str = "") -> Group:
    chosen = typed.getlist(key)
    return Group(
        key=key,
        legend=legend,
        input="checkbox" if key in ("symptoms", "warning_symptoms") else "radio",
        options=tuple(
            Option(value, mark, label, _on_tile(key, value, mark or label), value in chosen)
            for value, mark, label in options
        ),
        layout=layout,
        is_empty=not any(chosen),
        may_be_absent=key in set(Parameter),
    )


def _on_tile(key: str, value: str, said: str) -> str:
    """What a tile says of a chosen option: where the choice is long, its one word."""
    return value.capitalize() if key == "oxygen" or value == NO_WARNING else said


def _trail(facts: Bedside, *, zone: ZoneInfo, at: datetime) -> Trail:
    """The last three standing sets, out of the flowsheet's own words."""
    sheet = flowsheet(
        facts.current[-3:],
        steps=facts.bed.steps,
        scale=facts.admission.spo2_scale,
        thresholds=facts.bed.thresholds,
        zone=zone,
        at=at,
    )
    wanted = ("Breathing", "SpO2", "Pulse", "Blood pressure", "NEWS2", "Sedation", "Distress", "Pain", "Dose")
    lines = {line.name: tuple(cell.value for cell in line.cells) for line in sheet.lines}
    return Trail(
        columns=tuple(column.clock for column in sheet.columns),
        lines=tuple(TrailLine(name, lines[name]) for name in wanted),
    )

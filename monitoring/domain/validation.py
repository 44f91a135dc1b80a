"""Comparing this software's scores and doses with published ones: what `manage.py validate` counts.

Rows come as dictionaries of text. A row is asked if this software answers such a question at all; a row whose own
source errs, as the file says, is counted apart and compared only with the right value that the file gives beside it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction

from infusion.domain.dose import DoseError, dose_delivered, rate_ml_per_h
from infusion.domain.units import DoseUnit, UnitError, convert
from monitoring.domain.news2 import News2, Scale, news2
from monitoring.domain.values import Consciousness, Values

Row = Mapping[str, str | None]


class MalformedFile(ValueError):
    """A file that cannot be compared with; the message says where and why."""


class Outcome(StrEnum):
    """What became of one row."""

    AGREE = "agree"
    DISAGREE = "disagree"
    NOT_ASKED = "not asked"
    SOURCE_ERRS = "the source errs"


@dataclass(frozen=True, slots=True)
class Compared:
    """One row's outcome; `words` say what was expected and computed, or why it was not asked."""

    id: str
    outcome: Outcome
    words: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All rows of a file."""

    rows: tuple[Compared, ...]

    def of(self, outcome: Outcome) -> tuple[Compared, ...]:
        """The rows with one outcome, in the file's order."""
        return tuple(row for row in self.rows if row.outcome is outcome)

    def last_line(self) -> str:
        """The line that is read by machines too."""
        return ", ".join(
            f"{outcome} {len(self.of(outcome))}" for outcome in (Outcome.AGREE, Outcome.DISAGREE, Outcome.NOT_ASKED)
        )


class _NotAsked(Exception):
    """This software does not answer such a question."""


NEWS2_COLUMNS = (
    *("id", "rr", "spo2", "spo2_scale", "on_o2", "sbp", "pulse", "acvpu", "temp_c"),
    *("expected_total", "expected_subscores"),
)
DOSE_COLUMNS = (
    *("id", "question", "order_value", "order_unit", "weight_kg", "concentration", "conc_unit"),
    *("answer_unit", "exact"),
)


def compare_news2(rows: Iterable[Row]) -> Report:
    """Compare total and sub-scores of every row; raise `MalformedFile` for one that cannot be read."""
    return _compare(rows, NEWS2_COLUMNS, _news2_row)


def compare_dose(rows: Iterable[Row]) -> Report:
    """Compare pump rates, doses and conversions within half the last printed digit of `exact`."""
    return _compare(rows, DOSE_COLUMNS, _dose_row)


def _compare(rows: Iterable[Row], columns: Sequence[str], row_of: Callable[[Row, str], Compared]) -> Report:
    compared = []
    for number, row in enumerate(rows, start=1):
        missing = [column for column in columns if column not in row]
        if missing:
            raise MalformedFile(f"The file has no column {', '.join(missing)}.")
        name = (row["id"] or "").strip() or f"row {number}"
        if None in row.values() or None in row:
            raise MalformedFile(f"{name}: the row has not as many cells as the heading.")
        try:
            compared.append(row_of(row, name))
        except _NotAsked as why:
            compared.append(Compared(name, Outcome.NOT_ASKED, str(why)))
    if not compared:
        raise MalformedFile("The file has no rows.")
    return Report(tuple(compared))


_SUB_SCORES = {
    "rr": "respiration",
    "spo2": "spo2",
    "o2": "oxygen",
    "sbp": "systolic",
    "pulse": "pulse",
    "acvpu": "consciousness",
    "temp": "temperature",
}
_YES_OR_NO = {"1": True, "0": False, "yes": True, "no": False, "true": True, "false": False}


def _news2_row(row: Row, name: str) -> Compared:
    errs = _text(row, "agrees_with_rcp_chart").lower() not in ("", "yes")
    expected: dict[str, object] = {} if errs else _expected_by_the_source(row, name)
    if _text(row, "rcp_total"):
        expected["total by the chart"] = _whole(row, "rcp_total", name)
    if _text(row, "rcp_risk"):
        expected["risk by the chart"] = _text(row, "rcp_risk").lower().replace("-", "_")
    if not expected and not errs:
        raise _NotAsked("nothing is expected of it")
    values, temperature = _values(row, name)
    score = news2(values, scale=_scale(row, name), temperature=temperature)
    differences = [
        f"{what} expected {_shown(value)}, computed {_shown(_computed(score, what))}"
        for what, value in expected.items()
        if _computed(score, what) != value
    ]
    return _outcome(name, differences, errs)


def _expected_by_the_source(row: Row, name: str) -> dict[str, object]:
    expected: dict[str, object] = {}
    if _text(row, "expected_total"):
        expected["total"] = _whole(row, "expected_total", name)
    text = _text(row, "expected_subscores")
    try:
        scores = json.loads(text) if text else {}
    except ValueError:
        scores = None
    if not isinstance(scores, dict) or any(type(score) is not int for score in scores.values()):
        raise MalformedFile(f"{name}: expected_subscores is not a JSON object of whole numbers: {text}")
    for key, score in scores.items():
        if key not in _SUB_SCORES:
            raise MalformedFile(f"{name}: the sub-score {key!r} is not known, only {', '.join(_SUB_SCORES)}.")
        expected[key] = score
    return expected


def _computed(score: News2, what: str) -> object:
    if what.startswith("total"):
        return score.total
    if what.startswith("risk"):
        return score.risk
    return score.sub_scores.get(_SUB_SCORES[what])


def _values(row: Row, name: str) -> tuple[Values, Decimal | None]:
    oxygen = _text(row, "on_o2").lower()
    if oxygen and oxygen not in _YES_OR_NO:
        raise MalformedFile(f"{name}: on_o2 is {oxygen!r}, not 0 or 1.")
    letter = _text(row, "acvpu").upper()
    if letter and letter not in set(Consciousness):
        raise MalformedFile(f"{name}: acvpu is {letter!r}, not one of A, C, V, P, U.")
    temperature = _number(row, "temp_c", name)
    if temperature is not None and temperature != round(temperature, 1):
        raise _NotAsked("a temperature is charted with one digit after the point")
    values = Values(
        respiratory_rate=_charted(row, "rr", name),
        spo2=_charted(row, "spo2", name),
        on_oxygen=_YES_OR_NO[oxygen] if oxygen else None,
        systolic=_charted(row, "sbp", name),
        heart_rate=_charted(row, "pulse", name),
        consciousness=Consciousness(letter) if letter else None,
    )
    return values, temperature


def _scale(row: Row, name: str) -> int:
    scale = _whole(row, "spo2_scale", name) if _text(row, "spo2_scale") else 1
    if scale not in set(Scale):
        raise MalformedFile(f"{name}: spo2_scale is {scale}, not 1 or 2.")
    return scale


def _dose_row(row: Row, name: str) -> Compared:
    answer = _QUESTIONS.get(_text(row, "question").lower())
    if answer is None:
        raise _NotAsked(f"the question {_text(row, 'question')!r}")
    text = _text(row, "exact")
    if not text:
        raise _NotAsked("no exact answer to compare with")
    exact = _number(row, "exact", name, finite=False)
    try:
        computed = answer(row, name)
    except UnitError as why:
        raise _NotAsked(str(why)) from why
    except DoseError as why:
        if exact is None or not exact.is_finite():
            raise _NotAsked(f"refused: {why}") from why
        return Compared(name, Outcome.DISAGREE, f"expected {text}, computed nothing: {why}")
    errs = not _text(row, "verdict").lower().startswith(("agree", "rounded")) and _text(row, "verdict") != ""
    agrees = exact is not None and exact.is_finite() and _is_within_half_a_digit(computed, exact)
    difference = f"expected {text} {_text(row, 'answer_unit')}, computed {_decimal(computed):.10g}"
    return _outcome(name, [] if agrees else [difference], errs)


def _rate(row: Row, name: str) -> Fraction:
    """The pump rate in mL/h of a dose in any unit of the family."""
    _only_answers_in(row, "mL/h")
    unit, amount = DoseUnit.parse(_text(row, "order_unit")), _amount_per_ml(row)
    dose = convert(_needed(row, "order_value", name), str(unit), str(DoseUnit(amount, unit.per_kg, "h")))
    concentration = _needed(row, "concentration", name)
    # A dose that is not by weight is the dose of one kilogram: the same arithmetic answers both.
    weight = _needed(row, "weight_kg", name) if unit.per_kg else Decimal(1)
    return Fraction(rate_ml_per_h(_decimal(dose), weight, concentration))


def _dose(row: Row, name: str) -> Fraction:
    """The dose that a pump rate in mL/h delivers."""
    if _text(row, "order_unit") != "mL/h":
        raise UnitError(f"{_text(row, 'order_unit')!r} is not a pump rate in mL/h.")
    unit, amount = DoseUnit.parse(_text(row, "answer_unit")), _amount_per_ml(row)
    weight = _needed(row, "weight_kg", name) if unit.per_kg else Decimal(1)
    delivered = dose_delivered(_needed(row, "order_value", name), weight, _needed(row, "concentration", name))
    return convert(delivered, str(DoseUnit(amount, unit.per_kg, "h")), str(unit))


def _convert(row: Row, name: str) -> Fraction:
    of, to = _text(row, "order_unit"), _text(row, "answer_unit")
    DoseUnit.parse(of), DoseUnit.parse(to)
    return convert(_needed(row, "order_value", name), of, to, weight_kg=_number(row, "weight_kg", name))


_QUESTIONS: dict[str, Callable[[Row, str], Fraction]] = {
    "rate": _rate,
    "rate ml/h": _rate,
    "dose": _dose,
    "convert": _convert,
}


def _only_answers_in(row: Row, unit: str) -> None:
    if _text(row, "answer_unit") != unit:
        raise UnitError(f"{_text(row, 'answer_unit')!r} is not {unit}.")


def _amount_per_ml(row: Row) -> str:
    amount, _, volume = _text(row, "conc_unit").partition("/")
    if amount not in ("mg", "mcg", "units") or volume != "mL":
        raise UnitError(f"{_text(row, 'conc_unit')!r} is not mg, mcg or units per mL.")
    return amount


def _is_within_half_a_digit(computed: Fraction, exact: Decimal) -> bool:
    exponent = exact.as_tuple().exponent
    last_digit = Fraction(10) ** exponent if isinstance(exponent, int) else Fraction(0)
    return abs(computed - Fraction(exact)) <= last_digit / 2


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def _outcome(name: str, differences: list[str], errs: bool) -> Compared:
    if differences:
        return Compared(name, Outcome.DISAGREE, "; ".join(differences))
    return Compared(name, Outcome.SOURCE_ERRS if errs else Outcome.AGREE)


def _text(row: Row, column: str) -> str:
    return (row.get(column) or "").strip()


def _number(row: Row, column: str, name: str, *, finite: bool = True) -> Decimal | None:
    text = _text(row, column)
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise MalformedFile(f"{name}: {column} is {text!r}, not a number.") from None
    if finite and not number.is_finite():
        raise MalformedFile(f"{name}: {column} is {text!r}, not a number.")
    return number


def _needed(row: Row, column: str, name: str) -> Decimal:
    number = _number(row, column, name)
    if number is None:
        raise _NotAsked(f"{column} is empty")
    return number


def _whole(row: Row, column: str, name: str) -> int:
    number = _number(row, column, name)
    if number is None or number != int(number):
        raise MalformedFile(f"{name}: {column} is {_text(row, column)!r}, not a whole number.")
    return int(number)


def _charted(row: Row, column: str, name: str) -> int | None:
    number = _number(row, column, name)
    if number is None:
        return None
    if number != int(number):
        raise _NotAsked(f"{column} is charted in whole numbers")
    return int(number)


def _shown(value: object) -> str:
    return "none" if value is None else str(value)

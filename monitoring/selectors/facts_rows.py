"""Rows of the facts statement as the domain's own words."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from infusion.domain.order import weight_has_changed
from infusion.domain.words import PumpCheckKind
from infusion.selectors import dose_rules
from monitoring.domain.alert_rules import Direction, Reading, Rule, Severity
from monitoring.domain.assessments import Analyte
from monitoring.domain.news2 import news2, stored
from monitoring.domain.stay import (
    HangingBag,
    KnownAlert,
    OpenCheck,
    OpenPrompt,
    OwnLimit,
    Pending,
    SeenEvent,
    SeenLiver,
    SeenMood,
    SeenSet,
)
from monitoring.domain.values import Consciousness, SedationScale, Values


def json_of(value: Any) -> Any:
    """A jsonb value: it comes as text through a plain cursor."""
    return json.loads(value) if isinstance(value, str) else value


def open_prompt(row: Mapping[str, Any]) -> OpenPrompt:
    """An open prompt of any kind but the set."""
    return OpenPrompt(
        row["id"],
        datetime.fromisoformat(row["due_at"]),
        timedelta(seconds=float(row["seconds"])),
        datetime.fromisoformat(row["opened_at"]),
        row["about"],
    )


def event(row: Mapping[str, Any]) -> SeenEvent:
    """An adverse event."""
    return SeenEvent(
        row["id"],
        Rule(row["kind"]),
        datetime.fromisoformat(row["occurred_at"]),
        datetime.fromisoformat(row["recorded_at"]),
        row["note"],
    )


def liver(row: Mapping[str, Any] | None) -> SeenLiver | None:
    """A liver panel with each value as a multiple of its laboratory's limit."""
    if row is None:
        return None
    measured = {
        analyte: (Decimal(str(row[analyte.value])), Decimal(str(row[f"{analyte}_upper"])))
        for analyte in Analyte
        if row[analyte.value] is not None
    }
    return SeenLiver(
        row["id"],
        datetime.fromisoformat(row["collected_at"]),
        values={analyte: value for analyte, (value, _upper) in measured.items()},
        multiples={analyte: value / upper for analyte, (value, upper) in measured.items()},
        rash=row["rash"],
        fever=row["fever"],
    )


def mood(row: Mapping[str, Any] | None) -> SeenMood | None:
    """A mood screen with the C-SSRS asked."""
    if row is None:
        return None
    return SeenMood(
        row["id"],
        datetime.fromisoformat(row["observed_at"]),
        datetime.fromisoformat(row["recorded_at"]),
        yes=frozenset(number for number in range(1, 7) if row[f"cssrs_{number}"]),
        six_is_recent=bool(row["cssrs_6_recent"]),
    )


def bag(row: Mapping[str, Any] | None) -> HangingBag | None:
    """The hanging bag."""
    if row is None:
        return None
    remaining = max(Decimal(row["remaining"]), Decimal(0))
    return HangingBag(row["id"], remaining, datetime.fromisoformat(row["since"]), _decimal(row["rate"]))


def check(row: Mapping[str, Any]) -> OpenCheck:
    """A look at the pump that is still to come."""
    return OpenCheck(row["id"], PumpCheckKind(row["kind"]), datetime.fromisoformat(row["opened_at"]))


def own_limit(row: Mapping[str, Any]) -> OwnLimit:
    """A physician's own limit."""
    return OwnLimit(
        Rule(row["rule"]),
        Direction(row["direction"]),
        _decimal(row["yellow"]),
        _decimal(row["red"]),
        datetime.fromisoformat(row["until"]),
    )


def pending(
    protocol_id: int | None, since: datetime | None, dosing: Decimal | None, newest: Decimal | None
) -> Pending | None:
    """What waits for an approval or an execution, and whether the weight is another one since."""
    if since is None:
        return None
    if protocol_id is None or dosing is None or newest is None:
        return Pending(since)
    return Pending(since, weight_has_changed=weight_has_changed(dosing, newest, dose_rules(protocol_id).order))


def runs(rows: list[Mapping[str, Any]], scale: int) -> tuple[tuple[tuple[SeenSet, ...], ...], tuple[SeenSet, ...]]:
    """The loaded sets as stretches of neighbours (one where the two runs share a set), and the single ones."""
    newest = [row for row in rows if row["newest"]]
    last = [row for row in rows if row["last"]]
    if any(row["last"] for row in newest):
        newest, last = [*newest, *(row for row in last if not row["newest"])], []
    in_order = (sorted((seen(row, scale) for row in run), key=_when) for run in (last, newest) if run)
    single = (seen(row, scale) for row in rows if not (row["newest"] or row["last"]))
    return tuple(tuple(run) for run in in_order), tuple(single)


def _when(seen: SeenSet) -> tuple[datetime, int]:
    return seen.observed_at, seen.id


def seen(row: Mapping[str, Any], scale: int) -> SeenSet:
    """A set as prompts and alerts care for it."""
    values = values_of(row)
    # The stored score may rest on an earlier temperature, which this row does not carry: it is taken as it was written.
    score = news2(values, scale=scale)
    if row["news2_temperature_at"]:
        score = stored(row["news2_total"], row["news2_sub_scores"])
    return SeenSet(
        id=row["id"],
        reading=Reading(
            datetime.fromisoformat(row["observed_at"]),
            values,
            score,
            symptoms=frozenset(row["symptoms"]),
            warning_symptoms=None if row["warning_symptoms"] is None else frozenset(row["warning_symptoms"]),
            absent=frozenset(row["absent"].items()),
        ),
        recorded_at=datetime.fromisoformat(row["recorded_at"]),
    )


def alert(row: Mapping[str, Any]) -> KnownAlert:
    """An alert, open or lately closed."""
    return KnownAlert(
        id=row["id"],
        rule=Rule(row["rule"]),
        direction=Direction(row["direction"]),
        severity=Severity(row["severity"]),
        number=_decimal(row["number"]),
        stop_advised=row["stop_advised"],
        count=row["count"],
        acknowledged=row["acknowledged"],
        seen_severity=Severity(row["seen_severity"]) if row["seen_severity"] else None,
        seen_number=_decimal(row["seen_number"]),
        recovered_at=_instant(row["recovered_at"]),
        recovery_stands=row["recovery_stands"],
        is_open=row["is_open"],
        close_reason=row["close_reason"],
        first_observed_at=datetime.fromisoformat(row["first_observed_at"]),
        last_observed_at=datetime.fromisoformat(row["last_observed_at"]),
        worse_at=datetime.fromisoformat(row["worse_at"]),
        red_since=_instant(row["red_since"]),
        acts_at=_instant(row["acts_at"]),
        closed_by_hand=row["closed_by_hand"],
        evidence=tuple(row["evidence"]),
        standing=tuple(row["standing"]),
    )


def values_of(row: Mapping[str, Any]) -> Values:
    """The values of a stored set, from a mapping with its columns (numbers, or decimals as text)."""
    return Values(
        heart_rate=row["heart_rate"],
        systolic=row["systolic"],
        diastolic=row["diastolic"],
        respiratory_rate=row["respiratory_rate"],
        spo2=row["spo2"],
        on_oxygen=row["on_oxygen"],
        oxygen_l_per_min=_decimal(row["oxygen_l_per_min"]),
        temperature=_decimal(row["temperature"]),
        consciousness=Consciousness(row["consciousness"]) if row["consciousness"] else None,
        sedation_scale=SedationScale(row["sedation_scale"]) if row["sedation_scale"] else None,
        sedation=row["sedation"] or None,
        psychotomimetic=row["psychotomimetic"],
        pain=row["pain"],
    )


def _decimal(text: Any) -> Decimal | None:
    return None if text is None else Decimal(text)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)

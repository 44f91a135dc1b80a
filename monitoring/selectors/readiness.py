"""What the bedside says about starting or raising the dose: one statement for one stay, of the same cost however long it is.

Every value is the newest of its kind among the sets that stand (no correction replaced them). Each is found by walking the
index of the stay's sets from the newest, and no further than `LOOKED_BACK` of them.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.db import connection

from infusion.domain.readiness import LiverEnzymes, Readiness, RedAlert
from monitoring.domain.assessments import Analyte
from monitoring.domain.values import LIMITS
from patients.models import Admission
from patients.selectors import stamp

LOOKED_BACK = 500  # sets: a week of a titration
_ALERTS_LOOKED_BACK = 200
_VITALS_FROM = 16  # sets that the frozen view is put together from
_HUNDREDTH = Decimal("0.01")
_ENZYMES = (Analyte.ALT, Analyte.AST, Analyte.ALP, Analyte.GGT)

# A scalar question for each row: as a join or NOT EXISTS the planner would sort a whole stay rather than walk its index.
_STANDS = """CASE WHEN (SELECT k.id FROM {table} k WHERE k.corrects_id = t.id) IS NULL THEN true ELSE false END"""
_SET_STANDS = _STANDS.format(table="monitoring_observationset")
_FULL = """heart_rate IS NOT NULL AND systolic IS NOT NULL AND diastolic IS NOT NULL AND respiratory_rate IS NOT NULL
    AND spo2 IS NOT NULL AND on_oxygen IS NOT NULL AND consciousness <> '' AND sedation <> '' AND psychotomimetic IS NOT NULL
    AND (pain IS NOT NULL OR absent ->> 'pain' = 'asleep')"""


def _newest(columns: str, which: str, alias: str) -> str:
    """The newest standing set of which this is true; the inner limit is what keeps the cost the same."""
    return f"""
LEFT JOIN LATERAL (SELECT {columns} FROM (SELECT t.* FROM monitoring_observationset t
        WHERE t.admission_id = a.id AND {_SET_STANDS} ORDER BY t.observed_at DESC, t.id DESC LIMIT {LOOKED_BACK}) t
    WHERE {which} ORDER BY observed_at DESC, id DESC LIMIT 1) {alias} ON true"""


def _newest_assessment(columns: str, table: str, at: str, alias: str, which: str = "true") -> str:
    return f"""
LEFT JOIN LATERAL (SELECT {columns} FROM {table} t
    WHERE t.admission_id = a.id AND {which} AND {_STANDS.format(table=table)}
    ORDER BY t.{at} DESC, t.id DESC LIMIT 1) {alias} ON true"""


_PAIN = "pain IS NOT NULL AND NOT (sedation_scale = 'poss' AND sedation = 'S')"
_PANEL = f"""json_build_object('collected_at', t.collected_at,
    {", ".join(f"'{name}', t.{name}::text" for enzyme in _ENZYMES for name in (enzyme.value, f"{enzyme}_upper"))}) AS panel"""
_READINESS = f"""
SELECT f.observed_at, sed.sedation_scale, sed.sedation, sed.observed_at, c.consciousness, psy.psychotomimetic, psy.observed_at,
       pn.pain, pn.observed_at, coalesce(asked.asleep, false),
       least(p.overdue_at, open.overdue_since),
       (SELECT count(*) FROM monitoring_offward t WHERE t.admission_id = a.id AND t.back_at IS NULL AND t.escort_id IS NULL
        AND t.escort_name = '') > 0, open.reds, open.yellows, r.last_red_at,
       liver.panel, mood.observed_at, falls.observed_at, vitals.rows
FROM (SELECT %(stay)s::bigint AS id) a
{_newest("observed_at", _FULL, "f")}
{_newest("sedation_scale, sedation, observed_at", "sedation <> ''", "sed")}
{_newest("consciousness", "consciousness <> ''", "c")}
{_newest("psychotomimetic, observed_at", "psychotomimetic IS NOT NULL", "psy")}
{_newest("pain, observed_at", _PAIN, "pn")}
{
    _newest(
        "pain IS NULL AND absent ->> 'pain' = 'asleep' AS asleep",
        "pain IS NOT NULL OR absent ->> 'pain' IS NOT NULL",
        "asked",
    )
}
LEFT JOIN monitoring_prompt p ON p.admission_id = a.id AND p.kind = 'full_set' AND p.state = 'open' AND p.overdue_at <= %(at)s
LEFT JOIN LATERAL (SELECT
        min(first_observed_at) FILTER (WHERE rule = 'set_overdue') AS overdue_since,
        coalesce(json_agg(json_build_object('sentence', sentence, 'raised_at', raised_at, 'rule', rule) ORDER BY raised_at, id)
                 FILTER (WHERE severity = 'red'), '[]') AS reds,
        coalesce(json_agg(sentence ORDER BY raised_at, id) FILTER (WHERE severity = 'yellow'), '[]') AS yellows
    FROM monitoring_alert WHERE admission_id = a.id AND closed_at IS NULL) open ON true
LEFT JOIN LATERAL (SELECT max(least(coalesce(closed_at, %(at)s), %(at)s)) AS last_red_at FROM (
        SELECT severity, first_observed_at, closed_at FROM monitoring_alert
        WHERE admission_id = a.id ORDER BY last_observed_at DESC LIMIT {_ALERTS_LOOKED_BACK}) l
    WHERE severity = 'red' AND first_observed_at <= %(at)s) r ON true
{
    _newest_assessment(
        _PANEL,
        "monitoring_liverpanel",
        "collected_at",
        "liver",
        f"coalesce({', '.join(f't.{enzyme}' for enzyme in _ENZYMES)}) IS NOT NULL",
    )
}
{_newest_assessment("t.observed_at", "monitoring_moodscreen", "observed_at", "mood")}
{_newest_assessment("t.observed_at", "monitoring_fallsscore", "observed_at", "falls")}
LEFT JOIN LATERAL (SELECT coalesce(json_agg(t ORDER BY t.observed_at DESC, t.id DESC), '[]') AS rows FROM (
        SELECT t.id, t.observed_at, heart_rate, systolic, diastolic, respiratory_rate, spo2, on_oxygen,
               oxygen_l_per_min::text, temperature::text, consciousness
        FROM monitoring_observationset t WHERE t.admission_id = a.id AND {_SET_STANDS}
        ORDER BY t.observed_at DESC, t.id DESC LIMIT {_VITALS_FROM}) t) vitals ON true
"""


def readiness_of(admission: Admission, *, at: datetime) -> Readiness:
    """The bedside's facts for the gate (fills `infusion.ports.readiness`); one statement.

    `set_overdue_since` is from when the set was late enough to alert, of the open prompt or of one that was missed
    meanwhile. `last_red_at` is the last instant until `at` at which a red alert stood open: `at` itself while one does.
    """
    with connection.cursor() as cursor:
        cursor.execute(_READINESS, {"stay": admission.pk, "at": at})
        (
            full_at, scale, sedation, sedation_at, consciousness, psychotomimetic, psychotomimetic_at, pain, pain_at, asleep,
            overdue_since, is_away_alone, reds, yellows, last_red_at, panel, mood_at, falls_at, sets,
        ) = cursor.fetchone()  # fmt: skip
    return Readiness(
        full_set_at=full_at,
        sedation_scale=scale,
        sedation=sedation,
        sedation_at=sedation_at,
        consciousness=consciousness,
        psychotomimetic=psychotomimetic,
        psychotomimetic_at=psychotomimetic_at,
        pain=pain,
        pain_at=pain_at,
        asleep=asleep,
        set_overdue_since=overdue_since,
        is_away_alone=is_away_alone,
        red_alerts=tuple(
            RedAlert(red["sentence"], datetime.fromisoformat(red["raised_at"]), red["rule"]) for red in reds
        ),
        yellow_alerts=tuple(yellows),
        last_red_at=last_red_at,
        liver=_liver(panel) if panel else None,
        mood_screened_at=mood_at,
        falls_scored_at=falls_at,
        vitals=tuple(_vitals(sets)),
    )


def _liver(panel: Mapping[str, Any]) -> LiverEnzymes:
    """Multiples are cut, not rounded, to two places: 2.999 times the limit is not 3."""
    multiples = {
        enzyme: Decimal(panel[enzyme]) / Decimal(panel[f"{enzyme}_upper"])
        for enzyme in _ENZYMES
        if panel[enzyme] is not None
    }
    worst = max(multiples, key=lambda enzyme: multiples[enzyme])
    return LiverEnzymes(
        collected_at=datetime.fromisoformat(panel["collected_at"]),
        worst_uln=multiples[worst].quantize(_HUNDREDTH, ROUND_DOWN),
        worst=worst.name,
    )


def _vitals(sets: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """The newest value of each vital sign with its unit and when it was seen, as the decision freezes them."""
    said: set[str] = set()
    for row in sets:
        seen = stamp(datetime.fromisoformat(row["observed_at"]))
        for name, value in _of_set(row):
            if name not in said:
                said.add(name)
                yield name, f"{value} ({seen})"


def _of_set(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if row["systolic"] is not None and row["diastolic"] is not None:
        yield "Blood pressure", f"{row['systolic']}/{row['diastolic']} mmHg"
    for name in ("heart_rate", "respiratory_rate", "spo2", "temperature"):
        if row[name] is not None:
            yield LIMITS[name].words, f"{row[name]} {LIMITS[name].unit}"
    if row["on_oxygen"] is not None:
        litres = f", {row['oxygen_l_per_min']} L/min" if row["oxygen_l_per_min"] else ""
        yield "Oxygen", f"oxygen{litres}" if row["on_oxygen"] else "air"
    if row["consciousness"]:
        yield "Consciousness", row["consciousness"]

"""Stays by the thousand, written set-wise: what actions would take minutes for. For measurements and tests of sweeps."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Protocol


class Cursor(Protocol):
    """Django's cursor, or psycopg's own."""

    def execute(self, query: Any, params: Any = ..., /) -> Any: ...


def _handover(after: str) -> str:
    """The next 07:00 or 19:00 of the ward's day that lies more than an hour after an instant."""
    return f"""(SELECT min(c) FROM generate_series(0, 2) d, unnest(ARRAY['07:00', '19:00']::time[]) h,
        LATERAL (SELECT ((({after} + interval '1 hour') AT TIME ZONE w.time_zone)::date + d + h) AT TIME ZONE w.time_zone AS c) x
        WHERE c > {after} + interval '1 hour')"""


def _look_at_the_pump(after: str) -> str:
    return f"least({after} + interval '4 hours', {_handover(after)})"


_DAILY = "a.started_at + interval '24 hours'"
# By kind, when it is due first after the start, and when next after that.
_OTHERS = {
    "line_check": (_look_at_the_pump("a.started_at"), _look_at_the_pump("due_at")),
    "falls": (_handover("a.started_at"), _handover("due_at")),
    **dict.fromkeys(("mood", "physician_review", "liver_enzymes"), (_DAILY, "due_at + interval '24 hours'")),
}
_OTHER_PROMPTS = " UNION ALL ".join(
    f"""SELECT a.id, a.started_at, '{kind}', f.due_at, n.next_at - f.due_at
        FROM ({{stays}}) a JOIN patients_ward w ON w.id = %(ward)s::bigint,
            LATERAL (SELECT {first} AS due_at) f, LATERAL (SELECT {following} AS next_at) n"""
    for kind, (first, following) in _OTHERS.items()
)
# Every stay stands as a start at 0.1 mg/kg/h leaves it: order, running course, the first set prompt 15 min later, and what
# else is due by the shipped protocol.
_STATEMENTS = (
    """INSERT INTO patients_patient (medical_record_number, family_name, given_name, birth_date, administrative_gender)
       SELECT 'BULK-' || n, 'Family' || n, 'Given', '1980-05-17', 'female'
       FROM generate_series(%(first)s::int, %(last)s::int) n""",
    """INSERT INTO patients_bed (ward_id, name, position)
       SELECT %(ward)s::bigint, 'B' || n, n %% 1000 FROM generate_series(%(first)s::int, %(last)s::int) n""",
    """INSERT INTO patients_admission (patient_id, ward_id, bed_id, admitted_at, spo2_scale, version,
           discharge_reason, diagnosis, diagnosis_note)
       SELECT p.id, %(ward)s::bigint, b.id, %(started_at)s::timestamptz - interval '2 hours', 1, 0, '',
           'chronic_migraine', ''
       FROM generate_series(%(first)s::int, %(last)s::int) n
       JOIN patients_patient p ON p.medical_record_number = 'BULK-' || n
       JOIN patients_bed b ON b.ward_id = %(ward)s::bigint AND b.name = 'B' || n ORDER BY n""",
    """INSERT INTO patients_weight (admission_id, kg, basis, source, measured_at, recorded_at, fingerprint)
       SELECT a.id, 70, 'actual', 'measured', a.admitted_at, a.admitted_at, '' FROM ({stays}) a""",
    """INSERT INTO infusion_order (admission_id, protocol_id, weight_id, dosing_weight_kg, concentration_mg_per_ml,
           initial_dose_mg_per_kg_h, increment_mg_per_kg_h, maximum_dose_mg_per_kg_h, limit_dose_mg_per_kg_h,
           planned_days, signed_by_id, signed_at, expires_at, version, fingerprint, drug, route,
           unmeasured_weight_reason, step_interval, pain_goal, endpoint, liver_max_age, end_cause, end_reason)
       SELECT a.id, %(protocol)s::bigint, w.id, 70, 2, 0.1, 0.05, 1, 1, 5, %(signer)s::bigint, a.admitted_at,
           a.admitted_at + interval '72 hours', 1, '', 'bench', 'intravenous', '', interval '2 hours', 3, '',
           interval '48 hours', '', ''
       FROM ({stays}) a JOIN patients_weight w ON w.admission_id = a.id""",
    """INSERT INTO infusion_course (admission_id, order_id, state, first_started_at, changed_at, dose_mg_per_kg_h,
           rate_ml_per_h, concentration_mg_per_ml, pause_reason, target_kind, hold_is_counting)
       SELECT a.id, o.id, 'running', a.started_at, a.started_at, 0.1, 3.5, 2, '', '', false
       FROM ({stays}) a JOIN infusion_order o ON o.admission_id = a.id""",
    """INSERT INTO monitoring_prompt (admission_id, kind, due_at, interval, overdue_at, state, opened_at,
           close_reason)
       SELECT a.id, 'full_set', a.started_at + interval '15 min', interval '15 min', a.started_at + interval '25 min',
           'open', a.started_at, '' FROM ({stays}) a""",
    f"""INSERT INTO monitoring_prompt (admission_id, opened_at, kind, due_at, interval, overdue_at, state, close_reason)
       SELECT o.id, o.started_at, o.kind, o.due_at, o.interval, o.due_at + interval '30 min', 'open', ''
       FROM ({_OTHER_PROMPTS}) o(id, started_at, kind, due_at, interval)""",
    """INSERT INTO monitoring_stayclock (admission_id, acts_at)
       SELECT a.id, a.started_at + interval '25 min' FROM ({stays}) a""",
)
_STAYS = """SELECT a.id, a.admitted_at, %(started_at)s::timestamptz + (n - %(first)s::int) * %(apart)s::interval AS started_at
    FROM generate_series(%(first)s::int, %(last)s::int) n
    JOIN patients_patient p ON p.medical_record_number = 'BULK-' || n JOIN patients_admission a ON a.patient_id = p.id"""


def running_stays(
    cursor: Cursor,
    count: int,
    *,
    ward_id: int,
    protocol_id: int,
    signer_id: int,
    started_at: datetime,
    apart: timedelta = timedelta(0),
    first: int = 1,
) -> None:
    """Add `count` stays whose infusions were started at `started_at`, each `apart` after the one before.

    `first` numbers them: call again with a higher one for more.
    """
    values = {
        "first": first,
        "last": first + count - 1,
        "ward": ward_id,
        "protocol": protocol_id,
        "signer": signer_id,
        "started_at": started_at,
        "apart": apart,
    }
    for statement in _STATEMENTS:
        cursor.execute(statement.format(stays=_STAYS), values)

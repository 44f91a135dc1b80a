"""Reading: a patient's latest sets, a board, and a page beside fifty open streams."""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.actor import Actor, Channel
from bench.client import HOST, Taken, Wire, drive, request
from bench.ward import Hospital, stays_of
from core import clock
from monitoring.actions import record_set
from monitoring.domain.entry import SetEntry
from monitoring.domain.values import Consciousness, SedationScale, Values

STREAMS = 50
_SETS = """
INSERT INTO monitoring_observationset (admission_id, observed_at, recorded_at, recorded_by_id, source, client_id,
    fingerprint, heart_rate, systolic, diastolic, respiratory_rate, spo2, on_oxygen, temperature, consciousness,
    sedation_scale, sedation, psychotomimetic, pain, symptoms, mobility, comment, absent, confirmed, news2_total,
    news2_sub_scores, correction_reason, late_reason)
SELECT %(stay)s::bigint, at, at, %(nurse)s::bigint, 'bedside', gen_random_uuid(), '\\x00', 70 + n %% 20, 120, 78, 16, 97,
    false, 36.8, 'A', 'poss', '1', 0, 4, '{}', 'steady', '', '{}', '{}', 0, '{}', '', ''
FROM generate_series(%(first)s::int, %(last)s::int) n,
    LATERAL (SELECT %(until)s::timestamptz - n * interval '1 minute' AS at) t
"""


def measure(hospital: Hospital) -> None:
    """Lists, boards and pages, with the statements that they take."""
    started_at = clock.now() - timedelta(minutes=20)
    one = hospital.ward("one", 1, started_at=started_at)
    wards = [one] + [hospital.ward(f"ward of {stays}", stays, started_at=started_at) for stays in (12, 60)]
    _chart(hospital, [stay for ward in wards for stay in stays_of(ward)], started_at)
    with hospital.place.web(1) as (port,):
        _sets(hospital, port, stays_of(one)[0], started_at)
        for ward in wards:
            path = f"/wards/{ward.pk}/"
            statements, taken = _statements(hospital, path), asyncio.run(_pages(hospital, port, path))
            print(f"board of {len(stays_of(ward)):2} patients: {statements} statements, {taken.words()}   (aim: 12)")
        asyncio.run(_beside_streams(hospital, port, wards[1].pk))


def _chart(hospital: Hospital, stays: list[int], started_at: datetime) -> None:
    by = Actor.person(hospital.nurse, channel=Channel.COMMAND)
    values = Values(
        heart_rate=72,
        systolic=124,
        diastolic=78,
        respiratory_rate=16,
        spo2=97,
        on_oxygen=False,
        temperature=Decimal("36.8"),
        consciousness=Consciousness.A,
        sedation_scale=SedationScale.POSS,
        sedation="1",
        psychotomimetic=0,
        pain=5,
    )
    seen_at = started_at + timedelta(minutes=15)
    for number, stay in enumerate(stays):
        shown = Values(**{**_plain(values), "systolic": 186}) if number % 4 == 3 else values
        record_set(stay, entry=SetEntry(uuid.uuid4(), seen_at, shown), by=by, at=seen_at)


def _plain(values: Values) -> dict[str, object]:
    return {name: getattr(values, name) for name in Values.__dataclass_fields__}


def _sets(hospital: Hospital, port: int, stay: int, started_at: datetime) -> None:
    path = f"/api/v1/admissions/{stay}/sets/?limit=100"
    stored = 0
    for many in (1_000, 100_000):
        with hospital.place.superuser() as filling:
            filling.execute(
                _SETS,
                {"stay": stay, "nurse": hospital.nurse.pk, "first": stored + 1, "last": many, "until": started_at},
            )
        stored = many
        hospital.analyze()
        statements, taken = _statements(hospital, path), asyncio.run(_pages(hospital, port, path))
        print(f"100 latest of {many:,} sets: {statements} statements, {taken.words()}   (aim: 5 statements, 15 ms)")


def _headers(hospital: Hospital) -> list[str]:
    """The API asks for the token, pages for the session."""
    return [f"Authorization: Bearer {hospital.bearer}", f"Cookie: {hospital.cookie}"]


def _statements(hospital: Hospital, path: str) -> int:
    """Counted in this process, authentication and all, the second time: plans and protocol are known by then."""
    client = Client(headers={"host": HOST, "authorization": f"Bearer {hospital.bearer}", "cookie": hospital.cookie})
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(path)
        assert answer.status_code == 200, answer.content
    return len(captured)


async def _pages(hospital: Hospital, port: int, path: str, *, seconds: float = 4.0) -> Taken:
    asked: Iterator[bytes] = itertools.repeat(request("GET", path, headers=_headers(hospital)))
    await drive([port], asked, clients=1, seconds=1, status=200)
    return await drive([port], asked, clients=1, seconds=seconds, status=200, most=300)


async def _beside_streams(hospital: Hospital, port: int, ward_id: int) -> None:
    alone = await _pages(hospital, port, f"/wards/{ward_id}/")
    wires = [await Wire.to(port) for _ in range(STREAMS)]
    asked = request("GET", f"/stream?ward={ward_id}", headers=_headers(hospital))
    opened = await asyncio.wait_for(asyncio.gather(*(wire.listen(asked) for wire in wires)), 30)
    beside = await _pages(hospital, port, f"/wards/{ward_id}/")
    assert not any(reader.at_eof() for reader in opened)
    print(f"board alone: {alone.words()}; beside {STREAMS} open streams: {beside.words()}")
    for wire in wires:
        wire.close()

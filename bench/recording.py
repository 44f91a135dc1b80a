"""Recording a set by API, beside a bare insert on the same server."""

from __future__ import annotations

import asyncio
import itertools
import json
import uuid
from collections.abc import Iterator
from datetime import timedelta
from statistics import median

from bench.client import drive, request
from bench.ward import Hospital, stays_of
from core import clock
from monitoring.models import Alert, ObservationSet, Prompt
from patients.models import Ward

ROUNDS, ROUND_S = 5, 4.0
VALUES = {
    "heart_rate": 88,
    "systolic": 184,
    "diastolic": 98,
    "respiratory_rate": 16,
    "spo2": 97,
    "on_oxygen": False,
    "temperature": "36.8",
    "consciousness": "A",
    "sedation_scale": "poss",
    "sedation": "2",
    "psychotomimetic": 0,
    "pain": 6,
    "mobility": "steady",
}


def sets(hospital: Hospital, stays: Iterator[int]) -> Iterator[bytes]:
    """One red set for each stay, seen now: it ends the open prompt, opens the next and raises one alert."""
    headers = [f"Authorization: Bearer {hospital.bearer}"]
    for stay in stays:
        body = {"client_id": str(uuid.uuid4()), "observed_at": clock.now().isoformat(), **VALUES}
        yield request("POST", f"/api/v1/admissions/{stay}/sets/", headers=headers, body=json.dumps(body).encode())


def bare_inserts() -> Iterator[bytes]:
    """The same content for the yardstick."""
    for number in itertools.count(1):
        at = clock.now().isoformat()
        body = {"client_id": str(uuid.uuid4()), "admission": number, "observed_at": at, **VALUES}
        yield request("POST", "/bench/bare/", body=json.dumps(body).encode())


def measure(hospital: Hospital) -> None:
    """One client alone; then eight clients on two processes, in turns with the bare insert."""
    ward = hospital.ward("recording", 12_000, started_at=clock.now() - timedelta(minutes=15))
    stays = iter(stays_of(ward))
    with hospital.place.web(2) as ports:
        # Some first, then what autovacuum does: a plan made for empty tables is nobody's for longer than a minute.
        asyncio.run(drive(ports, sets(hospital, stays), clients=2, seconds=ROUND_S, status=201))
        hospital.analyze()
        asyncio.run(_one_client(hospital, ports[0], stays))
        asyncio.run(_eight_clients(hospital, ports, stays))
    _assert_each_did_all(ward)


async def _one_client(hospital: Hospital, port: int, stays: Iterator[int]) -> None:
    bare = bare_inserts()
    for requests in (sets(hospital, stays), bare):
        await drive([port], requests, clients=1, seconds=2, status=201)
    alone = await drive([port], sets(hospital, stays), clients=1, seconds=ROUND_S, status=201)
    yardstick = await drive([port], bare, clients=1, seconds=ROUND_S, status=201)
    print(f"record a set, one client:   {alone.words()}   (aim: p50 8 ms)")
    print(f"bare insert, one client:    {yardstick.words()}")


async def _eight_clients(hospital: Hospital, ports: list[int], stays: Iterator[int]) -> None:
    ours, bares, ratios = [], [], []
    bare = bare_inserts()
    for round_ in range(ROUNDS + 1):
        recorded = await drive(ports, sets(hospital, stays), clients=8, seconds=ROUND_S, status=201)
        inserted = await drive(ports, bare, clients=8, seconds=ROUND_S, status=201)
        if round_ == 0:
            continue  # the first warms plans, caches and threads
        ours.append(recorded.per_second)
        bares.append(inserted.per_second)
        ratios.append(recorded.per_second / inserted.per_second)
    each = ", ".join(f"{number:.0f}" for number in ours)
    print(f"record a set, 8 clients, 2 processes: {median(ours):.0f} sets/s ({each})")
    print(f"bare insert, the same:                {median(bares):.0f} rows/s")
    print(f"ratio: {median(ratios):.2f}   (aim: at least 0.4; rounds from {min(ratios):.2f} to {max(ratios):.2f})")


def _assert_each_did_all(ward: Ward) -> None:
    """What was measured was the whole thing: a set, its prompt's end, the next prompt and one alert for each."""
    number = ObservationSet.objects.filter(admission__ward=ward).count()
    alerts = Alert.objects.filter(admission__ward=ward)
    assert set(alerts.values_list("rule", "severity")) == {("systolic", "red")}
    assert (
        alerts.count() == Prompt.objects.filter(admission__ward=ward, kind="full_set", state="done").count() == number
    )

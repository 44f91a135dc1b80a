"""Lists of sets and prompts: what they hold, how they are paged, what a look costs and leaves in the trail."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from monitoring.models import ObservationSet, Prompt
from monitoring.sweeps import settle_due_stays
from tests.calling import Caller, Hand, a_set, refused
from tests.factories import MINUTE, MORNING, Stay

pytestmark = pytest.mark.django_db


def charted(patient: Stay, count: int, *, every: timedelta = MINUTE, until: datetime = MORNING) -> list[int]:
    """So many sets written straight into the table, the last seen at `until`; their keys, newest first."""
    rows = ObservationSet.objects.bulk_create(
        ObservationSet(
            admission=patient.admission,
            observed_at=until - every * back,
            recorded_at=until,
            recorded_by=patient.nurse,
            client_id=uuid.uuid4(),
            fingerprint=b"x",
            heart_rate=70,
        )
        for back in reversed(range(count))
    )
    return [row.pk for row in reversed(rows)]


def test_sets_are_listed_newest_first_by_when_they_were_seen(patient: Stay, nurse: Caller, hand: Hand):
    hand.at = MORNING + 40 * MINUTE
    first = nurse.post(f"admissions/{patient.id}/sets/", a_set(MORNING + 31 * MINUTE)).json()
    seen_earlier = nurse.post(f"admissions/{patient.id}/sets/", a_set(MORNING + 16 * MINUTE)).json()
    listed = nurse.get(f"admissions/{patient.id}/sets/").json()
    assert [each["id"] for each in listed["results"]] == [first["id"], seen_earlier["id"]]
    assert listed["next"] is None
    extra = {"sentence", "completed_prompt", "prompt", "alerts", "awaits_co_signature"}
    assert listed["results"][0] == {name: value for name, value in first.items() if name not in extra}


def test_only_current_versions_are_listed_until_all_are_asked_for(patient: Stay, nurse: Caller):
    wrong = nurse.post(f"admissions/{patient.id}/sets/", a_set(pain=8)).json()["id"]
    right = nurse.post(f"sets/{wrong}/corrections/", a_set(pain=3, correction_reason="misheard")).json()["id"]
    current = nurse.get(f"admissions/{patient.id}/sets/").json()["results"]
    assert [(each["id"], each["corrects"], each["corrected"]) for each in current] == [(right, wrong, False)]
    both = nurse.get(f"admissions/{patient.id}/sets/?versions=all").json()["results"]
    assert [(each["id"], each["corrected_by"]) for each in both] == [(right, None), (wrong, right)]


def test_following_next_visits_every_set_once_though_new_ones_come_in(patient: Stay, nurse: Caller):
    keys = charted(patient, 25) + charted(patient, 5, every=timedelta(0), until=MORNING - 25 * MINUTE)
    seen: list[int] = []
    path: str | None = f"/api/v1/admissions/{patient.id}/sets/?limit=4&versions=all"
    while path:
        answer = nurse.client.get(path).json()
        seen += [each["id"] for each in answer["results"]]
        path = answer["next"]
        if len(seen) == 8:
            charted(patient, 1, until=MORNING + MINUTE)
    assert seen == keys


def test_a_page_that_ends_with_the_last_set_has_no_next(patient: Stay, nurse: Caller):
    charted(patient, 4)
    assert nurse.get(f"admissions/{patient.id}/sets/?limit=4").json()["next"] is None
    assert nurse.get(f"admissions/{patient.id}/sets/?limit=3").json()["next"] is not None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=many", "limit"),
        ("limit=" + "9" * 2000, "limit"),
        ("versions=old", "versions"),
        ("verions=all", "verions"),
        ("cursor=" + "x" * 61, "cursor"),
    ],
)
def test_a_query_that_cannot_be_read_is_400(patient: Stay, nurse: Caller, query: str, field: str):
    refused(nurse.get(f"admissions/{patient.id}/sets/?{query}"), 400, "malformed", field)


@pytest.mark.parametrize("cursor", ["x", "Li4", "MS4w", "MS4tMQ", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5Ljk", "ä"])
def test_a_cursor_that_no_answer_gave_is_400(patient: Stay, nurse: Caller, cursor: str):
    refused(nurse.get(f"admissions/{patient.id}/sets/?cursor={cursor}"), 400, "malformed")


def test_a_hundred_sets_cost_four_statements_however_many_are_stored(patient: Stay, nurse: Caller):
    def look() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as statements:
            answer = nurse.get(f"admissions/{patient.id}/sets/")
        return len(answer.json()["results"]), len(statements)

    charted(patient, 120)
    assert look() == (100, 4)
    charted(patient, 1500, until=MORNING - 121 * MINUTE)
    assert look() == (100, 4)


def test_every_look_leaves_an_entry_without_a_clinical_value(patient: Stay, nurse: Caller):
    charted(patient, 1)
    for path, verb in [("sets", "sets.viewed"), ("prompts", "prompts.viewed"), ("alerts", "alerts.viewed")]:
        nurse.get(f"admissions/{patient.id}/{path}/")
        event = AuditEvent.objects.get(verb=verb)
        assert (event.actor_id, event.channel) == (patient.nurse.pk, "api")
        assert (event.admission_id, event.patient_id) == (patient.id, patient.admission.patient_id)
        assert event.content == {}


def test_the_open_prompt_says_how_late_it_is_now(patient: Stay, nurse: Caller, hand: Hand):
    hand.at = MORNING + 14 * MINUTE
    (prompt,) = nurse.get(f"admissions/{patient.id}/prompts/?kind=full_set").json()["results"]
    assert (prompt["due_at"], prompt["overdue_at"]) == ("2026-09-22T08:15:00Z", "2026-09-22T08:25:00Z")
    assert (prompt["minutes_late"], prompt["is_overdue"], prompt["state"]) == (0, False, "open")
    hand.at = MORNING + 26 * MINUTE
    (prompt,) = nurse.get(f"admissions/{patient.id}/prompts/?kind=full_set").json()["results"]
    assert (prompt["minutes_late"], prompt["is_overdue"]) == (11, True)


def test_prompts_are_listed_by_how_they_ended(patient: Stay, nurse: Caller, hand: Hand):
    settle_due_stays(at=MORNING + 31 * MINUTE)
    hand.at = MORNING + 31 * MINUTE
    done = nurse.post(f"admissions/{patient.id}/sets/", a_set(MORNING + 31 * MINUTE)).json()
    hand.at = MORNING + 32 * MINUTE

    def listed(state: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = nurse.get(f"admissions/{patient.id}/prompts/?state={state}&kind=full_set").json()[
            "results"
        ]
        return found

    assert [each["state"] for each in listed("all")] == ["open", "done", "missed"]
    assert [each["closed_by_set"] for each in listed("done")] == [done["id"]]
    assert [each["minutes_late"] for each in listed("missed")] == [None]
    assert len(listed("all")) == Prompt.objects.filter(kind="full_set").count()
    assert len(nurse.get(f"admissions/{patient.id}/prompts/?state=all").json()["results"]) == Prompt.objects.count()
    refused(nurse.get(f"admissions/{patient.id}/prompts/?state=late&kind=x"), 400, "malformed", "state", "kind")

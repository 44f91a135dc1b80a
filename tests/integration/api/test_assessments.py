"""Liver panels, mood screens and falls scores through the API."""

import uuid
from typing import Any

import pytest

from api import assessment_shapes as shapes
from monitoring.models import FallsScore, LiverPanel, MoodScreen
from tests.calling import Caller, refused
from tests.factories import Stay
from tests.integration.api.test_description import check

pytestmark = pytest.mark.django_db

SEEN = "2026-09-22T08:00:00Z"
SCREENED = {"cssrs_1": False, "cssrs_2": False, "cssrs_6": False}
KINDS: dict[str, tuple[dict[str, Any], Any, Any]] = {
    "liver-panels": ({"collected_at": SEEN, "alt": "30.5", "alt_upper": 40}, shapes.Panel, shapes.ListedPanels),
    "mood-screens": ({"observed_at": SEEN, "mood": "low", **SCREENED}, shapes.Screen, shapes.ListedScreens),
    "falls-scores": ({"observed_at": SEEN, "score": 35}, shapes.Score, shapes.ListedScores),
}
each_kind = pytest.mark.parametrize(("kind", "body", "shape", "listed"), [(k, *v) for k, v in KINDS.items()], ids=KINDS)


def named(body: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {"client_id": str(uuid.uuid4()), **body, **changed}


@each_kind
def test_a_record_is_made_once_corrected_and_listed(
    patient: Stay, nurse: Caller, kind: str, body: dict[str, Any], shape: Any, listed: Any
):
    path, sent = f"admissions/{patient.id}/{kind}/", named(body)
    made = nurse.post(path, sent)
    assert made.status_code == 201, made.content
    check(made.json(), shape(), kind)
    assert (nurse.post(path, sent).status_code, nurse.post(path, sent).json()) == (200, made.json())
    correction = named(body, correction_reason="typed wrong")
    newer = nurse.post(f"{kind}/{made.json()['id']}/corrections/", correction)
    assert (newer.status_code, newer.json()["corrects"]) == (201, made.json()["id"])
    assert nurse.post(f"{kind}/{made.json()['id']}/corrections/", correction).status_code == 200
    again = nurse.post(f"{kind}/{made.json()['id']}/corrections/", named(body, correction_reason="x"))
    refused(again, 409, "already_corrected")
    told = nurse.get(path).json()
    check(told, listed(), kind)
    assert [row["id"] for row in told["results"]] == [newer.json()["id"]]
    everything = nurse.get(f"{path}?versions=all").json()["results"]
    assert {row["id"]: row["corrected_by"] for row in everything} == {
        newer.json()["id"]: None, made.json()["id"]: newer.json()["id"],
    }  # fmt: skip
    refused(nurse.get(f"{path}?versions=old"), 400, "malformed", "versions")


WRONG: list[tuple[str, dict[str, Any], int, list[str]]] = [
    ("liver-panels", {"alt": None, "alt_upper": None}, 422, []),
    ("liver-panels", {"alt_upper": None}, 422, ["alt_upper"]),
    ("liver-panels", {"alt": "-1"}, 422, ["alt"]),
    ("liver-panels", {"alt_upper": 0}, 422, ["alt_upper"]),
    ("liver-panels", {"alt": 100001, "ast": 30}, 422, ["alt", "ast_upper"]),
    ("liver-panels", {"collected_at": "2026-09-22T08:18:00Z"}, 422, ["collected_at"]),
    ("liver-panels", {"collected_at": "2026-08-20T08:00:00Z"}, 422, ["collected_at"]),
    ("liver-panels", {"alt": "normal"}, 400, ["alt"]),
    ("liver-panels", {"alt": True}, 400, ["alt"]),
    ("liver-panels", {"alat": 30}, 400, ["alat"]),
    ("mood-screens", {"mood": "sad"}, 400, ["mood"]),
    ("mood-screens", {"cssrs_1": "no"}, 400, ["cssrs_1"]),
    ("mood-screens", {"cssrs_2": True}, 422, ["cssrs_3", "cssrs_4", "cssrs_5"]),
    ("mood-screens", {"cssrs_6": True}, 422, ["cssrs_6_recent"]),
    ("mood-screens", {"observed_at": "2026-09-22T05:59:00Z"}, 422, ["observed_at"]),
    ("falls-scores", {"score": "35"}, 400, ["score"]),
    ("falls-scores", {"score": None}, 400, ["score"]),
    ("falls-scores", {"score": 37}, 422, ["score"]),
    ("falls-scores", {"score": 130, "observed_at": "2026-09-22T09:00:00Z"}, 422, ["score", "observed_at"]),
    ("falls-scores", {"scale": "hendrich"}, 400, ["scale"]),
]


@pytest.mark.parametrize(("kind", "changed", "status", "fields"), WRONG)
def test_what_cannot_be_is_refused_by_field_and_nothing_is_kept(
    patient: Stay, nurse: Caller, kind: str, changed: dict[str, Any], status: int, fields: list[str]
):
    code = "malformed" if status == 400 else "assessment_refused"
    body = named(KINDS[kind][0], **changed)
    refused(nurse.post(f"admissions/{patient.id}/{kind}/", body), status, code, *fields)
    assert not any(model.objects.exists() for model in (LiverPanel, MoodScreen, FallsScore))


@each_kind
def test_a_correction_needs_its_reason_and_something_to_correct(
    patient: Stay, nurse: Caller, kind: str, body: dict[str, Any], shape: Any, listed: Any
):
    made = nurse.post(f"admissions/{patient.id}/{kind}/", named(body)).json()
    path = f"{kind}/{made['id']}/corrections/"
    refused(nurse.post(path, named(body)), 400, "malformed", "correction_reason")
    refused(nurse.post(path, named(body, correction_reason=" ")), 422, "assessment_refused", "correction_reason")
    refused(nurse.post(f"{kind}/{10**9}/corrections/", named(body, correction_reason="x")), 404, "assessment_not_found")
    reused = named(body, correction_reason="x") | {"client_id": str(made["id"])}
    refused(nurse.post(path, reused), 400, "malformed", "client_id")

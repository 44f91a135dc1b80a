"""Somebody with a nurse's token who wants more to flow than was ordered, by acts that are none of them an increase."""

import uuid

import pytest

from core import clock
from infusion.models import Bag, Course, DeliveryEvent
from tests.calling import Hand, refused
from tests.factories import HOUR, MINUTE, MORNING
from tests.integration.api.a_bedside import Bedside, ready_bedside, running_bedside

pytestmark = pytest.mark.django_db


@pytest.fixture
def hand(monkeypatch):
    moved = Hand()
    monkeypatch.setattr(clock, "now", lambda: moved.at)
    return moved


@pytest.fixture
def running(hand) -> Bedside:
    return running_bedside(hand)


def ok(answer):
    assert answer.status_code in (200, 201), answer.content
    return answer.json()


def from_paper(at: Bedside, kind, dose="", **changed):
    """Entered by a nurse alone, as done just now; with a dose, as somebody who has looked up the right rate."""
    body = {"kind": kind, "effective_at": at.hand.at.isoformat(), "note": "sheet 2"}
    if dose:
        body |= {"reading": at.reading(dose), "dose_mg_per_kg_h": dose}
    return at.of_stay("nurse", "later-entries", **{**body, **changed})


def correct(at: Bedside, event, **changed):
    body = {"client_id": str(uuid.uuid4()), "reason": "watch was wrong", **changed}
    return at.post("nurse", f"delivery-events/{event['id']}/corrections/", **body)


def decrease(at: Bedside, dose):
    return ok(at.of_stay("nurse", "decreases", effective_at=at.hand.at.isoformat(), dose_mg_per_kg_h=dose))


def raised(at: Bedside):
    """Whether more than 0.1 mg/kg/h counts as ordered: by itself, or after a technical pause."""
    at.hand.at += MINUTE
    ok(at.pause(pause_reason="line"))
    at.hand.at += MINUTE
    return at.resume("0.5").status_code == 201


def test_a_higher_dose_from_paper_that_nobody_approved_is_a_pump_found_so(running):
    entry = ok(from_paper(running, "rate_changed", "0.5"))
    assert entry["kind"] == "found"
    assert entry["course"]["found_differing_at"] is not None
    assert not raised(running)


def test_a_higher_dose_from_paper_counts_as_ordered_under_the_ceiling_that_stood_then(running, hand):
    ok(running.approve("0.15", by="other", valid_for_min=60))
    done_at = hand.at + 50 * MINUTE
    hand.at += 3 * HOUR
    early = ok(from_paper(running, "rate_changed", "0.15", effective_at=(done_at - HOUR).isoformat()))
    late = ok(from_paper(running, "rate_changed", "0.15", effective_at=(done_at + 11 * MINUTE).isoformat()))
    assert (early["kind"], late["kind"]) == ("found", "found")
    then = ok(from_paper(running, "rate_changed", "0.15", effective_at=done_at.isoformat()))
    assert then["kind"] == "rate_changed"


def test_a_ceiling_that_was_voided_before_allows_nothing_from_paper(running, hand):
    ok(running.approve("0.15", by="other", valid_for_min=240))
    hand.at += 10 * MINUTE
    decrease(running, "0.05")
    hand.at += MINUTE
    assert ok(from_paper(running, "rate_changed", "0.15"))["kind"] == "found"


@pytest.mark.parametrize("kind", ["resumed", "started"])
def test_a_stopped_pump_that_flows_again_on_paper_without_a_physician_is_found_so(running, hand, kind):
    ok(running.stop())
    hand.at += MINUTE
    entry = ok(from_paper(running, kind, "0.1"))
    assert (entry["kind"], entry["course"]["state"]) == ("found", "running")
    assert entry["course"]["found_differing_at"] is not None


def test_a_restart_that_stood_then_makes_the_flow_on_paper_an_ordered_one(running, hand):
    ok(running.stop())
    ok(running.restart("0.1"))
    hand.at += MINUTE
    entry = ok(from_paper(running, "resumed", "0.1"))
    assert (entry["kind"], entry["course"]["found_differing_at"]) == ("resumed", None)


def test_a_technical_pause_on_paper_may_end_on_paper(running, hand):
    hand.at += 30 * MINUTE
    ok(from_paper(running, "paused", pause_reason="line", effective_at=(hand.at - 20 * MINUTE).isoformat()))
    entry = ok(from_paper(running, "resumed", "0.1", effective_at=(hand.at - 10 * MINUTE).isoformat()))
    assert entry["kind"] == "resumed"


def test_with_a_red_alert_open_no_flow_on_paper_is_an_ordered_one(running, hand):
    ok(running.pause(pause_reason="line"))
    hand.at += MINUTE
    running.chart(systolic=184)
    assert ok(from_paper(running, "resumed", "0.1"))["kind"] == "found"


@pytest.mark.parametrize("halt", ["pauses", "stops"])
def test_no_correction_of_a_time_lets_a_halted_pump_run(running, hand, halt):
    event = ok(running.of_stay("nurse", halt, effective_at=hand.at.isoformat()))
    hand.at += 10 * MINUTE
    before_the_start = (MORNING - 5 * MINUTE).isoformat()
    refused(correct(running, event, effective_at=before_the_start), 422, "correction_refused", "effective_at")
    begun = {"id": DeliveryEvent.objects.get(kind="started").pk}
    for changed in ({}, {"reading": running.reading("0.1"), "dose_mg_per_kg_h": "0.1"}):
        answer = correct(running, begun, effective_at=hand.at.isoformat(), **changed)
        refused(answer, 422, "correction_refused", "effective_at")
    assert Course.objects.get().state == ("paused" if halt == "pauses" else "stopped")
    assert DeliveryEvent.objects.count() == 2


def test_no_correction_of_a_time_undoes_a_decrease(running, hand):
    lower = decrease(running, "0.05")
    hand.at += 10 * MINUTE
    before_the_start = (MORNING - 5 * MINUTE).isoformat()
    for changed in ({}, {"reading": running.reading("0.08"), "dose_mg_per_kg_h": "0.08"}):
        answer = correct(running, lower, effective_at=before_the_start, **changed)
        refused(answer, 422, "correction_refused", "effective_at")
    assert str(Course.objects.get().dose_mg_per_kg_h) == "0.0500"


def test_a_decrease_corrected_to_more_than_ran_before_is_a_pump_found_so(running):
    lower = decrease(running, "0.05")
    answer = ok(correct(running, lower, reading=running.reading("0.6"), dose_mg_per_kg_h="0.6"))
    assert answer["kind"] == "found"
    assert not raised(running)


def test_a_decrease_corrected_to_less_of_a_decrease_is_one(running):
    lower = decrease(running, "0.05")
    answer = ok(correct(running, lower, reading=running.reading("0.08"), dose_mg_per_kg_h="0.08"))
    assert (answer["kind"], answer["course"]["dose_mg_per_kg_h"]) == ("rate_changed", "0.08")


def test_a_decrease_by_next_to_nothing_leaves_no_way_back_up(running, hand):
    decrease(running, "0.0999")
    hand.at += MINUTE
    ok(running.pause(pause_reason="line"))
    refused(running.resume("0.1"), 422, "resume_refused", "dose_mg_per_kg_h")


def test_a_pump_runs_again_only_below_the_maximum_of_the_order_in_force(running, hand):
    ok(running.approve("0.15", by="other"))
    ok(running.execute("0.15"))
    hand.at += MINUTE
    ok(running.pause(pause_reason="line"))
    ok(running.of_stay("physician", "orders", **running.order_body(maximum_dose_mg_per_kg_h="0.1", replaces_version=1)))
    refused(running.resume("0.15"), 422, "resume_refused", "dose_mg_per_kg_h")
    ok(running.resume("0.1"))


def test_a_pump_runs_again_only_from_a_bag_as_it_is_ordered_now(hand):
    at = ready_bedside(hand)
    hand.at = MORNING
    ok(at.of_stay("nurse", "starts", **at.by_two(), line_checked=True))
    hand.at += MINUTE
    ok(at.pause(pause_reason="line"))
    ok(at.of_stay("physician", "orders", **at.order_body(concentration_mg_per_ml="1", replaces_version=1)))
    refused(at.resume("0.1"), 422, "resume_refused", "bag")
    label = {"lot": "B2", "expires_on": "2027-01-31", "volume_ml": "250", "concentration_mg_per_ml": "1"}
    change = {"used": {"infused_ml": "0", "wasted_ml": "240"}, "changed_at": hand.at.isoformat(), "seen_version": 2}
    change["seen_bag"] = Bag.objects.get(admission_id=at.id, closed_at=None).pk
    ok(at.of_stay("nurse", "bag-changes", **change, bag={**label, "line_is_new": True}, witness=at.witness()))
    assert ok(at.resume("0.1"))["rate_ml_per_h"] == "7"


def test_a_greater_weight_lets_no_more_flow_after_a_pause_but_by_a_physicians_restart(running, hand):
    ok(running.of_stay("nurse", "weights", kg="140", source="measured", measured_at=hand.at.isoformat()))
    ok(running.pause(pause_reason="line"))
    ok(running.of_stay("physician", "orders", **running.order_body(replaces_version=1)))
    in_the_new_weight = running.resume("0.1")
    fields = ("first.rate_ml_per_h", "second.rate_ml_per_h")
    refused(in_the_new_weight, 422, "double_check_differs", *fields)
    as_before = {"rate_ml_per_h": "3.5", "concentration_mg_per_ml": "2"}
    ok(running.resume("0.1", first=as_before, second={**running.witness(), **as_before}))
    ok(running.stop())
    ok(running.restart("0.1"))
    assert ok(running.resume("0.1"))["rate_ml_per_h"] == "7"


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_technical_pause_on_paper_makes_no_clinical_one_technical(running, hand, minutes):
    ok(running.pause(pause_reason="sedation"))
    when = hand.at + minutes * MINUTE
    hand.at += 20 * MINUTE
    ok(from_paper(running, "paused", pause_reason="line", effective_at=when.isoformat()))
    answer = refused(running.resume("0.1"), 422, "resume_refused")
    assert [each["code"] for each in answer["reasons"]] == ["clinical_pause"]


def test_a_pause_on_paper_makes_no_stop_a_pause(running, hand):
    ok(running.stop())
    hand.at += MINUTE
    entry = ok(from_paper(running, "paused", pause_reason="line"))
    assert entry["course"]["state"] == "stopped"
    answer = refused(running.resume("0.1"), 422, "resume_refused")
    assert [each["code"] for each in answer["reasons"]] == ["after_stop"]


def test_less_than_nothing_is_no_dose_and_minus_zero_is_zero(running, hand):
    body = {"effective_at": hand.at.isoformat(), "client_id": str(uuid.uuid4())}
    refused(running.of_stay("nurse", "decreases", **body, dose_mg_per_kg_h=-0.01), 400, "malformed", "dose_mg_per_kg_h")
    entry = ok(running.of_stay("nurse", "decreases", **body, dose_mg_per_kg_h=-0.0))
    assert (entry["dose_mg_per_kg_h"], entry["rate_ml_per_h"]) == ("0", "0")
    assert entry["sentence"] == "Set the pump to 0 mL/h."

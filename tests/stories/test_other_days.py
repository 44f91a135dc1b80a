"""Days on which something else happens: a line blocks, a weight changes, a pump was turned, a hand slips (DOMAIN 1 to 3)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

import pytest

from infusion.domain.delivery import DeliveryKind
from infusion.domain.order import OrderElements
from infusion.domain.words import OrderEnd, PauseReason
from infusion.models import Bag, Order, Protocol, Segment
from infusion.seed import shipped_contents
from infusion.selectors import dose_rules
from monitoring.models import Alert
from patients.models import Admission, Disposition
from tests.factories import HOUR, MINUTE
from tests.integration.infusion.at_the_pump import BAG, STEPS
from tests.stories.telling import a_patient_ready, a_patient_running, hung, refused

pytestmark = pytest.mark.django_db


def test_the_ninth_day_is_told_and_ends_nothing_by_itself():
    stay = a_patient_running("2026-09-22 08:00")
    begun = stay.now
    for hours, day, stage, rings in (
        (68, 3, "early", None), (136, 6, "early", None), (167, 7, "early", None), (168, 8, "task", None),
        (191, 8, "task", None), (192, 9, "yellow", "yellow"), (204, 9, "yellow", "yellow"), (215, 9, "yellow", "yellow"),
        (216, 10, "red", "red"),
    ):  # fmt: skip
        stay.now = begun + hours * HOUR
        stay.swept()
        assert (stay.figures.day, stay.day_stage, stay.rings.get("course_length")) == (day, stage, rings)
        assert (stay.course.state, stay.dose) == ("running", "0.10")
        # 240 mL at 3.5 mL/h are 68 h and a half: the last hour rings, the next bag is silent.
        assert stay.rings.get("bag_empty") == ("yellow" if hours % 68 == 0 else None)
        if hours % 68 == 0:
            stay.nurse.changes_the_bag(infused="238", left="2")
            assert "bag_empty" not in stay.rings
    assert stay.figures.cumulative_mg == 7 * 216
    # The order ran out days ago: nothing more is raised under it, all else goes on.
    assert stay.order.expires_at < stay.now
    stay.nurse.charts()
    stay.nurse.looks_at_alerts()
    assert stay.rings == {"course_length": "red"}
    with refused("order_expired", "liver_old", "red_alert"):
        stay.physician.approves("0.15")
    stay.nurse.changes_the_bag(infused="42", left="198")
    stay.nurse.lowers_to("0.05")
    stay.after(hours=1).nurse.charts()
    stay.nurse.stops()
    assert stay.rings == {}
    assert Alert.objects.get(rule="course_length").close_reason == "the infusion was stopped"
    assert stay.course.state == "stopped"
    assert Segment.objects.filter(ended_at=None).count() == 0
    stay.swept()

    with refused("bag_hanging", "soon_after_stop"):
        stay.physician.lets_go()
    stay.nurse.takes_the_bag_down(infused="1.7", wasted="238.3")
    bag = Bag.objects.latest("id")
    assert (bag.missing_ml, bag.incident_open) == (0, False)
    with refused("soon_after_stop") as said:
        stay.physician.lets_go()
    assert "(4 h) leaving takes a physician's reason." in said.value.sentence
    stay.after(hours=4).physician.lets_go(Disposition.HOME)
    order = Order.objects.get()
    assert (order.end_cause, order.ended_at) == (OrderEnd.PATIENT_LEFT, stay.now)
    assert Admission.objects.get().discharged_at == stay.now


def test_a_course_that_is_ended_after_the_stop_keeps_the_patient_and_starts_nothing_again():
    stay = a_patient_running("2026-09-22 08:00")
    with refused("infusion_not_stopped"):
        stay.after(hours=30).physician.ends_the_course()
    stay.nurse.stops()
    stay.physician.allows_restart("0.10")
    ended = stay.physician.ends_the_course("no relief at the highest tolerated dose")
    assert (ended.end_cause, stay.approval.state) == (OrderEnd.COURSE_ENDED, "voided")
    assert Admission.objects.get().discharged_at is None


def test_a_blocked_line_is_cleared_and_nobody_comes_for_ten_minutes():
    night = a_patient_running("2026-09-22 22:00")
    night.watched_until("02:00")
    night.physician.approves("0.15")
    night.at("02:10").nurse.pauses(PauseReason.OCCLUSION, minutes=15)
    assert night.approval.state == "live", "a technical pause voids nothing"
    assert night.shown(night.course.paused_until) == "Wed 02:25"
    night.at("02:12").nurse.calls_a_second_person()
    with refused("called_just_now") as said:
        night.at("02:21:59").nurse.resumes("0.10", alone="the other nurse is at a fall")
    assert "This may be signed alone 10 min after that." in said.value.sentence
    with refused("dose_above_previous"):
        night.at("02:22").nurse.resumes("0.15", alone="the other nurse is at a fall")
    with refused("second_person_missing"):
        night.nurse.resumes("0.10", alone="  ")
    resumed = night.nurse.resumes("0.10", alone="the other nurse is at a fall")
    assert (resumed.event.single_signed_reason, resumed.event.second_checker_id) == (
        "the other nurse is at a fall",
        None,
    )
    assert (night.check.kind, night.shown(night.check.due_at)) == ("single_signed", "Wed 03:22")
    with refused("same_person"):
        night.nurse.looks_at_the_pump("3.5")
    assert night.at("02:50").charge.looks_at_the_pump("3.5").agrees
    # 12 min of nothing: 7 mg/h before and after.
    assert night.mg == round(D(7) * (250 + 28) / 60, 6)


def test_a_clinical_pause_takes_a_physician_whoever_stands_there():
    night = a_patient_running("2026-09-22 22:00")
    night.watched_until("00:30")
    night.physician.approves("0.15")
    night.nurse.pauses()
    assert night.approval.state == "voided"
    night.after(minutes=20).nurse.calls_a_second_person()
    with refused("clinical_pause"):
        night.nurse.resumes("0.10")
    with refused("clinical_pause", "second_person_missing", "called_just_now"):
        night.nurse.resumes("0.10", alone="alone")
    with refused("above_previous"):
        night.physician.allows_restart("0.15")
    night.physician.allows_restart("0.08")
    with refused("dose_above_previous"):
        night.nurse.resumes("0.10")
    with refused("approver_executes"):
        night.nurse.resumes("0.08", checked_by=night.physician)
    night.nurse.resumes("0.08")
    # 0.08 x 70 / 2 = 2.8
    assert (night.dose, night.rate, night.approval.state) == ("0.08", D("2.8"), "used")


def test_a_weight_that_changed_by_a_twentieth_waits_for_a_new_order_and_touches_no_rate():
    day = a_patient_running("2026-09-22 08:00")
    day.watched_until("10:00").nurse.charts()
    day.physician.approves("0.15")
    day.nurse.weighs("73.49")
    assert day.approval.state == "live"
    day.nurse.weighs("73.5")
    assert (day.approval.state, day.approval.close_reason) == ("voided", "the weight changed")
    with refused("weight_changed"):
        day.nurse.asks_for("0.15")
    assert (day.dose, day.rate) == ("0.10", D("3.5"))

    day.at("10:30").physician.renews_the_order()
    assert (day.order.version, day.order.dosing_weight_kg) == (2, D("73.5"))
    assert (day.dose, day.rate, day.course.order.version) == ("0.10", D("3.5"), 1)
    day.nurse.asks_for("0.15")
    day.physician.approves("0.15")
    day.watched_until("10:40").nurse.charts()
    day.nurse.raises_to("0.15")
    # 0.15 x 73.5 / 2 = 5.5125
    assert (day.rate, day.course.order.version) == (D("5.5"), 2)
    assert day.figures.cumulative_mg_per_kg == day.figures.cumulative_mg / D("73.5")


def test_a_rate_told_from_paper_stays_in_the_weight_in_which_it_was_set_and_a_bag_changes_no_tick_of_it():
    day = a_patient_running("2026-09-22 08:00")
    day.watched_until("10:00").nurse.charts()
    day.physician.approves("0.15")
    day.nurse.raises_to("0.15")
    assert day.rate == D("5.2")
    day.at("10:30").nurse.weighs("71")
    day.physician.renews_the_order()
    told = day.at("11:30").nurse.tells_from_paper(DeliveryKind.RATE_CHANGED, "5.2", done="11:00")
    assert (told.course.dose_mg_per_kg_h, told.course.order.dosing_weight_kg) == (D("0.15"), D(70))
    day.nurse.changes_the_bag(infused="20", left="220", read="5.2")
    assert (day.dose, day.rate, day.course.found_differing_at) == ("0.15", D("5.2"), None)


def test_a_pump_found_at_another_rate_is_kept_as_it_was_and_countersigned():
    day = a_patient_running("2026-09-22 08:00")
    day.watched_until("10:00").nurse.charts()
    day.physician.approves("0.15")
    found = day.at("10:15").nurse.finds("10.5")
    # 10.5 mL/h x 2 mg/mL / 70 kg: limits bind orders, not history.
    assert (found.course.dose_mg_per_kg_h, found.course.found_differing_at) == (D("0.3"), day.now)
    assert day.rings == {"pump_differs": "red"}
    with refused("pump_differs", "red_alert", "no_approval", "not_an_increase", "step_interval_running"):
        day.nurse.raises_to("0.15")
    with refused("same_person"):
        day.nurse.looks_at_the_pump("10.5")
    assert day.charge.looks_at_the_pump("10.5").agrees
    # Another bag at the same rate, and a little less, are still what nobody ordered.
    day.at("10:20").nurse.changes_the_bag(infused="8", left="232")
    day.nurse.lowers_to("0.20")
    assert day.course.found_differing_at is not None
    assert day.rings == {"pump_differs": "red"}
    day.at("10:25").nurse.pauses(PauseReason.PUMP_FAULT)
    assert day.rings == {}, "nothing flows: nothing differs"
    # It rang red up to the pause: though a pump's fault is technical, a physician allows the restart.
    with refused("red_alert_before_pause"):
        day.at("10:27").nurse.resumes("0.10")
    with refused("above_previous"):
        day.physician.allows_restart("0.20")
    day.physician.allows_restart("0.10")
    with refused("dose_above_previous") as said:
        day.at("10:30").nurse.resumes("0.20")
    assert said.value.sentence == "The pump runs again above 0 and at 0.1 mg/kg/h at most: that is what ran before."
    day.nurse.resumes("0.10")
    assert (day.dose, day.rate, day.course.found_differing_at) == ("0.10", D("3.5"), None)
    assert day.swept().rings == {}
    # 135 min at 3.5, 5 at 10.5, 5 at 7.0 mL/h of 2 mg/mL; then nothing for 5 min.
    assert day.mg == round((D("3.5") * 135 + D("10.5") * 5 + D("7.0") * 5) * 2 / 60, 6)


@pytest.mark.parametrize("act", ["pauses", "stops"])
def test_a_tap_by_mistake_is_taken_back_within_five_minutes_and_leaves_no_gap(act):
    day = a_patient_running("2026-09-22 08:00")
    day.watched_until("09:00").nurse.declares_target()
    day.watched_until("10:00").nurse.charts()
    day.physician.approves("0.15")
    tap = getattr(day.nurse, act)()
    assert day.approval.state == "voided"
    taken_back = day.at("10:05").second.takes_back(tap)
    assert taken_back.sentence.endswith("Requests and approvals that it voided stay voided.")
    assert (day.course.state, Segment.objects.count()) == ("running", 1)
    assert day.figures.time_at_target == 65 * MINUTE
    assert day.approval.state == "voided"


@pytest.mark.parametrize("act", ["pauses", "stops"])
def test_a_second_later_it_was_a_halt(act):
    day = a_patient_running("2026-09-22 08:00")
    day.at("10:00")
    tap = getattr(day.nurse, act)()
    with refused("too_late_to_undo"):
        day.at("10:05:01").nurse.takes_back(tap)
    assert day.course.state in ("paused", "stopped")
    assert day.figures.cumulative_mg == 14


def test_a_second_infusion_is_run_by_its_own_numbers():
    day = a_patient_ready("2026-09-22 08:00")
    content = shipped_contents()[1]
    other = Protocol.objects.create(
        code=content["code"], version=content["version"], name=content["name"], drug=content["drug"], content=content,
        status=Protocol.Status.ACTIVE, signed_by_id=day.physician.who.user_id, signed_at=day.now,
    )  # fmt: skip
    rules = dose_rules(other.pk)
    day.nurse.takes_the_bag_down(infused="0", wasted="240")
    day.physician.ends_the_course("another drug")
    elements = OrderElements.proposed(rules, concentration_mg_per_ml=D(4), pain_goal=2)
    day.physician.signs(other, replace(elements, planned_days=10))
    assert day.order.expires_at - day.order.signed_at == 48 * HOUR
    STEPS["bag"](day.stay, at=day.now, new=replace(BAG, concentration_mg_per_ml=D(4)))
    day.at("08:30").nurse.starts()
    # 0.80 x 70 / 4
    assert (day.dose, day.rate) == ("0.80", D("14.0"))

    day.watched_until("12:20").nurse.charts()
    day.nurse.asks_for("1.00")
    day.physician.approves("1.00")
    assert day.approval.expires_at - day.now == 4 * HOUR
    with refused("step_interval_running") as said:
        day.nurse.raises_to("1.00")
    assert said.value.sentence == "Not before 12:30 (in 10 min): a step takes 4 h."
    day.at("12:30").nurse.raises_to("1.00")
    assert (day.dose, day.rate) == ("1.00", D("17.5"))
    day.nurse.declares_target()
    assert day.figures.hold_done_at == day.now + 12 * HOUR
    # Half an hour and a minute of pause break its hold, an hour and a minute take a physician.
    day.at("13:00").nurse.pauses(PauseReason.TRANSPORT)
    day.at("13:31").nurse.resumes("1.00")
    assert day.course.hold_ended_at is not None
    day.at("14:00").nurse.pauses(PauseReason.TRANSPORT)
    with refused("long_pause"):
        day.at("15:01").nurse.resumes("1.00")
    day.physician.allows_restart("1.00")
    assert day.approval.expires_at - day.now == timedelta(hours=1)
    assert hung(day).concentration_mg_per_ml == 4

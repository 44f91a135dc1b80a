"""Bags: hung, changed, accounted for (DOMAIN 3, "Bags and the controlled drug")."""

import uuid
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

import pytest

from core.errors import Conflict, Forbidden, Refused
from infusion.actions import UsedBag, call_second_person, change_bag, close_bag, hang_bag, sign_order
from infusion.domain.double_check import PumpReading
from infusion.domain.order import OrderElements
from infusion.domain.words import CheckedAct
from infusion.models import Bag, DoubleCheck, PumpCheck
from infusion.policies import reasons_not_to_discharge
from infusion.selectors import dose_rules
from infusion.selectors.figures import figures_of
from tests.factories import MORNING, protocol, signed
from tests.integration.infusion.at_the_pump import (
    BAG,
    after,
    bag_hung,
    codes,
    hanging,
    pause,
    prepared,
    segments,
    started,
    statements,
    stop,
)
from tests.integration.infusion.test_targets import declared

pytestmark = pytest.mark.django_db
NEXT = replace(BAG, lot="L-2")
STRONGER = replace(BAG, lot="L-5", concentration_mg_per_ml=D(5))


def used(made, minutes, wasted="0", left=None):
    """What the pump infused of the first bag at 3.5 mL/h since the start, the rest wasted or left."""
    infused = (D(minutes) * D("3.5") / 60).quantize(D("0.01"))
    return UsedBag(infused, D(wasted), D(240) - infused - D(wasted) if left is None else D(left))


def change(made, minutes, new=NEXT, **changed):
    at = after(minutes)
    how = {
        "new": new, "used": used(made, minutes), "changed_at": at, "witness": made.witness(at),
        "seen_version": made.order.version, "seen_bag": hanging(made), "by": made.by_nurse, "at": at,
    }  # fmt: skip
    return change_bag(made.id, **{**how, **changed})


def strength_ordered(made, minutes, strength):
    """The next version of the order names another concentration."""
    rules, at = protocol(), after(minutes)
    sign_order(
        made.id,
        protocol=rules,
        elements=OrderElements.proposed(dose_rules(rules.pk), concentration_mg_per_ml=D(strength)),
        replaces_version=made.order.version,
        signed=signed(made.by_physician, at=at),
        by=made.by_physician,
        at=at,
    )


def test_a_change_closes_one_bag_hangs_the_next_and_keeps_dose_and_hold():
    made = started()
    declared(made, 60)
    bag = change(made, 120)
    old = Bag.objects.get(lot="L-1")
    assert (old.closed_at, old.missing_ml, old.incident_open) == (after(120), D(0), False)
    assert (bag.lot, bag.closed_at, bag.witnessed_by_id) == ("L-2", None, made.second.user_id)
    assert segments(made) == [(0, 120, "0.1"), (120, None, "0.1")]
    course = made.course
    assert (course.hold_ended_at, course.hold_is_counting, course.rate_ml_per_h) == (None, True, D("3.5"))
    figures = figures_of(made.id, at=after(180))
    assert (figures.bag_remaining_ml, figures.run_out_at) == (D("236.5"), after(180 + 4054))


@pytest.mark.parametrize(("missing", "incident"), [("12.5", False), ("12.6", True), ("-12.5", False), ("-12.6", True)])
def test_what_does_not_add_up_opens_an_incident(missing, incident):
    """250 mL of 2 mg/mL are 500 mg: 5 % of them are 25 mg, 12.5 mL."""
    made = started()
    infused = D(7)
    change(made, 120, used=UsedBag(infused, D(0), D(240) - infused - D(missing)))
    old = Bag.objects.get(lot="L-1")
    assert (old.missing_ml, old.incident_open) == (D(missing), incident)


def test_where_the_cabinet_keeps_the_ledger_nothing_is_missed_here():
    made = started()
    made.ward.keeps_bag_ledger = False
    made.ward.save()
    change(made, 120, used=UsedBag(D(0)))
    assert Bag.objects.get(lot="L-1").incident_open is False


def test_another_concentration_takes_a_new_line_and_the_blind_check_and_keeps_the_dose():
    made = started()
    with pytest.raises(Refused) as refused:
        change(made, 60, STRONGER)
    assert "concentration_not_ordered" in codes(refused)
    strength_ordered(made, 61, 5)
    with pytest.raises(Refused) as refused:
        change(made, 65, replace(STRONGER, line_is_new=False))
    assert codes(refused) == ["line_not_new", "double_check_missing"]
    right = PumpReading(D("1.4"), D(5))
    with pytest.raises(Refused):
        change(made, 66, STRONGER, first=right, second=PumpReading(D("3.5"), D(5)))
    assert (DoubleCheck.objects.latest("id").agrees, Bag.objects.filter(closed_at=None).get().lot) == (False, "L-1")
    change(made, 67, STRONGER, first=right, second=right)
    course = made.course
    assert (course.dose_mg_per_kg_h, course.rate_ml_per_h, course.concentration_mg_per_ml) == (
        D("0.10"),
        D("1.4"),
        D(5),
    )


def test_one_alone_changes_a_bag_when_nobody_came_but_never_the_concentration():
    made = started()
    call_second_person(made.id, act=CheckedAct.BAG_CHANGE, by=made.by_nurse, at=after(100))
    with pytest.raises(Refused) as refused:
        change(made, 105, witness=None, single_signed_reason="nobody came")
    assert codes(refused) == ["called_just_now"]
    with pytest.raises(Refused) as refused:
        change(made, 120, witness=None, single_signed_reason="nobody came", used=used(made, 120, wasted="5"))
    assert codes(refused) == ["waste_not_witnessed"]
    bag = change(made, 120, witness=None, single_signed_reason="nobody came")
    assert (bag.witnessed_by_id, bag.single_signed_reason) == (None, "nobody came")
    check = PumpCheck.objects.get()
    assert (check.kind, check.due_at) == ("single_signed", after(180))
    strength_ordered(made, 121, 5)
    call_second_person(made.id, act=CheckedAct.BAG_CHANGE, by=made.by_nurse, at=after(122))
    with pytest.raises(Refused) as refused:
        change(made, 140, STRONGER, witness=None, single_signed_reason="nobody came")
    assert "second_person_missing" in codes(refused)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"volume_ml": D("0.5"), "primed_ml": D(0)}, "volume_impossible"),
        ({"volume_ml": D(5001)}, "volume_impossible"),
        ({"volume_ml": D("NaN")}, "volume_impossible"),
        ({"primed_ml": D("NaN")}, "primed_impossible"),
        ({"volume_ml": D(5)}, "primed_impossible"),
        ({"primed_ml": D(-1)}, "primed_impossible"),
        ({"primed_ml": D(251)}, "primed_impossible"),
        ({"concentration_mg_per_ml": D(5)}, "concentration_not_ordered"),
        ({"expires_on": (MORNING - timedelta(days=1)).date()}, "bag_out_of_date"),
    ],
)
def test_a_bag_that_cannot_hang_is_refused(changed, code):
    made = prepared(without=["bag"])
    with pytest.raises(Refused) as refused:
        bag_hung(made, at=MORNING, new=replace(BAG, **changed))
    assert codes(refused) == [code]
    bag_hung(made, at=MORNING, new=replace(BAG, expires_on=MORNING.date()))


def test_one_bag_hangs_and_two_people_sign_it():
    made = prepared()
    with pytest.raises(Refused) as refused:
        bag_hung(made, at=MORNING)
    assert refused.value.code == "bag_hangs"
    made, name = prepared(without=["bag"]), uuid.uuid4()
    with pytest.raises(Forbidden):
        hang_bag(
            made.id, new=BAG, hung_at=MORNING, witness=signed(made.by_nurse, at=MORNING), seen_version=1,
            by=made.by_nurse, at=MORNING,
        )  # fmt: skip
    with pytest.raises(Conflict):
        hang_bag(
            made.id,
            new=BAG,
            hung_at=MORNING,
            witness=made.witness(MORNING),
            seen_version=2,
            by=made.by_nurse,
            at=MORNING,
        )
    made_of = [
        hang_bag(
            made.id, new=BAG, hung_at=MORNING, witness=made.witness(MORNING), seen_version=1, client_id=name,
            by=made.by_nurse, at=MORNING,
        ).pk
        for _ in range(2)
    ]  # fmt: skip
    assert made_of[0] == made_of[1]


def test_a_bag_is_taken_down_while_the_pump_stands_and_waste_has_a_witness():
    made = started()
    how = {
        "used": used(made, 60, wasted="200"),
        "closed_at": after(60),
        "seen_bag": hanging(made),
        "by": made.by_nurse,
        "at": after(60),
    }
    with pytest.raises(Refused) as refused:
        close_bag(made.id, **how)
    assert refused.value.code == "pump_runs"
    pause(made, 60)
    with pytest.raises(Refused) as refused:
        close_bag(made.id, **how)
    assert codes(refused) == ["waste_not_witnessed"]
    bag = close_bag(made.id, witness=made.witness(after(60)), **how)
    assert (bag.close_witnessed_by_id, bag.incident_open, bag.wasted_ml) == (made.second.user_id, False, D(200))
    assert close_bag(made.id, **how).pk == bag.pk, "the same account sent again"
    with pytest.raises(Refused):
        close_bag(made.id, **how | {"used": used(made, 60, wasted="100")})


def test_a_bag_that_hangs_keeps_the_patient():
    made = started()
    stop(made, 60)
    assert [reason.code for reason in reasons_not_to_discharge(made.admission, at=after(61))] == ["bag_hanging"]
    close_bag(made.id, used=used(made, 60), closed_at=after(60), seen_bag=hanging(made), by=made.by_nurse, at=after(61))
    assert reasons_not_to_discharge(made.admission, at=after(62)) == []


def test_a_bag_change_told_late_keeps_what_was_set_since():
    from tests.integration.infusion.at_the_pump import lower

    made = started()
    lower(made, 90, "0.05")
    change(made, 120, changed_at=after(60), used=used(made, 60))
    assert segments(made) == [(0, 60, "0.1"), (60, 90, "0.1"), (90, None, "0.05")]


def test_a_change_of_bag_takes_few_statements():
    made = started()
    witness, by, number, gone = made.witness(after(10)), made.by_nurse, made.id, used(made, 10)
    seen = hanging(made)
    taken, _ = statements(
        lambda: change_bag(
            number, new=NEXT, used=gone, changed_at=after(10), witness=witness, seen_version=1, seen_bag=seen,
            client_id=uuid.uuid4(), by=by, at=after(10),
        )
    )  # fmt: skip
    assert len(taken) <= 15, "\n".join(each[:110] for each in taken)


def test_who_looks_at_a_bag_that_was_changed_meanwhile_accounts_for_nothing():
    made = started()
    seen = hanging(made)
    change(made, 60)
    with pytest.raises(Conflict, match="Another bag hangs since"):
        change(made, 61, seen_bag=seen)
    assert Bag.objects.filter(admission_id=made.id).count() == 2
    stop(made, 90)
    with pytest.raises(Conflict, match="Look at the bag again"):
        close_bag(
            made.id, used=used(made, 60), closed_at=after(91), witness=made.witness(after(91)), seen_bag=seen,
            by=made.by_nurse, at=after(91),
        )  # fmt: skip
    assert hanging(made) != 0

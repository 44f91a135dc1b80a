"""The target, its hold and its early end (DOMAIN 1), through the real actions."""

import uuid
from decimal import Decimal as D

import pytest

from core.errors import Conflict, Forbidden, Refused
from infusion.actions import declare_target, end_hold_early
from infusion.domain.words import TargetKind
from infusion.models import HoldEnd
from infusion.selectors.figures import figures_of
from tests.factories import HOUR, signed
from tests.integration.infusion.at_the_pump import (
    after,
    codes,
    lower,
    pause,
    prepared,
    resume,
    started,
    statements,
    stop,
)
from tests.integration.infusion.test_history_of_the_pump import found

pytestmark = pytest.mark.django_db


def declared(made, minutes, **changed):
    how = {"kind": TargetKind.RELIEF, "pain": 2, "seen_version": 1, "by": made.by_nurse, "at": after(minutes)}
    return declare_target(made.id, **{**how, **changed})


def ended(made, minutes, **changed):
    at = after(minutes)
    how = {
        "reason": "pain is back", "signed": signed(made.by_physician, at=at), "seen_version": 1,
        "by": made.by_physician, "at": at,
    }  # fmt: skip
    return end_hold_early(made.id, **{**how, **changed})


def test_the_hold_counts_from_the_declaration_and_stands_still_in_a_pause():
    made = started()
    declaration = declared(made, 60)
    assert (declaration.dose_mg_per_kg_h, declaration.declared_at) == (D("0.10"), after(60))
    course = made.course
    assert (course.target_dose_mg_per_kg_h, course.target_kind, course.held) == (D("0.10"), "relief", 0 * HOUR)
    assert (course.hold_is_counting, course.held_until, course.hold_ended_at) == (True, after(60), None)
    pause(made, 120)
    course = made.course
    assert (course.hold_is_counting, course.held, course.held_until) == (False, HOUR, after(120))
    resume(made, 180)
    course = made.course
    assert (course.hold_is_counting, course.held, course.held_until) == (True, HOUR, after(180))
    assert figures_of(made.id, at=after(240)).hold_remaining == 4 * HOUR
    assert figures_of(made.id, at=after(240)).hold_done_at == after(480)


@pytest.mark.parametrize(
    "end", [lambda made: lower(made, 90, "0.05"), lambda made: found(made, 90), lambda made: stop(made, 90)]
)
def test_another_dose_or_a_stop_ends_it_and_then_it_takes_a_new_declaration(end):
    made = started()
    declared(made, 60)
    end(made)
    course = made.course
    assert (course.hold_ended_at, course.hold_is_counting, course.held) == (after(90), False, HOUR / 2)


def test_a_pause_of_more_than_an_hour_ends_it():
    made = started()
    declared(made, 60)
    pause(made, 90)
    assert figures_of(made.id, at=after(150)).hold_remaining == 5.5 * HOUR
    assert figures_of(made.id, at=after(151)).hold_remaining is None
    resume(made, 151)
    assert made.course.hold_ended_at == after(150)
    declared(made, 160)
    assert (made.course.held, made.course.hold_ended_at) == (0 * HOUR, None)


def test_a_physician_ends_it_early_with_a_reason_and_their_password():
    made = started()
    declared(made, 60)
    with pytest.raises(Forbidden):
        ended(made, 90, by=made.by_nurse)
    with pytest.raises(Forbidden):
        ended(made, 90, signed=signed(made.by_nurse, at=after(90)))
    with pytest.raises(Refused) as refused:
        ended(made, 90, reason=" ")
    assert codes(refused) == ["reason_missing"]
    ended(made, 90)
    assert (made.course.hold_ended_at, made.course.held) == (after(90), HOUR / 2)
    with pytest.raises(Refused) as refused:
        ended(made, 91)
    assert codes(refused) == ["no_hold"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"pain": 11}, "pain_impossible"), ({"kind": TargetKind.MAXIMUM}, "not_the_maximum")],
)
def test_what_is_no_target_is_refused(changed, code):
    made = started()
    with pytest.raises(Refused) as refused:
        declared(made, 60, **changed)
    assert codes(refused) == [code]


def test_a_target_is_declared_while_the_ordered_dose_runs_and_once():
    made = prepared()
    with pytest.raises(Refused) as refused:
        declared(made, 1)
    assert refused.value.code == "not_started"
    made = started()
    pause(made, 10)
    with pytest.raises(Refused) as refused:
        declared(made, 20)
    assert codes(refused) == ["not_running"]
    resume(made, 30)
    found(made, 40)
    with pytest.raises(Refused) as refused:
        declared(made, 50)
    assert codes(refused) == ["pump_differs"]
    lower(made, 60, "0.10")
    declared(made, 61)
    with pytest.raises(Refused) as refused:
        declared(made, 62)
    assert codes(refused) == ["already_declared"]


def test_a_stale_page_declares_nothing_and_the_same_again_is_one():
    made, name = started(), uuid.uuid4()
    with pytest.raises(Conflict):
        declared(made, 60, seen_version=2)
    assert declared(made, 60, client_id=name).pk == declared(made, 61, client_id=name).pk
    assert ended(made, 70, client_id=name).pk == ended(made, 70, client_id=name).pk
    assert HoldEnd.objects.count() == 1


def test_it_costs_few_statements():
    made, name = started(), uuid.uuid4()
    by, number = made.by_nurse, made.id
    taken, _ = statements(
        lambda: declare_target(
            number, kind=TargetKind.RELIEF, pain=2, seen_version=1, client_id=name, by=by, at=after(60)
        )
    )
    assert len(taken) <= 12, "\n".join(each[:110] for each in taken)
    taken, _ = statements(lambda: figures_of(number, at=after(90)))
    assert len(taken) == 3

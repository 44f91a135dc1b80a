"""Who is told when, how long a look counts, what a snooze puts off: both sides of every boundary (DOMAIN 5)."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from monitoring.domain.alert_life import as_json, class_of, from_json, is_resolved_by_action, kept_for, told_from
from monitoring.domain.severity import STOP_LIST, LadderClass, Rule, Severity
from tests.unit.monitoring.domain.a_ladder import (
    ALL,
    CHARGE,
    MINUTE,
    NEW_YORK,
    NOBODY,
    NURSE,
    PHYSICIAN,
    RANG,
    TEAM,
    acknowledged,
    after,
    lived,
    ringing,
    stepped,
)
from tests.unit.seed_protocol import RULES

RED, YELLOW = Severity.RED, Severity.YELLOW
OWN = {
    (Rule.SEDATION, YELLOW): LadderClass.SEDATION,
    **dict.fromkeys([(Rule.SET_OVERDUE, each) for each in Severity], LadderClass.SET_OVERDUE),
    **dict.fromkeys([(Rule.PAUSE_OVER, each) for each in Severity], LadderClass.SET_OVERDUE),
    **dict.fromkeys([(Rule.BAG_EMPTY, each) for each in Severity], LadderClass.BAG),
    **dict.fromkeys([(Rule.SUICIDE_RISK, each) for each in Severity], LadderClass.SUICIDE_RISK),
    **dict.fromkeys([(Rule.SINGLE_SIGNED, each) for each in Severity], LadderClass.SINGLE_SIGNED),
    **dict.fromkeys([(Rule.COURSE_LENGTH, each) for each in Severity], LadderClass.TASK),
    **dict.fromkeys([(Rule.LIVER, each) for each in Severity], LadderClass.TASK),
    **dict.fromkeys([(each, YELLOW) for each in STOP_LIST], LadderClass.PHYSIOLOGICAL_RED),
}


@pytest.mark.parametrize("rule", list(Rule))
@pytest.mark.parametrize("severity", list(Severity))
def test_every_rule_climbs_the_ladder_of_its_class(rule, severity):
    by_colour = LadderClass.PHYSIOLOGICAL_RED if severity is RED else LadderClass.YELLOW
    assert class_of(rule, severity) is OWN.get((rule, severity), by_colour)


@pytest.mark.parametrize("kind", list(LadderClass))
def test_a_ladder_is_kept_as_it_was_and_read_again(kind):
    ladder = RULES.ladders[kind]
    assert from_json(json.loads(json.dumps(as_json(ladder)))) == ladder
    assert from_json([]) is None


def test_a_team_that_the_ward_does_not_have_is_no_step():
    ladder = RULES.ladders[LadderClass.PHYSIOLOGICAL_RED]
    assert [each.tier for each in kept_for(ladder, rapid_response=True).steps] == [NURSE, CHARGE, PHYSICIAN, TEAM]
    assert [each.tier for each in kept_for(ladder, rapid_response=False).steps] == [NURSE, CHARGE, PHYSICIAN]


# Rule and colour, the minute and second after the ring, who has been told by then, and when the next one is due.
TIMES = [
    (Rule.SYSTOLIC, RED, (0, 0), [NURSE], 2),
    (Rule.SYSTOLIC, RED, (1, 59), [NURSE], 2),
    (Rule.SYSTOLIC, RED, (2, 0), [NURSE, CHARGE], 5),
    (Rule.SYSTOLIC, RED, (4, 59), [NURSE, CHARGE], 5),
    (Rule.SYSTOLIC, RED, (5, 0), [NURSE, CHARGE, PHYSICIAN], 10),
    (Rule.SYSTOLIC, RED, (9, 59), [NURSE, CHARGE, PHYSICIAN], 10),
    (Rule.SYSTOLIC, RED, (10, 0), [NURSE, CHARGE, PHYSICIAN, TEAM], None),
    (Rule.FALL, RED, (2, 0), [NURSE, CHARGE], 5),
    (Rule.SYSTOLIC, YELLOW, (0, 0), [NURSE], 10),
    (Rule.SYSTOLIC, YELLOW, (9, 59), [NURSE], 10),
    (Rule.SYSTOLIC, YELLOW, (10, 0), [NURSE, NURSE], 15),
    (Rule.SYSTOLIC, YELLOW, (14, 59), [NURSE, NURSE], 15),
    (Rule.SYSTOLIC, YELLOW, (15, 0), [NURSE, NURSE, CHARGE], 30),
    (Rule.SYSTOLIC, YELLOW, (29, 59), [NURSE, NURSE, CHARGE], 30),
    (Rule.SYSTOLIC, YELLOW, (30, 0), [NURSE, NURSE, CHARGE, PHYSICIAN], None),
    (Rule.SEDATION, YELLOW, (0, 0), [NURSE, PHYSICIAN], 5),
    (Rule.SEDATION, YELLOW, (4, 59), [NURSE, PHYSICIAN], 5),
    (Rule.SEDATION, YELLOW, (5, 0), [NURSE, PHYSICIAN, CHARGE], None),
    (Rule.SEDATION, RED, (0, 0), [NURSE], 2),
    (Rule.SET_OVERDUE, YELLOW, (14, 59), [NURSE], 15),
    (Rule.SET_OVERDUE, YELLOW, (15, 0), [NURSE, CHARGE], None),
    (Rule.SET_OVERDUE, YELLOW, (600, 0), [NURSE, CHARGE], None),
    (Rule.PAUSE_OVER, YELLOW, (15, 0), [NURSE, CHARGE], None),
    (Rule.BAG_EMPTY, RED, (14, 59), [NURSE], 15),
    (Rule.BAG_EMPTY, RED, (15, 0), [NURSE, CHARGE], None),
    (Rule.SUICIDE_RISK, RED, (1, 59), [NURSE], 2),
    (Rule.SUICIDE_RISK, RED, (2, 0), [NURSE, CHARGE], 5),
    (Rule.SUICIDE_RISK, RED, (5, 0), [NURSE, CHARGE, PHYSICIAN], None),
    (Rule.SINGLE_SIGNED, YELLOW, (0, 0), [CHARGE], 60),
    (Rule.SINGLE_SIGNED, YELLOW, (59, 59), [CHARGE], 60),
    (Rule.SINGLE_SIGNED, YELLOW, (60, 0), [CHARGE, NURSE], None),
]


@pytest.mark.parametrize(("rule", "severity", "past", "told", "next_min"), TIMES)
@pytest.mark.parametrize("looked_before", [False, True])
def test_each_tier_is_told_at_its_time_and_not_a_second_before(rule, severity, past, told, next_min, looked_before):
    alert = ringing(rule, severity)
    instants = ([RANG] if looked_before and past != (0, 0) else []) + [after(*past)]
    alert, said = lived(alert, instants, team=True)
    assert [(number, tier, why) for _, number, tier, why, _ in said] == [(n, t, "") for n, t in enumerate(told)]
    assert alert.told == len(told)
    assert alert.next_escalation_at == (None if next_min is None else after(next_min))
    assert stepped(alert, after(*past), team=True).done == ()


def test_a_step_that_is_looked_at_late_keeps_its_place_and_the_later_ones_their_times():
    alert, said = lived(ringing(), [after(0), after(3, 30)])
    assert [(number, tier, at) for _, number, tier, _, at in said] == [(0, NURSE, RANG), (1, CHARGE, after(3, 30))]
    assert alert.next_escalation_at == after(5)


EMPTY = [
    # Who works on the ward, and what each minute brings: told tiers in capitals of the ladder, skipped ones with a dash.
    ((CHARGE, PHYSICIAN), {0: ["-nurse", "charge_nurse"], 5: ["physician"]}),
    ((NURSE, PHYSICIAN), {0: ["nurse"], 2: ["-charge_nurse", "physician"]}),
    ((NURSE, CHARGE), {0: ["nurse"], 2: ["charge_nurse"], 5: ["-physician"]}),
    ((PHYSICIAN,), {0: ["-nurse", "-charge_nurse", "physician"]}),
    ((CHARGE,), {0: ["-nurse", "charge_nurse"], 5: ["-physician"]}),
    ((NURSE,), {0: ["nurse"], 2: ["-charge_nurse", "-physician"]}),
    ((), {0: ["-nurse", "-charge_nurse", "-physician"]}),
]


@pytest.mark.parametrize(("present", "told"), EMPTY)
def test_an_empty_tier_is_skipped_at_its_time_says_so_and_the_next_one_is_told_in_its_place(present, told):
    staffed = {tier: ALL[tier] for tier in present}
    _, said = lived(ringing(), [after(minutes) for minutes in range(40)], staffed=staffed)
    found = {}
    for _, _, tier, why, at in said:
        assert why == (NOBODY[tier] if why else "")
        found.setdefault((at - RANG) // MINUTE, []).append(f"-{tier}" if why else str(tier))
    assert found == told


def test_a_team_is_told_in_the_place_of_the_physician_who_is_not_there_and_has_no_names():
    staffed = {NURSE: (1,), CHARGE: (3,)}
    life = stepped(lived(ringing(), [after(0), after(2)], staffed=staffed, team=True)[0], after(5), staffed=staffed)
    assert [(each.tier, each.people, bool(each.skipped)) for each in life.done] == [
        (PHYSICIAN, (), True),
        (TEAM, (), False),
    ]
    assert life.alert.next_escalation_at is None


def test_the_people_told_are_those_who_work_there_then():
    assert stepped(ringing(), RANG).done[0].people == (1, 2)


def test_a_second_nurse_step_is_skipped_where_the_nurse_left_and_the_charge_nurse_told_in_its_place():
    alert, _ = lived(ringing(severity=YELLOW), [RANG])
    life = stepped(alert, after(10), staffed={CHARGE: (3,), PHYSICIAN: (4,)})
    assert [(each.number, bool(each.skipped)) for each in life.done] == [(1, True), (2, False)]
    assert life.alert.next_escalation_at == after(30)


def test_the_ladder_is_the_one_of_the_ring_though_the_protocol_changed():
    alert, _ = lived(ringing(), [RANG])
    assert (alert.ladder_class, alert.ladder) == (
        LadderClass.PHYSIOLOGICAL_RED,
        kept_for(RULES.ladders[LadderClass.PHYSIOLOGICAL_RED], rapid_response=False),
    )
    softened = replace(alert, severity=YELLOW)
    assert [each.tier for each in stepped(softened, after(2)).done] == [CHARGE]


@pytest.mark.parametrize(
    "changed",
    [{"rang_at": None}, {"recovered_at": after(1)}, {"acknowledged_at": after(1)}, {"snoozed_until": after(9)}],
)
def test_nobody_is_told_of_what_never_rang_is_back_in_range_was_seen_or_is_put_off(changed):
    life = stepped(ringing(**changed), after(8))
    assert (life.done, life.rang_again, life.alert.next_escalation_at) == ((), False, None)


def test_a_value_that_was_back_in_range_by_mistake_goes_on_where_it_stood():
    alert, _ = lived(ringing(), [RANG])
    alert = stepped(replace(alert, recovered_at=after(1)), after(1)).alert
    life = stepped(replace(alert, recovered_at=None), after(6))
    assert [each.tier for each in life.done] == [CHARGE, PHYSICIAN]


# A look at 02:22 that holds for so long, the time until it is over, and whether it rings again then.
LOOKS = [
    (RED, 15, (14, 59), None, False),
    (RED, 15, (15, 0), None, True),
    (RED, 15, (15, 0), (0, 0), True),
    (RED, 15, (15, 0), (-1, 0), True),
    (RED, 15, (15, 0), (0, 1), False),
    (RED, 15, (15, 0), (14, 59), False),
    (YELLOW, 60, (59, 59), None, False),
    (YELLOW, 60, (60, 0), None, True),
    (YELLOW, 60, (60, 0), (30, 0), False),
]


@pytest.mark.parametrize(("severity", "holds", "past", "followed", "rings"), LOOKS)
def test_a_look_holds_its_time_and_then_only_where_something_followed_it(severity, holds, past, followed, rings):
    looked = after(6)
    alert = acknowledged(lived(ringing(severity=severity), [RANG])[0], looked, holds)
    at = looked + (after(*past) - RANG)
    followed_at = None if followed is None else looked + (after(*followed) - RANG)
    life = stepped(alert, at, followed_at=followed_at)
    assert life.rang_again is rings
    if rings:
        assert (life.alert.rang_at, life.alert.acknowledged_at, life.alert.told) == (at, None, 1)
        assert [(each.number, each.tier) for each in life.done] == [(0, NURSE)]
        assert life.acts_at == at + (2 if severity is RED else 10) * MINUTE
    else:
        expires_at = None if at >= looked + holds * MINUTE else looked + holds * MINUTE
        assert (life.done, life.alert.acknowledgement_expires_at) == ((), expires_at)
        assert life.alert.acknowledged_at == looked


def test_what_rings_again_climbs_the_ladder_from_its_start():
    alert, said = lived(acknowledged(lived(ringing(), [RANG])[0], after(6), 15), [after(m) for m in range(7, 40)])
    assert [(number, (at - RANG) // MINUTE) for _, number, _, _, at in said] == [(0, 21), (1, 23), (2, 26)]
    assert alert.rang_at == after(21)


def test_a_look_at_what_is_back_in_range_does_not_ring_again():
    alert = acknowledged(ringing(recovered_at=after(8)), after(6), 15)
    assert (stepped(alert, after(30)).rang_again, stepped(alert, after(30)).acts_at) == (False, None)


@pytest.mark.parametrize(("past", "rings"), [((9, 59), False), ((10, 0), True)])
def test_a_snooze_ends_at_its_time_and_the_ladder_begins_anew(past, rings):
    put_off = replace(lived(ringing(), [RANG])[0], snoozed_until=after(10), next_escalation_at=None)
    life = stepped(put_off, after(*past))
    assert (life.rang_again, life.alert.rang_at) == (rings, after(10) if rings else RANG)
    assert life.acts_at == (after(12) if rings else after(10))


def test_what_came_back_into_range_while_it_was_put_off_stays_silent():
    life = stepped(ringing(snoozed_until=after(10), recovered_at=after(4)), after(10))
    assert (life.rang_again, life.done, life.acts_at) == (False, (), None)


def local(text, *, fold=0):
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK, fold=fold).astimezone(UTC)


TASKS = [
    ("2026-09-22 06:59", "2026-09-22 07:00"),
    ("2026-09-22 07:00", "2026-09-22 07:00"),
    ("2026-09-22 19:59", "2026-09-22 19:59"),
    ("2026-09-22 20:00", "2026-09-23 07:00"),
    ("2026-09-22 23:00", "2026-09-23 07:00"),
    ("2026-09-23 00:00", "2026-09-23 07:00"),
    # The nights on which the clock jumps: an hour less, an hour more, and seven o'clock of the ward all the same.
    ("2026-03-07 20:00", "2026-03-08 07:00"),
    ("2026-03-08 01:59", "2026-03-08 07:00"),
    ("2026-03-08 06:59", "2026-03-08 07:00"),
    ("2026-03-08 07:00", "2026-03-08 07:00"),
    ("2026-10-31 20:00", "2026-11-01 07:00"),
    ("2026-11-01 01:30", "2026-11-01 07:00"),
    ("2026-11-01 06:59", "2026-11-01 07:00"),
    ("2026-11-01 19:59", "2026-11-01 19:59"),
]


@pytest.mark.parametrize(("rang", "told"), TASKS)
@pytest.mark.parametrize("rule", [Rule.LIVER, Rule.COURSE_LENGTH])
def test_a_task_is_told_by_day_and_one_of_the_night_when_the_wards_day_begins(rang, told, rule):
    alert, when = ringing(rule, rang_at=local(rang)), local(told)
    life = stepped(alert, local(rang))
    assert [each.tier for each in life.done] == ([PHYSICIAN] if told == rang else [])
    assert life.alert.next_escalation_at == (None if told == rang else when)
    if told != rang:
        assert stepped(life.alert, when - MINUTE / 60).done == ()
        assert [each.tier for each in stepped(life.alert, when).done] == [PHYSICIAN]


def test_the_hour_that_comes_twice_waits_for_the_same_morning():
    ladder = RULES.ladders[LadderClass.TASK]
    first, second = local("2026-11-01 01:30"), local("2026-11-01 01:30", fold=1)
    assert second - first == 60 * MINUTE
    assert {told_from(each, ladder, zone=NEW_YORK) for each in (first, second)} == {local("2026-11-01 07:00")}


def test_the_day_is_the_wards_own():
    ladder, noon = RULES.ladders[LadderClass.TASK], datetime(2026, 9, 22, 12, 0, tzinfo=UTC)
    assert told_from(noon, ladder, zone=ZoneInfo("Europe/Berlin")) == noon
    assert told_from(noon, ladder, zone=ZoneInfo("Asia/Tokyo")) == datetime(2026, 9, 22, 22, 0, tzinfo=UTC)


WITHOUT_VALUE = STOP_LIST | {Rule.REFUSALS, Rule.SINGLE_SIGNED, Rule.PAUSE_OVER}


@pytest.mark.parametrize("rule", list(Rule))
def test_what_has_a_value_is_resolved_by_an_action_only_once_it_is_back_in_range(rule):
    assert is_resolved_by_action(rule, recovered=True)
    assert is_resolved_by_action(rule, recovered=False) is (rule in WITHOUT_VALUE)

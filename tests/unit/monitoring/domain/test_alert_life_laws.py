"""What holds whenever a sweep comes by, however often, and whoever works on the ward."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitoring.domain.alert_life import class_of, told_from
from monitoring.domain.alert_rules import Direction
from monitoring.domain.reconcile_alerts import reconcile_alerts
from monitoring.domain.reconcile_prompt import reconcile_prompt
from monitoring.domain.severity import LadderClass, Rule, Severity
from tests.unit.monitoring.domain import a_stay
from tests.unit.monitoring.domain.a_ladder import ALL, MINUTE, NEW_YORK, RANG, SECOND, lived, ringing, stepped
from tests.unit.seed_protocol import RULES

ALERTS = st.builds(ringing, st.sampled_from(list(Rule)), st.sampled_from(list(Severity)))
STAFF = st.sets(st.sampled_from(list(ALL))).map(lambda tiers: {tier: ALL[tier] for tier in tiers})
# Instants around the steps of a ladder: so many seconds after the ring.
INSTANTS = st.lists(st.integers(0, 40 * 60), max_size=12).map(
    lambda seconds: [RANG + n * SECOND for n in sorted(seconds)]
)
HORIZON = 75 * MINUTE


def without_time(told):
    return [(ring, number, tier, why) for ring, number, tier, why, _ in told]


@given(ALERTS, STAFF, INSTANTS, st.booleans())
def test_whenever_it_is_swept_the_same_steps_are_told_once_and_in_their_order(alert, staffed, instants, team):
    last = RANG + HORIZON
    swept, told = lived(alert, [*instants, last], staffed=staffed, team=team)
    always, each_second = lived(alert, [RANG + n * 5 * SECOND for n in range(15 * 60 + 1)], staffed=staffed, team=team)
    assert without_time(told) == without_time(each_second)
    assert (swept.told, swept.next_escalation_at) == (always.told, always.next_escalation_at)
    assert len({(ring, number) for ring, number, *_ in told}) == len(told)


@given(ALERTS, STAFF, INSTANTS, st.booleans())
def test_no_step_is_told_before_its_time_unless_the_one_before_it_was_empty(alert, staffed, instants, team):
    ladder = RULES.ladders[class_of(alert.rule, alert.severity)]
    _, told = lived(alert, instants, staffed=staffed, team=team)
    in_place = False
    for _, number, _, why, at in told:
        due = told_from(RANG + ladder.steps[number].after, ladder, zone=NEW_YORK)
        assert at >= due or in_place
        in_place = bool(why)


@given(ALERTS, STAFF, INSTANTS)
def test_it_is_looked_at_next_later_than_now_and_nothing_happens_before(alert, staffed, instants):
    for at in instants:
        life = stepped(alert, at, staffed=staffed)
        assert life.acts_at is None or life.acts_at > at
        until = life.acts_at - SECOND if life.acts_at else at + timedelta(days=30)
        between = stepped(life.alert, max(at, until), staffed=staffed)
        assert (between.alert, between.done, between.rang_again) == (life.alert, (), False)
        alert = life.alert


@given(INSTANTS, st.integers(1, 15), st.integers(0, 20), st.sampled_from(list(Severity)))
def test_over_any_number_of_rings_each_step_of_a_ring_is_told_at_most_once(instants, minutes, looked, severity):
    alert, told = ringing(severity=severity), []
    for at in [*instants, RANG + HORIZON, RANG + 2 * HORIZON]:
        alert, more = lived(alert, [at])
        told += more
        if (at - RANG) // MINUTE % 20 == looked and alert.acknowledged_at is None:
            alert = replace(
                alert, acknowledged_at=at, acknowledgement_expires_at=at + minutes * MINUTE, next_escalation_at=None
            )
    assert len({(ring, number) for ring, number, *_ in told}) == len(told)


@given(st.integers(131, 200), st.integers(0, 30), st.booleans())
def test_acknowledging_never_hides_a_worsening(peak, more, snoozed):
    known = a_stay.alert(Rule.HEART_RATE, Direction.HIGH, evidence=((1, 10),), number=peak, stop_advised=peak >= 150)
    seen = known if snoozed else a_stay.acknowledged(known)
    facts = a_stay.stay(a_stay.only(1, 10, heart_rate=peak), a_stay.only(2, 20, heart_rate=peak + more), alerts=[seen])
    change = reconcile_alerts(facts, reconcile_prompt(facts, at=a_stay.after(20)), at=a_stay.after(20))
    (raised,) = [each for each in change.raised if each.finding.rule is Rule.HEART_RATE]
    assert raised.rings is (more >= 10 or peak < 150 <= peak + more)


def test_every_class_has_a_ladder_that_the_laws_climb():
    classes = {class_of(rule, severity) for rule in Rule for severity in Severity}
    assert classes == set(LadderClass)

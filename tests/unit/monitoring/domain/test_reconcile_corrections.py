"""What a correction does to alerts: a corrected set is no evidence any more, and shows nothing in range either."""

from dataclasses import replace
from decimal import Decimal

from monitoring.domain.alert_rules import Direction, Rule, Severity
from monitoring.domain.reconcile_alerts import reconcile_alerts
from monitoring.domain.reconcile_prompt import PromptChange
from tests.unit.monitoring.domain.a_stay import (
    acknowledged,
    after,
    alert,
    as_charted,
    minutes_of,
    only,
    prompt,
    settled,
    stay,
)

RED, YELLOW = Severity.RED, Severity.YELLOW
OPEN = prompt(600, 60)


def facts(*sets, alerts, **changed):
    return stay(*sets, alerts=alerts, open_prompt=OPEN, **changed)


def change(*sets, alerts, **changed):
    known = facts(*sets, alerts=alerts, **changed)
    return reconcile_alerts(known, PromptChange(), at=as_charted(known))


def corrected(known, *numbers, **changed):
    """The alert after these sets of it were corrected."""
    return replace(known, standing=tuple(each for each in known.evidence if each not in numbers), **changed)


def test_a_correction_of_all_evidence_withdraws_the_alert():
    known = corrected(alert(evidence=[(1, 15)], number=Decimal(184)), 1)
    assert change(only(2, 15, heart_rate=84), alerts=[known]).closed == {1: "corrected"}
    assert change(alerts=[acknowledged(known)]).closed == {1: "corrected"}


def test_a_correction_that_still_meets_the_rule_keeps_the_alert_with_the_right_value():
    known = corrected(acknowledged(alert(evidence=[(1, 15)], number=Decimal(184))), 1)
    found = change(only(2, 15, heart_rate=148), alerts=[known])
    assert [(each.row_id, each.rings) for each in found.raised] == [(2, False)]
    ((number, says),) = found.restated
    assert (number, says.evidence, says.count, says.number, says.severity) == (1, (2,), 1, 148, RED)
    assert (says.value, says.sentence) == ("148", "Heart rate 148 /min: red at 131 or more.")
    assert not found.closed


def test_a_correction_to_something_worse_rings():
    known = corrected(acknowledged(alert(evidence=[(1, 15)], number=Decimal(135))), 1)
    assert change(only(2, 15, heart_rate=145), alerts=[known]).raised[0].rings
    assert not change(only(2, 15, heart_rate=144), alerts=[known]).raised[0].rings


def test_when_some_evidence_is_corrected_the_alert_says_what_the_rest_shows():
    known = alert(evidence=[(1, 15), (2, 30), (3, 45)], number=Decimal(190), stop_advised=True)
    sets = only(1, 15, heart_rate=133), only(2, 30, heart_rate=141), only(4, 45, heart_rate=132)
    found = change(*sets, alerts=[corrected(known, 3)])
    ((_, says),) = found.restated
    assert (says.evidence, says.count, says.number, says.value) == ((1, 2, 4), 3, 141, "132")
    assert (minutes_of(says.first_observed_at), minutes_of(says.last_observed_at)) == (15, 45)
    assert not says.stop_advised, "150 came from the corrected set alone"


def test_a_red_alert_is_yellow_again_when_only_yellow_sets_stand():
    known = corrected(alert(Rule.SPO2, Direction.LOW, RED, evidence=[(1, 15), (2, 30)], number=Decimal(80)), 2)
    ((_, says),) = change(only(1, 15, spo2=93), only(3, 30, spo2=92), alerts=[known]).restated
    assert (says.severity, says.number, says.value, says.count) == (YELLOW, 92, "92 %", 2)


def test_a_second_reading_that_stands_is_still_evidence_when_its_first_is_not_loaded():
    known = corrected(alert(severity=RED, evidence=[(1, 15), (2, 30)], number=Decimal(190)), 2)
    alone = replace(facts(only(3, 30), alerts=[known]), evidence=(only(1, 15, heart_rate=118),))
    ((_, says),) = reconcile_alerts(alone, PromptChange(), at=as_charted(alone)).restated
    assert (says.severity, says.number, says.evidence) == (YELLOW, 118, (1,))
    assert says.sentence == "Heart rate 118 /min, second reading: yellow at 111 or more."


def test_sets_that_are_not_loaded_leave_the_alert_its_words_but_not_the_corrected_evidence():
    known = corrected(alert(evidence=[(1, 15), (2, 30)], number=Decimal(190)), 2)
    ((_, says),) = change(only(3, 30), alerts=[known]).restated
    assert (says.evidence, says.count, says.value, says.number) == ((1,), 1, None, 190)


def test_a_value_in_range_behind_the_standing_evidence_recovers_or_closes():
    known = corrected(alert(evidence=[(1, 15), (2, 30)], number=Decimal(190)), 2)
    sets = only(1, 15, heart_rate=135), only(3, 30, heart_rate=80)
    found = change(*sets, alerts=[known])
    assert [minutes_of(mend.recovered_at) for _, mend in found.mended] == [30]
    assert change(*sets, alerts=[acknowledged(known)]).closed == {1: "back in range"}


def test_what_was_acknowledged_is_never_graver_than_what_stands():
    known = acknowledged(alert(evidence=[(1, 15), (2, 30)], number=Decimal(190)))
    restated = replace(known, number=Decimal(135), evidence=(1,), standing=(1,))
    assert change(only(3, 45, heart_rate=145), alerts=[restated]).raised[0].rings


def test_when_the_value_in_range_is_corrected_away_the_alert_has_not_recovered():
    known = alert(evidence=[(1, 15)], number=Decimal(135), recovered_at=after(30))
    first = only(1, 15, heart_rate=135)
    assert not change(first, only(2, 30, heart_rate=72), alerts=[known]).mended
    ((_, mend),) = change(first, only(3, 30, spo2=97), alerts=[known]).mended
    assert (mend.recovered_at, mend.close_reason) == (None, "")
    ((_, mend),) = change(first, alerts=[replace(known, recovery_stands=False)]).mended
    assert mend.recovered_at is None
    assert not change(first, alerts=[known]).mended, "the calm set is only not loaded"


def test_an_alert_closed_by_a_value_that_was_corrected_away_stands_again():
    known = acknowledged(alert(evidence=[(1, 15)], number=Decimal(135)))
    closed = replace(known, is_open=False, close_reason="back in range", recovered_at=after(30))
    first, empty = only(1, 15, heart_rate=135), only(3, 30, spo2=97)
    found = change(first, empty, alerts=[closed])
    ((number, mend),) = found.mended
    assert (number, mend.recovered_at, mend.close_reason, found.raised) == (1, None, "", ())
    assert not change(first, empty, only(4, 45, heart_rate=72), alerts=[closed]).mended, "in range since 45"
    assert not change(first, empty, alerts=[replace(closed, close_reason="corrected")]).mended
    assert not change(first, empty, alerts=[corrected(closed, 1)]).mended
    _, again, _ = settled(settled(facts(first, empty, alerts=[closed]), at=after(31))[2], at=after(31))
    assert again.is_nothing


def test_a_set_corrected_to_worse_while_closed_is_a_new_alert():
    known = acknowledged(alert(evidence=[(1, 15)], number=Decimal(135)))
    closed = replace(known, is_open=False, close_reason="back in range", recovered_at=after(30))
    found = change(only(1, 15, heart_rate=135), only(3, 30, heart_rate=140), alerts=[closed])
    assert [(each.row_id, each.rings) for each in found.raised] == [(3, True)]
    assert not found.mended


def test_a_stop_that_the_standing_sets_advise_is_advised_at_once():
    """Newly on oxygen, which a first reading taken as given must not deny."""
    known = corrected(alert(Rule.SPO2, Direction.LOW, RED, evidence=[(1, 50), (2, 55)], number=Decimal(90)), 2)
    sets = only(5, 15, on_oxygen=False), only(1, 50, spo2=91, on_oxygen=True), only(3, 55, spo2=97)
    _, first, once = settled(facts(*sets, alerts=[known]), at=after(56))
    assert first.restated[0][1].stop_advised
    assert settled(once, at=after(56))[1].is_nothing

"""What ends a request or an approval that nobody executed yet (DOMAIN 3, "Voided at once"), as a table."""

from dataclasses import replace

import pytest

from infusion.domain.words import VoidCause
from monitoring.domain.alert_change import AlertChange
from monitoring.domain.alert_rules import Direction, Rule, Severity
from monitoring.domain.reconcile_alerts import reconcile_alerts
from monitoring.domain.reconcile_pending import reconcile_pending
from monitoring.domain.reconcile_prompt import PromptChange
from monitoring.domain.stay import Pending
from tests.unit.monitoring.domain.a_stay import after, alert, seen, stay

APPROVED = Pending(after(60))


def cause(*sets, alerts=(), pending=APPROVED, **changed):
    """Of a stay with these sets and alerts, settled now."""
    known = stay(*sets, alerts=alerts, pending=pending, **changed)
    return reconcile_pending(known, reconcile_alerts(known, PromptChange(), at=after(75)))


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, None),
        ({"heart_rate": 130}, None),  # yellow, and waits for its second reading
        ({"heart_rate": 131}, VoidCause.RED_ALERT),
        ({"systolic": 180}, VoidCause.RED_ALERT),
        ({"spo2": 92}, None),
        ({"spo2": 91}, VoidCause.RED_ALERT),
        ({"sedation": "2"}, None),
        ({"sedation": "3"}, VoidCause.SEDATION),
        ({"sedation": "4"}, VoidCause.SEDATION),
        ({"psychotomimetic": 2}, None),
        ({"psychotomimetic": 3}, VoidCause.RED_ALERT),
    ],
)
def test_a_red_value_or_poss_3_ends_it_and_a_yellow_one_does_not(changed, expected):
    assert cause(seen(1, 75, **changed)) == expected


def test_nothing_pending_nothing_to_end():
    assert cause(seen(1, 75, heart_rate=140), pending=None) is None


@pytest.mark.parametrize(("rang", "expected"), [(59, None), (60, None), (61, VoidCause.RED_ALERT)])
def test_what_stood_when_a_restart_was_allowed_does_not_undo_it_and_what_became_worse_does(rang, expected):
    standing = alert(evidence=((1, 50),), worse_at=after(rang))
    assert cause(seen(1, 50, heart_rate=140), alerts=(standing,)) == expected


def test_an_alert_that_was_closed_counts_no_more():
    closed = alert(evidence=((1, 61),), worse_at=after(61), is_open=False, close_reason="back in range")
    assert cause(seen(1, 61, heart_rate=140), seen(2, 70), alerts=(closed,)) is None


def test_another_weight_and_leaving_end_it():
    assert cause(seen(1, 75), pending=replace(APPROVED, weight_has_changed=True)) is VoidCause.WEIGHT_CHANGE
    assert cause(seen(1, 75), is_present=False) is VoidCause.PATIENT_LEFT


def test_a_yellow_sedation_that_stands_since_then_is_enough_without_a_new_set():
    drowsy = alert(Rule.SEDATION, Direction.LOW, Severity.YELLOW, worse_at=after(61))
    assert reconcile_pending(stay(alerts=(drowsy,), pending=APPROVED), AlertChange()) is VoidCause.SEDATION

"""What the gate is told of the bedside: the newest standing values, at the same cost after a day and after a month."""

import itertools
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from infusion import ports
from infusion.domain.readiness import LiverEnzymes
from monitoring.actions import acknowledge_alert, correct_set, record_set
from monitoring.domain.values import AbsentReason, Parameter, is_full
from monitoring.models import Alert, FallsScore, LiverPanel, MoodScreen
from monitoring.selectors import readiness
from monitoring.sweeps import settle_due_stays
from tests.factories import HOUR, MINUTE, MORNING, entry, running, values
from tests.integration.test_statements import stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient():
    return running()


def chart(patient, minutes, **changed):
    at = MORNING + minutes * MINUTE
    return record_set(patient.id, entry=entry(at, **changed), by=patient.by_nurse, at=at).set


def told(patient, minutes=120):
    (answer,) = ports.readiness.ask_all(patient.admission, at=MORNING + minutes * MINUTE)
    return answer


def panel(patient, minutes, **amounts):
    at = MORNING + minutes * MINUTE
    named = {name: Decimal(value) for name, value in amounts.items()}
    return LiverPanel.objects.create(
        admission=patient.admission, collected_at=at, recorded_at=at, recorded_by=patient.nurse, **named
    )


def test_of_a_stay_without_anything_nothing_is_known(patient):
    found = told(patient, minutes=0)
    assert found == type(found)()


def test_each_value_is_the_newest_of_its_kind_with_its_own_time(patient):
    chart(patient, 15, pain=7)
    chart(patient, 30, pain=None, psychotomimetic=None, sedation="2")
    chart(patient, 40, pain=None, psychotomimetic=None, sedation=None, sedation_scale=None, consciousness=None, spo2=98)
    found = told(patient)
    assert found.full_set_at == MORNING + 15 * MINUTE
    assert (found.sedation_scale, found.sedation, found.sedation_at) == ("poss", "2", MORNING + 30 * MINUTE)
    assert found.consciousness == "A"
    assert (found.psychotomimetic, found.psychotomimetic_at) == (0, MORNING + 15 * MINUTE)
    assert (found.pain, found.pain_at, found.asleep) == (7, MORNING + 15 * MINUTE, False)
    assert dict(found.vitals)["SpO2"] == "98 % (2026-09-22 08:40 UTC)"


def test_a_sleeping_patients_pain_is_answered_by_asleep_and_the_last_awake_number_stays(patient):
    chart(patient, 15, pain=6)
    chart(patient, 30, pain=None, sedation="S", absent={Parameter.PAIN: AbsentReason.ASLEEP})
    found = told(patient)
    assert (found.pain, found.pain_at, found.asleep) == (6, MORNING + 15 * MINUTE, True)
    assert found.full_set_at == MORNING + 30 * MINUTE
    chart(patient, 31, pain=None, systolic=130)
    assert told(patient).asleep
    chart(patient, 45, pain=5)
    assert not told(patient).asleep


def test_a_refused_pain_leaves_the_set_less_than_full(patient):
    chart(patient, 15, pain=None, absent={Parameter.PAIN: AbsentReason.REFUSED})
    assert told(patient).full_set_at is None


def test_a_corrected_value_is_gone_and_its_correction_stands(patient):
    chart(patient, 15, pain=2)
    wrong = chart(patient, 30, pain=9, sedation="3")
    at = MORNING + 35 * MINUTE
    right = entry(MORNING + 30 * MINUTE, pain=4, sedation="1")
    correct_set(wrong.pk, entry=right, reason="mistyped", by=patient.by_nurse, at=at)
    found = told(patient)
    assert (found.pain, found.sedation, found.sedation_at) == (4, "1", MORNING + 30 * MINUTE)


GATED = ["heart_rate", "systolic", "diastolic", "respiratory_rate", "spo2", "on_oxygen", "consciousness", "sedation",
         "psychotomimetic", "pain"]  # fmt: skip


def test_the_statement_calls_full_what_the_domain_calls_full(patient):
    for number, missing in enumerate(itertools.chain([()], itertools.combinations(GATED, 1), [("temperature",)])):
        other = running(on=patient.ward)
        changed = dict.fromkeys(missing)
        for asleep in (False, True):
            absent = {Parameter.PAIN: AbsentReason.ASLEEP} if asleep and "pain" in missing else {}
            at = MORNING + (15 + number) * MINUTE
            record_set(other.id, entry=entry(at, absent=absent, **changed), by=other.by_nurse, at=at)
            (answer,) = ports.readiness.ask_all(other.admission, at=at)
            wanted = is_full(values(**changed), pain_asleep=bool(absent))
            assert (answer.full_set_at == at) == wanted, (missing, asleep)


def test_a_set_is_overdue_from_when_it_was_late_enough_to_alert_until_one_comes(patient):
    assert told(patient, 24).set_overdue_since is None
    assert told(patient, 25).set_overdue_since == MORNING + 25 * MINUTE
    for minutes in (25, 30, 45, 50):
        settle_due_stays(at=MORNING + minutes * MINUTE)
    assert told(patient, 51).set_overdue_since is not None
    chart(patient, 52)
    assert told(patient, 52).set_overdue_since is None


def test_red_alerts_are_told_until_they_are_closed_and_the_last_one_is_remembered(patient):
    chart(patient, 15, systolic=184)
    alert = Alert.objects.get(severity="red")
    found = told(patient, 16)
    assert [(red.sentence, red.raised_at, red.rule) for red in found.red_alerts] == [
        (alert.sentence, alert.raised_at, "systolic")
    ]
    assert found.last_red_at == MORNING + 16 * MINUTE
    acknowledge_alert(alert.pk, seen_rang_at=alert.rang_at, by=patient.by_nurse, at=MORNING + 17 * MINUTE)
    chart(patient, 30)
    found = told(patient)
    assert found.red_alerts == ()
    assert found.last_red_at == Alert.objects.get(pk=alert.pk).closed_at == MORNING + 30 * MINUTE
    assert told(patient, 20).last_red_at == MORNING + 20 * MINUTE, "asked of an earlier instant, it stood open then"
    assert told(patient, 14).last_red_at is None


def test_yellow_alerts_are_told_in_their_sentences(patient):
    chart(patient, 15, spo2=93)
    found = told(patient, 16)
    assert found.yellow_alerts == tuple(Alert.objects.filter(severity="yellow").values_list("sentence", flat=True))
    assert found.yellow_alerts
    assert found.last_red_at is None


@pytest.mark.parametrize(
    ("amounts", "worst"),
    [
        ({"alt": "80", "alt_upper": "40"}, ("ALT", "2.00")),
        ({"alt": "119.99", "alt_upper": "40", "ggt": "50", "ggt_upper": "50"}, ("ALT", "2.99")),
        ({"alt": "40", "alt_upper": "40", "ast": "30", "ast_upper": "10"}, ("AST", "3.00")),
        ({"alp": "300", "alp_upper": "100", "bilirubin": "9", "bilirubin_upper": "1"}, ("ALP", "3.00")),
        ({"ggt": "0", "ggt_upper": "60"}, ("GGT", "0.00")),
    ],
)
def test_the_worst_of_four_enzymes_counts_as_a_multiple_of_its_own_limit_never_rounded_up(patient, amounts, worst):
    panel(patient, 0, alt="400", alt_upper="40")
    panel(patient, 10, **amounts)
    name, multiple = worst
    assert told(patient).liver == LiverEnzymes(MORNING + 10 * MINUTE, Decimal(multiple), name)


def test_bilirubin_alone_is_no_newer_panel_of_enzymes_and_a_corrected_panel_is_gone(patient):
    first = panel(patient, 0, alt="40", alt_upper="40")
    panel(patient, 10, bilirubin="3", bilirubin_upper="1")
    assert told(patient).liver.collected_at == MORNING
    LiverPanel.objects.create(
        admission=patient.admission, collected_at=MORNING - HOUR, recorded_at=MORNING, recorded_by=patient.nurse,
        ast=20, ast_upper=40, corrects=first, correction_reason="of another patient",
    )  # fmt: skip
    assert told(patient).liver == LiverEnzymes(MORNING - HOUR, Decimal("0.50"), "AST")


def test_mood_and_falls_are_told_by_when_they_were_seen(patient):
    own = {"admission": patient.admission, "recorded_at": MORNING, "recorded_by": patient.nurse}
    for hours in (3, 1, 2):
        seen = {"observed_at": MORNING - hours * HOUR}
        MoodScreen.objects.create(mood="usual", **seen, **own)
        FallsScore.objects.create(score=35, observed_at=seen["observed_at"] - MINUTE, **own)
    found = told(patient)
    assert found.mood_screened_at == MORNING - HOUR
    assert found.falls_scored_at == MORNING - HOUR - MINUTE


def test_asking_is_one_statement(patient):
    chart(patient, 15)
    with CaptureQueriesContext(connection) as captured:
        told(patient)
    assert len(captured) == 1


def scans(plan):
    """Every scan of a table in a plan: its kind, the table, and how many rows it looked at."""
    if "Relation Name" in plan:
        rows = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
        yield plan["Node Type"], plan["Relation Name"], rows * plan["Actual Loops"]
    for child in plan.get("Plans", []):
        yield from scans(child)


@pytest.mark.django_db(transaction=True)
def test_a_long_stay_is_read_by_index_and_no_further_than_agreed(superuser):
    """The stored sets carry neither pain nor psychotomimetic score: what is looked for longest is never found."""
    patient = running()
    for other in [running(on=patient.ward) for _ in range(3)]:
        stored(superuser, other, prompts=1000, alerts=1000)
    stored(superuser, patient, alerts=1000)
    superuser.execute(
        "INSERT INTO monitoring_liverpanel (admission_id, collected_at, recorded_at, recorded_by_id, alt, alt_upper,"
        " correction_reason, fingerprint) SELECT %s, t, t, %s, 40, 40, '', '' FROM generate_series(%s, %s, %s) t",
        [patient.id, patient.nurse.pk, MORNING - timedelta(days=20), MORNING, 20 * MINUTE],
    )
    superuser.execute("ANALYZE")
    with connection.cursor() as cursor:
        cursor.execute(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {readiness._READINESS}", {"stay": patient.id, "at": MORNING + HOUR}
        )
        (answer,) = cursor.fetchone()
    found = list(scans(answer[0]["Plan"]))
    assert {"monitoring_observationset", "monitoring_alert", "monitoring_liverpanel"} <= {
        table for _, table, _ in found
    }
    large = [
        each for each in found if each[1] in ("monitoring_observationset", "monitoring_alert", "monitoring_liverpanel")
    ]
    assert not [each for each in large if each[0] == "Seq Scan"]
    assert not [each for each in large if each[2] > readiness.LOOKED_BACK + 1], found

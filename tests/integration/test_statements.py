"""How many statements an act costs, whatever is stored; and that settling reads by indexes only."""

import json
from functools import partial

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from infusion.models import Course
from monitoring.actions import acknowledge_alert, correct_set, record_set
from monitoring.models import Alert, Notification, Prompt, StayClock
from monitoring.selectors.facts_statement import FACTS, FACTS_OF_ONE
from monitoring.selectors.following import FOLLOWING
from monitoring.sweeps import reevaluate_recent_sets, settle_due_stays
from patients.models import Admission, Bed, Patient
from tests.factories import MINUTE, MORNING, entry, running, ward

pytestmark = pytest.mark.django_db(transaction=True)

STORED = 3000


def statements(act):
    """The statements of one act in their order, BEGIN, COMMIT and NOTIFY among them."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        act()
    return [query["sql"] for query in captured.captured_queries]


def charted(patient, minutes, **changed):
    at = MORNING + minutes * MINUTE
    return record_set(patient.id, entry=entry(at, **changed), by=patient.by_nurse, at=at)


def stored(superuser, patient, *, sets=STORED, prompts=600, alerts=200):
    """Long history of one stay as rows: sets every 4 min, done and missed prompts, closed alerts, before its start."""
    superuser.execute(
        """
        INSERT INTO monitoring_observationset (admission_id, observed_at, recorded_at, source, client_id, fingerprint,
            heart_rate, systolic, diastolic, respiratory_rate, spo2, on_oxygen, consciousness, sedation_scale, sedation,
            symptoms, mobility, comment, absent, confirmed, news2_sub_scores, correction_reason, late_reason)
        SELECT %(stay)s, t, t, 'bedside', gen_random_uuid(), 'x', 72, 120, 80, 16, 97, false, 'A', 'poss', '1',
               '{}', '', '', '{}', '{}', '{}', '', ''
        FROM generate_series(%(sets)s, 1, -1) n, LATERAL (SELECT %(from)s::timestamptz - n * interval '4 minutes' AS t) t
        """,
        {"stay": patient.id, "sets": sets, "from": MORNING},
    )
    superuser.execute(
        """
        INSERT INTO monitoring_prompt (admission_id, kind, due_at, interval, overdue_at, state, opened_at,
            closed_at, closed_by_set_id, close_reason)
        SELECT %(stay)s, 'full_set', t, '15 min', t, CASE WHEN n %% 3 = 0 THEN 'missed' ELSE 'done' END, t, t,
               CASE WHEN n %% 3 > 0 THEN (SELECT min(id) FROM monitoring_observationset WHERE admission_id = %(stay)s) END, ''
        FROM generate_series(%(prompts)s, 1, -1) n, LATERAL (SELECT %(from)s::timestamptz - n * interval '20 minutes' AS t) t
        """,
        {"stay": patient.id, "prompts": prompts, "from": MORNING},
    )
    superuser.execute(
        """
        INSERT INTO monitoring_alert (admission_id, rule, direction, severity, sentence, value, stop_advised, count, evidence,
            dose_context, retrospective, first_observed_at, last_observed_at, raised_at, closed_at, close_reason)
        SELECT %(stay)s, 'spo2', 'low', 'red', '', '', false, 1, '{}', '{}', false, t, t, t, t, 'back in range'
        FROM generate_series(%(alerts)s, 1, -1) n, LATERAL (SELECT %(from)s::timestamptz - n * interval '1 hour' AS t) t
        """,
        {"stay": patient.id, "alerts": alerts, "from": MORNING},
    )


@pytest.fixture
def patient(superuser):
    """A running stay on which everything was done once, so that protocols are read and statements are prepared."""
    made = running()
    charted(made, 2, heart_rate=140)
    charted(made, 5)
    return made


@pytest.fixture(params=["nothing", "3000 sets"])
def whatever_is_stored(request, superuser, patient):
    if request.param != "nothing":
        stored(superuser, patient)
    return patient


def test_a_set_that_ends_a_prompt_and_opens_the_next_takes_11_statements_and_3_more_where_it_rings(whatever_is_stored):
    patient = whatever_is_stored
    for minutes, spo2, most in ((15, 97, 11), (30, 93, 14)):
        found = statements(partial(charted, patient, minutes, spo2=spo2))
        assert Prompt.objects.filter(state="done", closed_by_set__observed_at=MORNING + minutes * MINUTE).count() == 1
        assert Alert.objects.filter(rule="spo2", closed_at=None).count() == (spo2 < 94)
        assert len(found) <= most, "\n".join(found)
        assert (found[0], found[-2]) == ("BEGIN", "COMMIT")
        assert "pg_notify" in found[-1]
    assert Notification.objects.filter(alert__rule="spo2").exists()


def test_other_acts_of_the_bedside_cost_no_more(whatever_is_stored):
    patient = whatever_is_stored
    red = charted(patient, 15, systolic=184).set
    at = MORNING + 16 * MINUTE
    alert = Alert.objects.get(rule="systolic")
    assert (
        len(statements(lambda: acknowledge_alert(alert.pk, seen_rang_at=alert.rang_at, by=patient.by_nurse, at=at)))
        <= 12
    )
    right = entry(red.observed_at)
    # One more than a set: the alert is closed and the sets it asked for are taken back.
    assert len(statements(lambda: correct_set(red.pk, entry=right, reason="x", by=patient.by_nurse, at=at))) <= 13
    assert Alert.objects.get(rule="systolic").close_reason == "corrected"


def test_an_idle_sweep_is_one_statement(whatever_is_stored):
    assert len(statements(lambda: settle_due_stays(at=MORNING + 10 * MINUTE))) == 1


def many_like(patient, count):
    """So many further stays like this one, as rows: their pumps run and their prompts are due as its own is."""
    course, clock = Course.objects.get(admission_id=patient.id), StayClock.objects.get(admission_id=patient.id)
    prompts = Prompt.objects.filter(admission_id=patient.id, state="open")
    beds = Bed.objects.bulk_create(Bed(ward=patient.ward, name=f"x{n}") for n in range(count))
    people = Patient.objects.bulk_create(
        Patient(medical_record_number=f"{patient.id}x{n}", birth_date="1980-01-01", administrative_gender="female")
        for n in range(count)
    )
    stays = Admission.objects.bulk_create(
        Admission(patient=person, bed=bed, ward=patient.ward, admitted_at=patient.admission.admitted_at)
        for person, bed in zip(people, beds, strict=True)
    )
    for model, one in ((Course, course), (StayClock, clock), *((Prompt, prompt) for prompt in prompts)):
        fields = {field.attname: getattr(one, field.attname) for field in model._meta.concrete_fields}
        fields.pop("id", None)
        model.objects.bulk_create(model(**{**fields, "admission_id": stay.pk}) for stay in stays)


def test_a_sweep_costs_the_same_number_of_statements_for_1_10_and_100_overdue_stays():
    counts = {}
    for size in (1, 10, 100):
        patient = running(on=ward())
        many_like(patient, size - 1)
        overdue, rolled = (statements(partial(settle_due_stays, at=MORNING + minutes * MINUTE)) for minutes in (25, 47))
        counts[size] = len(overdue), len(rolled)
        assert Alert.objects.filter(rule="set_overdue", admission__ward=patient.ward).count() == size
        assert Prompt.objects.filter(kind="full_set", state="missed", admission__ward=patient.ward).count() == 2 * size
        assert not statements(lambda: settle_due_stays(at=MORNING + 47 * MINUTE))[1:]
    assert counts[1] == counts[10] == counts[100]
    assert max(counts[100]) <= 16


def test_reevaluating_recent_sets_costs_the_same_for_one_stay_and_for_many(patient):
    at = MORNING + 15 * MINUTE
    charted(patient, 15)
    one = len(statements(lambda: reevaluate_recent_sets(at=at)))
    for _ in range(5):
        charted(running(on=patient.ward), 15)
    assert len(statements(lambda: reevaluate_recent_sets(at=at))) == one


HISTORY = {"monitoring_observationset", "monitoring_prompt", "monitoring_alert"}


def scans(plan, tables):
    """Every scan of one of these tables in a plan: its kind, the table, and how many rows it looked at."""
    if plan.get("Relation Name") in tables:
        rows = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
        yield plan["Node Type"], plan["Relation Name"], rows * plan["Actual Loops"]
    for child in plan.get("Plans", []):
        yield from scans(child, tables)


def explained(statement, parameters, *, tables=HISTORY):
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
        (answer,) = cursor.fetchone()
    return list(scans((json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"], tables))


def test_settling_reads_a_few_rows_by_index_however_much_is_stored(superuser, patient):
    for other in [running(on=patient.ward) for _ in range(4)]:
        stored(superuser, other, prompts=3000, alerts=2000)
    stored(superuser, patient)
    for minutes in (15, 30, 45):
        charted(patient, minutes, spo2=92)
    superuser.execute("ANALYZE monitoring_observationset, monitoring_prompt, monitoring_alert, patients_admission")
    found = explained(FACTS, {"stays": [patient.id], "at": MORNING + 2 * MINUTE})
    assert {table for _, table, _ in found} == HISTORY
    assert not [each for each in found if each[0] == "Seq Scan"]
    # The alerts of a stay are looked through for those that its newest sets closed: a few dozen in a real course.
    assert not [each for each in found if each[2] > (300 if each[1] == "monitoring_alert" else 40)]


# One row a protocol, one a ward.
TINY = {"infusion_protocol", "patients_ward"}


def lookups(plan):
    """Every table that a plan reads, and whether it walks an index to the rows it wants instead of looking at all."""
    children = plan.get("Plans", [])
    if "Relation Name" in plan:
        yield plan["Relation Name"], "Index Cond" in plan or any("Index Cond" in child for child in children)
    for child in children:
        yield from lookups(child)


def test_every_table_that_settling_reads_has_an_index_for_it(patient):
    with transaction.atomic(), connection.cursor() as cursor:
        # Nearly every table is small here: the planner is asked what it would do if it had to.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {FACTS_OF_ONE}", {"stay": patient.id, "at": MORNING})
        (answer,) = cursor.fetchone()
    found = set(lookups((json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]))
    assert len({table for table, _ in found}) > 20
    # The history is judged where much of it is stored, see above.
    assert {table for table, by_index in found if not by_index} - HISTORY <= TINY


def test_telling_what_follows_a_set_reads_a_few_rows_by_index_however_much_is_stored(superuser, patient):
    for other in [running(on=patient.ward) for _ in range(4)]:
        stored(superuser, other, prompts=3000, alerts=2000)
    for minutes in (15, 30, 45):
        made = charted(patient, minutes, spo2=92).set
    superuser.execute("ANALYZE monitoring_observationset, monitoring_prompt, monitoring_alert, patients_admission")
    found = explained(FOLLOWING, {"set": made.pk, "stay": patient.id, "recorded_by": made.recorded_by_id})
    assert {table for _, table, _ in found} == HISTORY
    assert not [each for each in found if each[0] == "Seq Scan"]
    assert not [each for each in found if each[2] > 10]


def test_asking_what_is_due_reads_only_what_is_due(superuser, patient):
    stored(superuser, patient)
    many_like(patient, 300)
    StayClock.objects.exclude(admission_id=patient.id).update(acts_at=MORNING + 60 * MINUTE)
    superuser.execute("ANALYZE monitoring_stayclock")
    due = "SELECT admission_id FROM monitoring_stayclock WHERE acts_at <= %s ORDER BY acts_at LIMIT 100"
    for minutes, rows in ((10, 0), (25, 1)):
        found = explained(due, [MORNING + minutes * MINUTE], tables={"monitoring_stayclock"})
        assert [(table, count) for _, table, count in found] == [("monitoring_stayclock", rows)]

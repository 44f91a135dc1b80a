"""Random acts of random people on two stays, the clock moved by hand: what must be true after every one of them."""

import json
import uuid
from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.actor import Actor
from accounts.roles import Role
from audit.models import AuditEvent
from audit.trail import set_actor
from core.errors import DomainError
from infusion.actions import stop_infusion
from infusion.domain.course import course
from infusion.domain.delivery import segments
from infusion.models import Course, Segment
from infusion.selectors import events_of
from monitoring.actions import acknowledge_alert, correct_set, record_set
from monitoring.domain.reconcile_alerts import reconcile_alerts
from monitoring.domain.reconcile_prompt import reconcile_prompt
from monitoring.models import Acknowledgement, Alert, ObservationSet, Prompt
from monitoring.selectors.facts import stay_facts
from monitoring.settling import settle_stays
from monitoring.sweeps import SWEEP, reevaluate_recent_sets, settle_due_stays
from patients.actions import discharge_patient
from patients.models import Admission, Disposition
from tests.factories import MINUTE, MORNING, actor, entry, person, running, ward

pytestmark = pytest.mark.django_db

VALUES = st.fixed_dictionaries(
    {},
    optional={
        "heart_rate": st.sampled_from([None, 38, 72, 115, 131, 145]),
        "systolic": st.sampled_from([None, 88, 124, 165, 184, 201]),
        "spo2": st.sampled_from([None, 88, 91, 93, 97]),
        "respiratory_rate": st.sampled_from([None, 8, 16, 22, 25]),
        "sedation": st.sampled_from([None, "1", "3"]),
        "temperature": st.none(),
    },
).map(lambda changed: {**changed, "diastolic": 60})
WHICH, MINUTES = st.integers(0, 7), st.sampled_from([1, 4, 8, 15, 20, 40, 130])
LATE = st.sampled_from([0, 0, 0, 3, 20, 45])
# Red and calm as DOMAIN 5 writes them down, read from there and not from the protocol.
RED = {
    ("heart_rate", "high"): ("heart_rate", lambda value: value >= 131),
    ("heart_rate", "low"): ("heart_rate", lambda value: value <= 40),
    ("systolic", "high"): ("systolic", lambda value: value >= 180),
    ("systolic", "low"): ("systolic", lambda value: value <= 90),
    ("spo2", "low"): ("spo2", lambda value: value <= 91),
    ("respiration", "high"): ("respiratory_rate", lambda value: value >= 25),
    ("respiration", "low"): ("respiratory_rate", lambda value: value <= 8),
}
CALM = {
    ("heart_rate", "high"): lambda value: value < 111,
    ("heart_rate", "low"): lambda value: value > 50,
    ("systolic", "high"): lambda value: value < 150,
    ("systolic", "low"): lambda value: value > 100,
    ("spo2", "low"): lambda value: value > 93,
    ("respiration", "high"): lambda value: value < 21,
    ("respiration", "low"): lambda value: value > 11,
}


def everything():
    """Every clinical row as text, and how many audit entries there are."""
    tables = (ObservationSet, Prompt, Alert, Acknowledgement, Course, Segment, Admission)
    return [list(model.objects.order_by("pk").values_list()) for model in tables], AuditEvent.objects.count()


def given(row, *but):
    """The columns that carry something, as the trail keeps them."""
    kept = {name: given(value) if isinstance(value, dict) else value for name, value in row.items() if name not in but}
    return {name: value for name, value in kept.items() if value is not None}


class TwoStays(RuleBasedStateMachine):
    """Acts as rules; invariants are asked after each."""

    def __init__(self):
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.now, self.number = MORNING, 0

    def teardown(self):
        try:
            if hasattr(self, "stays"):
                self.the_trail_tells_how_every_row_became_what_it_is()
        finally:
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    @initialize()
    def two_pumps_are_started(self):
        self.ward = ward()
        self.stays = [running(on=self.ward), running(on=self.ward)]
        charge = actor(person(Role.CHARGE_NURSE, ward=self.ward))
        self.people = [self.stays[0].by_nurse, self.stays[1].by_nurse, charge, self.stays[0].by_physician]
        self.settled_at = {stay.id: MORNING for stay in self.stays}

    def act(self, do, *, at=None):
        """Do it; a refusal is fine, if it writes nothing. What was settled has a new number."""
        before, versions = everything(), self.versions()
        try:
            with transaction.atomic():
                done = do()
        except DomainError:
            assert everything() == before, "a refused act wrote something"
            return None
        for number in dict(self.versions().items() - versions.items()):
            self.settled_at[number] = at or self.now
        return done

    def versions(self):
        return dict(Admission.objects.values_list("pk", "version"))

    def set_of(self, changed, late):
        self.number += 1
        seen_at = self.now - late * MINUTE - timedelta(microseconds=self.number)
        return entry(seen_at, late_reason="on paper" if late > 30 else "", **changed)

    @rule(minutes=MINUTES)
    def time_passes(self, minutes):
        self.now += minutes * MINUTE

    @rule(which=WHICH, who=WHICH, changed=VALUES, late=LATE)
    def somebody_charts(self, which, who, changed, late):
        stay, by = self.stays[which % 2], self.people[who % 4]
        self.act(lambda: record_set(stay.id, entry=self.set_of(changed, late), by=by, at=self.now))

    @rule(which=WHICH, who=WHICH, changed=VALUES)
    def somebody_charts_what_cannot_be(self, which, who, changed):
        stay, by = self.stays[which % 2], self.people[who % 4]
        wrong = self.set_of({**changed, "spo2": 104}, 0)
        assert self.act(lambda: record_set(stay.id, entry=wrong, by=by, at=self.now)) is None

    @rule(which=WHICH, who=WHICH, changed=VALUES)
    @precondition(lambda self: ObservationSet.objects.exists())
    def somebody_corrects(self, which, who, changed):
        sets = list(ObservationSet.objects.order_by("-id")[:4])
        old, by = sets[which % len(sets)], self.people[who % 4]
        new = entry(old.observed_at, **changed)
        self.act(lambda: correct_set(old.pk, entry=new, reason="typed wrong", by=by, at=self.now))

    @rule(which=WHICH, who=WHICH, with_patient=st.booleans())
    @precondition(lambda self: Alert.objects.open().exists())
    def somebody_looks(self, which, who, with_patient):
        alerts = list(Alert.objects.open().order_by("id"))
        alert, by = alerts[which % len(alerts)], self.people[who % 4]
        self.act(
            lambda: acknowledge_alert(
                alert.pk, seen_rang_at=alert.rang_at, with_patient=with_patient, by=by, at=self.now
            )
        )

    @rule(which=WHICH, ago=st.sampled_from([0, 0, 10, 400]))
    def the_pump_is_stopped(self, which, ago):
        stay = self.stays[which % 2]
        when = self.now - ago * MINUTE
        self.act(lambda: stop_infusion(stay.id, effective_at=when, by=stay.by_nurse, at=self.now))

    @rule(which=WHICH)
    def the_patient_leaves(self, which):
        stay = self.stays[which % 2]
        self.act(
            lambda: discharge_patient(
                stay.id, disposition=Disposition.HOME, reason="asked for it", by=stay.by_physician, at=self.now
            )
        )

    @rule(behind=st.sampled_from([0, 0, 20]))
    def beat_sweeps(self, behind):
        at = self.now - timedelta(seconds=behind)
        self.act(lambda: settle_due_stays(at=at), at=at)

    @rule(which=WHICH, changed=VALUES, late=LATE)
    def a_set_comes_in_past_the_actions(self, which, changed, late):
        stay, of = self.stays[which % 2], self.set_of(changed, late)
        given = {name: value for name, value in changed.items() if value is not None}
        set_actor(Actor.process("import"))
        ObservationSet.objects.create(
            admission_id=stay.id, observed_at=of.observed_at, recorded_at=self.now, source="import",
            client_id=uuid.uuid4(), fingerprint=b"x", sedation_scale="poss" if given.get("sedation") else "", **given,
        )  # fmt: skip
        self.act(lambda: reevaluate_recent_sets(at=self.now))

    @invariant()
    def one_prompt_is_open_while_the_pump_runs_and_never_two(self):
        for stay in getattr(self, "stays", []):
            count = Prompt.objects.open().filter(admission_id=stay.id).count()
            assert count <= 1
            if Course.objects.get(admission_id=stay.id).state == "running":
                assert count == 1

    @invariant()
    def settling_again_changes_nothing(self):
        before = everything()
        for stay in getattr(self, "stays", []):
            at = self.settled_at[stay.id]
            for facts in stay_facts([stay.id], at=at):
                change = reconcile_prompt(facts, at=at)
                assert change.is_nothing, change
                alerts = reconcile_alerts(facts, change, at=at)
                assert alerts.is_nothing, alerts
            assert settle_stays([stay.id], by=SWEEP, at=at) == {}
        assert everything() == before

    @invariant()
    def segments_and_course_are_what_the_events_say(self):
        for stay in getattr(self, "stays", []):
            events = events_of(stay.admission)
            kept = Segment.objects.filter(admission_id=stay.id).values_list("started_at", "ended_at", "rate_ml_per_h")
            assert list(kept) == [(each.start, each.end, each.rate_ml_per_h) for each in segments(events)]
            row, facts = Course.objects.get(admission_id=stay.id), course(events)
            assert all(getattr(row, name) == getattr(facts, name) for name in facts.__slots__)

    @invariant()
    def each_finding_is_evidence_of_one_alert(self):
        for stay in getattr(self, "stays", []):
            standing = {each.pk: each for each in ObservationSet.objects.current().filter(admission_id=stay.id)}
            by_key = {}
            for alert in Alert.objects.filter(admission_id=stay.id).exclude(rule="set_overdue"):
                assert len(set(alert.evidence)) == len(alert.evidence) == alert.count
                by_key.setdefault((alert.rule, alert.direction), []).append(alert)
            for alerts in by_key.values():
                evidence = [number for alert in alerts for number in alert.evidence if number in standing]
                assert len(evidence) == len(set(evidence))

    @invariant()
    def red_alerts_are_those_of_the_red_values(self):
        for stay in getattr(self, "stays", []):
            if Admission.objects.get(pk=stay.id).discharged_at is None:
                for key, (field, is_red) in RED.items():
                    self._red(stay, key, field, is_red)

    def _red(self, stay, key, field, is_red):
        """Every red value lies in one red alert; a red one is open while its newest value is red, and not one longer."""
        sets = ObservationSet.objects.current().filter(admission_id=stay.id).exclude(**{field: None})
        values = {each.pk: getattr(each, field) for each in sets.order_by("observed_at", "id")}
        alerts = list(Alert.objects.filter(admission_id=stay.id, rule=key[0], direction=key[1]))
        for number, value in values.items():
            if is_red(value):
                assert [alert.severity for alert in alerts if number in alert.evidence] == ["red"]
        still = [alert for alert in alerts if alert.closed_at is None]
        for alert in still:
            shown = [values[number] for number in alert.evidence if number in values]
            assert shown, "an open alert without a set that stands"
            assert (alert.severity == "red") is any(is_red(value) for value in shown)
        newest = list(values.values())[-1:]
        if newest and is_red(newest[0]):
            assert [alert.recovered_at for alert in still] == [None]
        if newest and CALM[key](newest[0]):
            assert all(alert.recovered_at and not alert.acknowledged_at for alert in still)

    def the_trail_tells_how_every_row_became_what_it_is(self):
        """Insert and updates of the trail, one after another, end at the row as it stands; each names who did it."""
        assert not AuditEvent.objects.filter(table_name__startswith="monitoring_", actor_name="").exists()
        for model in (Prompt, Alert, Course, Segment):
            told = {}
            for event in AuditEvent.objects.filter(table_name=model._meta.db_table).order_by("id"):
                if event.verb == "row.delete":
                    del told[event.row_id]
                elif event.verb == "row.insert":
                    told[event.row_id] = dict(event.content)
                else:
                    told[event.row_id] |= {name: after for name, (_, after) in event.content.items()}
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT id, to_jsonb(r)::text FROM {model._meta.db_table} r")
                rows = {number: json.loads(row) for number, row in cursor.fetchall()}
            assert rows.keys() == told.keys()
            assert all(given(row) == given(told[number]) for number, row in rows.items())
        known = set(AuditEvent.objects.filter(verb="row.insert").values_list("table_name", "row_id"))
        for model in (ObservationSet, Acknowledgement):
            assert {(model._meta.db_table, number) for number in model.objects.values_list("pk", flat=True)} <= known


def bounded(**bounds):
    """Without shrinking, which would take minutes here; the steps that failed are printed as they were."""
    quiet = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    phases = [phase for phase in Phase if phase not in (Phase.shrink, Phase.explain)]
    return settings(deadline=None, suppress_health_check=quiet, phases=phases, **bounds)


def test_whatever_people_do_the_ward_stays_in_order():
    run_state_machine_as_test(TwoStays, settings=bounded(max_examples=8, stateful_step_count=20))


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_whatever_people_do_for_long_the_ward_stays_in_order():
    run_state_machine_as_test(TwoStays, settings=bounded(max_examples=25, stateful_step_count=40))

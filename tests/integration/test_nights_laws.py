"""Random nights: every act that silences, tells of or resolves an alert, the clock moved by hand; no ring is ever lost."""

from decimal import Decimal as D

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test

from accounts.roles import Role
from infusion.actions import pause_infusion
from infusion.domain.double_check import PumpReading
from infusion.models import DeliveryEvent
from monitoring.actions import (
    come_back,
    leave_ward,
    note_alert,
    record_adverse_event,
    record_line_check,
    resolve_alert,
    set_interval,
    set_limit,
    snooze_alert,
    withdraw_adverse_event,
)
from monitoring.domain.line_check import LineCheckEntry
from monitoring.domain.severity import STOP_LIST, Direction, Rule
from monitoring.models import (
    AdverseEvent,
    Alert,
    AlertNote,
    AlertNoteKind,
    LineCheck,
    Notification,
    ObservationSet,
    OffWard,
    PatientLimit,
    SetInterval,
    StayClock,
)
from monitoring.settling import settle_stays
from monitoring.sweeps import SWEEP
from patients.actions import accept_transfer, request_transfer
from patients.models import Admission, Bed, Transfer, WardMembership
from tests.factories import MINUTE, actor, person, signed, ward
from tests.integration.test_settling_laws import LATE, WHICH, TwoStays, bounded

pytestmark = pytest.mark.django_db
EVENTS = sorted(STOP_LIST)
TABLES = (Alert, AlertNote, Notification, StayClock, AdverseEvent, PatientLimit, SetInterval, OffWard, LineCheck)


class TwoNights(TwoStays):
    """The acts about alerts joined in; what rings goes on telling people until somebody says that they saw it."""

    @rule(which=WHICH, who=WHICH, minutes=st.sampled_from([1, 5, 15, 16, 60]))
    @precondition(lambda self: Alert.objects.open().exists())
    def somebody_puts_it_off(self, which, who, minutes):
        alert = self.an_alert(which)
        self.act(
            lambda: snooze_alert(
                alert.pk, minutes=minutes, seen_rang_at=alert.rang_at, by=self.people[who % 4], at=self.now
            )
        )

    @rule(which=WHICH, who=WHICH)
    @precondition(lambda self: Alert.objects.open().exists())
    def somebody_resolves(self, which, who):
        alert = self.an_alert(which)
        self.act(
            lambda: resolve_alert(
                alert.pk, text="done", seen_rang_at=alert.rang_at, by=self.people[who % 4], at=self.now
            )
        )

    @rule(which=WHICH, who=WHICH, kind=st.sampled_from(["note", "call", "action"]))
    @precondition(lambda self: Alert.objects.exists())
    def somebody_writes(self, which, who, kind):
        alert = self.an_alert(which, Alert.objects.all())
        kind = AlertNoteKind(kind)
        self.act(lambda: note_alert(alert.pk, kind=kind, text="said", by=self.people[who % 4], at=self.now))

    @rule(which=WHICH, kind=st.sampled_from(EVENTS), ago=LATE)
    def something_happens(self, which, kind, ago):
        stay = self.stays[which % 2]
        when = self.now - ago * MINUTE
        self.act(lambda: record_adverse_event(stay.id, kind=kind, occurred_at=when, by=stay.by_nurse, at=self.now))

    @rule(which=WHICH)
    @precondition(lambda self: AdverseEvent.objects.exists())
    def it_never_happened(self, which):
        events = list(AdverseEvent.objects.order_by("-id")[:4])
        event = events[which % len(events)]
        self.act(lambda: withdraw_adverse_event(event.pk, reason="mistake", by=self.people[which % 4], at=self.now))

    @rule(which=WHICH, every=st.sampled_from([5, 30, 240]), until=st.sampled_from([None, 20, 90]))
    def a_physician_sets_the_interval(self, which, every, until):
        by = self.people[3]
        ends = None if until is None else self.now + until * MINUTE
        self.act(
            lambda: set_interval(
                self.stays[which % 2].id, every_min=every, until=ends, reason="r", signed=signed(by, at=self.now), by=by,
                at=self.now,
            )
        )  # fmt: skip

    @rule(which=WHICH, red=st.sampled_from([165, 185, 199]), until=st.sampled_from([None, 20, 90]))
    def a_physician_sets_a_limit(self, which, red, until):
        by = self.people[3]
        ends = None if until is None else self.now + until * MINUTE
        self.act(
            lambda: set_limit(
                self.stays[which % 2].id, rule=Rule.SYSTOLIC, direction=Direction.HIGH, yellow=D(red - 5), red=D(red),
                reason="r", until=ends, signed=signed(by, at=self.now), by=by, at=self.now,
            )
        )  # fmt: skip

    @rule(which=WHICH, rate=st.sampled_from(["3.5", "4.5", "0"]), ago=LATE)
    def somebody_looks_at_the_pump(self, which, rate, ago):
        stay = self.stays[which % 2]
        seen = LineCheckEntry(self.now - ago * MINUTE, PumpReading(D(rate), D(2)), True, True, True, True, True)
        self.act(lambda: record_line_check(stay.id, entry=seen, by=stay.by_nurse, at=self.now))

    @rule(which=WHICH, for_minutes=st.sampled_from([None, 10, 60]))
    def the_pump_is_paused(self, which, for_minutes):
        stay = self.stays[which % 2]
        until = None if for_minutes is None else self.now + for_minutes * MINUTE
        self.act(lambda: pause_infusion(stay.id, effective_at=self.now, until_at=until, by=stay.by_nurse, at=self.now))

    @rule(which=WHICH)
    def the_patient_goes_to_a_scan(self, which):
        stay = self.stays[which % 2]
        self.act(
            lambda: leave_ward(
                stay.id, destination="MRI", escort="Nurse", left_at=self.now, by=stay.by_nurse, at=self.now
            )
        )

    @rule(which=WHICH)
    @precondition(lambda self: OffWard.objects.filter(back_at=None).exists())
    def the_patient_is_back(self, which):
        away = OffWard.objects.filter(back_at=None).first()
        self.act(lambda: come_back(away.pk, by=self.people[which % 4], at=self.now))

    @rule(who=WHICH, works=st.booleans())
    def somebody_goes_home_or_comes(self, who, works):
        user_id = self.people[1:3][who % 2].user_id
        WardMembership.objects.filter(user_id=user_id).update(ended_at=None if works else self.now)

    @rule(which=WHICH)
    def the_patient_moves_to_another_ward(self, which):
        stay, by = self.stays[which % 2], self.people[which % 2]
        to, nurse = self.another_ward()
        bed = Bed.objects.create(ward=to, name=str(self.number))
        self.number += 1
        asked = self.act(lambda: request_transfer(stay.id, to_ward_id=to.pk, by=by, at=self.now))
        if asked is not None:
            self.act(lambda: accept_transfer(asked.pk, bed_id=bed.pk, by=nurse, at=self.now))

    def another_ward(self):
        if not hasattr(self, "other"):
            self.other = ward("Next door")
            self.other_nurse = actor(person(Role.NURSE, ward=self.other))
        return self.other, self.other_nurse

    @invariant()
    def the_ward_that_has_the_patient_was_told_of_what_rings(self):
        for alert in Alert.objects.open().filter(acknowledged_at=None, snoozed_until=None, recovered_at=None):
            moved = (
                Transfer.objects.filter(admission_id=alert.admission_id, state="accepted").order_by("closed_at").last()
            )
            assert alert.rang_at is None or moved is None or alert.rang_at >= moved.closed_at

    def an_alert(self, which, among=None):
        alerts = list((Alert.objects.open() if among is None else among).order_by("id"))
        return alerts[which % len(alerts)]

    @invariant()
    def settling_once_more_writes_and_tells_nothing(self):
        before = [list(model.objects.order_by("pk").values_list()) for model in TABLES]
        for stay in getattr(self, "stays", []):
            assert settle_stays([stay.id], by=SWEEP, at=self.settled_at[stay.id]) == {}
        assert [list(model.objects.order_by("pk").values_list()) for model in TABLES] == before

    @invariant()
    def the_clock_is_set_to_later(self):
        for stay in getattr(self, "stays", []):
            acts_at = StayClock.objects.get(admission_id=stay.id).acts_at
            assert acts_at is None or acts_at > self.settled_at[stay.id]

    @invariant()
    def nobody_is_told_before_their_time(self):
        for each in Notification.objects.select_related("alert").order_by("id"):
            if each.rang_at == each.alert.rang_at and each.alert.ladder:
                after = each.alert.ladder["steps"][each.step]["after_min"] * MINUTE
                before = Notification.objects.filter(alert=each.alert, rang_at=each.rang_at, step=each.step - 1).first()
                in_place = before is not None and before.skipped and before.told_at == each.told_at
                assert in_place or each.told_at >= each.rang_at + after

    @invariant()
    def what_rings_is_told_on_or_somebody_answers_for_it(self):
        for alert in Alert.objects.open():
            at = self.settled_at[alert.admission_id]
            said = Notification.objects.filter(alert=alert, rang_at=alert.rang_at).count()
            if alert.rang_at is None or alert.recovered_at is not None:
                continue
            assert said == alert.told
            if alert.acknowledged_at is not None:
                if alert.acknowledgement_expires_at is None:
                    assert alert.ladder_class == "task" or self.followed(alert)
                else:
                    assert alert.acknowledgement_expires_at > at
            elif alert.snoozed_until is not None:
                assert at < alert.snoozed_until <= at + 60 * MINUTE
            else:
                over = alert.told == len(alert.ladder["steps"])
                assert over if alert.next_escalation_at is None else alert.next_escalation_at > at

    def followed(self, alert):
        since = alert.acknowledged_at
        if alert.rule == "set_overdue":
            return alert.notes.filter(at__gt=since, kind__in=["note", "call", "action"]).exists()
        of_stay = {"admission_id": alert.admission_id, "recorded_at__gt": since}
        return (
            ObservationSet.objects.filter(**of_stay).exists()
            or DeliveryEvent.objects.filter(**of_stay).exists()
            or alert.notes.filter(at__gt=since).exists()
        )

    @invariant()
    def each_finding_is_evidence_of_one_alert(self):
        for alert in Alert.objects.exclude(rule="set_overdue"):
            assert len(set(alert.evidence)) == len(alert.evidence) <= alert.count

    @invariant()
    def red_alerts_are_those_of_the_red_values(self):
        """Whose newest value is red has a red alert that stands, or one that a person closed after seeing it."""
        for stay in getattr(self, "stays", []):
            if Admission.objects.get(pk=stay.id).discharged_at is not None:
                continue
            sets = ObservationSet.objects.current().filter(admission_id=stay.id)
            for name, direction, is_red in (
                ("heart_rate", "high", lambda value: value >= 131),
                ("spo2", "low", lambda value: value <= 91),
                ("systolic", "high", lambda value: value >= 200),
            ):
                newest = sets.exclude(**{name: None}).order_by("-observed_at", "-id").first()
                if newest is not None and is_red(getattr(newest, name)):
                    alerts = Alert.objects.filter(admission_id=stay.id, rule=name, direction=direction, severity="red")
                    assert [a for a in alerts if newest.pk in a.evidence and (a.closed_at is None or a.closed_by_id)]

    @invariant()
    def every_event_that_stands_was_told_as_red(self):
        for event in AdverseEvent.objects.filter(withdraws=None, withdrawn_by=None):
            alerts = Alert.objects.filter(
                admission_id=event.admission_id, rule=event.kind, evidence__contains=[event.pk]
            )
            assert [alert.severity for alert in alerts][:1] == ["red"]


def test_whatever_people_do_at_night_no_ring_is_lost():
    run_state_machine_as_test(TwoNights, settings=bounded(max_examples=4, stateful_step_count=20))


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_whatever_people_do_on_many_nights_no_ring_is_lost():
    run_state_machine_as_test(TwoNights, settings=bounded(max_examples=25, stateful_step_count=40))

"""A move to another ward: asked for here, decided there, and everything follows at once."""

import uuid

import pytest

from accounts.roles import Role
from core.errors import Conflict, Forbidden, NotFound, Refused
from monitoring.actions import record_set
from monitoring.models import Prompt
from patients.actions import (
    accept_transfer,
    cancel_transfer,
    decline_transfer,
    discharge_patient,
    request_transfer,
)
from patients.domain.treatment import TransferState
from patients.models import Admission, Bed, Disposition, Transfer
from patients.selectors.transfers import transfers_coming
from realtime import publish
from tests.factories import MINUTE, MORNING, actor, entry, person, running, stay, ward
from tests.integration.test_races import at_once, unexpected

pytestmark = pytest.mark.django_db

AT = MORNING + 5 * MINUTE


@pytest.fixture
def patient():
    return running()


@pytest.fixture
def there():
    return ward()


@pytest.fixture
def receiver(there):
    return actor(person(Role.NURSE, ward=there))


@pytest.fixture
def bed(there):
    return Bed.objects.create(ward=there, name="31")


def ask(patient, there, **changed):
    return request_transfer(patient.id, to_ward_id=there.pk, **{"by": patient.by_nurse, "at": AT, **changed})


def where(patient):
    stay = Admission.objects.get(pk=patient.id)
    return stay.ward_id, stay.bed_id


def test_nothing_moves_before_the_receiver_accepts(patient, there, receiver):
    before = where(patient)
    made = ask(patient, there, reason="telemetry")
    assert where(patient) == before
    with pytest.raises(NotFound):
        record_set(patient.id, entry=entry(AT), by=receiver, at=AT)
    (coming,) = transfers_coming(there)
    assert (coming.pk, coming.admission.patient.family_name) == (made.pk, patient.admission.patient.family_name)
    assert list(transfers_coming(patient.ward)) == []


def test_accepting_moves_ward_bed_access_and_prompts_at_once(patient, there, receiver, bed):
    prompt = Prompt.objects.get(kind="full_set", state="open")
    made = accept_transfer(ask(patient, there).pk, bed_id=bed.pk, by=receiver, at=AT)
    assert (made.state, made.bed, made.closed_at, made.closed_by_id) == ("accepted", bed, AT, receiver.user_id)
    assert where(patient) == (there.pk, bed.pk)
    record_set(patient.id, entry=entry(AT), by=receiver, at=AT)
    with pytest.raises(NotFound):
        record_set(patient.id, entry=entry(AT), by=patient.by_nurse, at=AT)
    assert Prompt.objects.filter(admission_id=patient.id, pk=prompt.pk).exists()
    assert list(transfers_coming(there)) == []


@pytest.mark.django_db(transaction=True)
def test_both_wards_are_told_once_it_is_so(patient, there, receiver, bed, monkeypatch):
    made, told = ask(patient, there), []
    monkeypatch.setattr(publish, "_notify", told.extend)
    accept_transfer(made.pk, bed_id=bed.pk, by=receiver, at=AT)
    version = Admission.objects.get(pk=patient.id).version
    assert sorted((each.ward, each.admission, each.version) for each in told) == sorted(
        [(there.pk, patient.id, version), (patient.ward.pk, patient.id, version)]
    )


def test_a_request_names_every_reason_against_it(patient, there):
    with pytest.raises(Refused, match="on this ward already"):
        ask(patient, patient.ward)
    with pytest.raises(Refused, match="no such ward"):
        request_transfer(patient.id, to_ward_id=10**9, by=patient.by_nurse, at=AT)
    ask(patient, there)
    with pytest.raises(Refused) as caught:
        ask(patient, patient.ward, reason="x" * 201)
    assert [reason.code for reason in caught.value.reasons] == ["same_ward", "too_long", "transfer_waiting"]


def test_asking_again_with_the_same_name_is_one_request(patient, there):
    name = uuid.uuid4()
    first, again = ask(patient, there, client_id=name), ask(patient, there, client_id=name)
    assert (first.pk, again.sent_again) == (again.pk, True)
    with pytest.raises(Refused, match="used before"):
        ask(patient, there, client_id=name, reason="other")


def test_only_the_receiver_decides_and_only_the_sender_takes_back(patient, there, receiver, bed):
    made = ask(patient, there)
    for act in (
        lambda by: accept_transfer(made.pk, bed_id=bed.pk, by=by, at=AT),
        lambda by: decline_transfer(made.pk, reason="full", by=by, at=AT),
    ):
        for stranger in (patient.by_nurse, actor(person(Role.PHYSICIAN, ward=ward()))):
            with pytest.raises(NotFound):
                act(stranger)
        with pytest.raises(Forbidden):
            act(actor(person(Role.ADMINISTRATOR)))
    with pytest.raises(NotFound):
        cancel_transfer(made.pk, by=receiver, at=AT)
    with pytest.raises(NotFound):
        accept_transfer(10**9, bed_id=bed.pk, by=receiver, at=AT)
    with pytest.raises(NotFound):
        cancel_transfer(10**9, by=patient.by_nurse, at=AT)
    assert Transfer.objects.get().state == TransferState.WAITING


def test_a_bed_of_another_ward_or_with_somebody_in_it_is_refused(patient, there, receiver):
    made, other = ask(patient, there), stay(on=there)
    with pytest.raises(NotFound, match="no such bed on the receiving ward"):
        accept_transfer(made.pk, bed_id=patient.admission.bed_id, by=receiver, at=AT)
    with pytest.raises(Refused, match="holds somebody already") as caught:
        accept_transfer(made.pk, bed_id=other.admission.bed_id, by=receiver, at=AT)
    assert caught.value.reasons[0].field == "bed"
    assert Transfer.objects.get().state == TransferState.WAITING
    assert where(patient)[0] == patient.ward.pk


def test_a_no_has_a_reason_and_leaves_the_patient_where_they_are(patient, there, receiver):
    made, before = ask(patient, there), where(patient)
    with pytest.raises(Refused, match="Say why"):
        decline_transfer(made.pk, reason=" ", by=receiver, at=AT)
    assert decline_transfer(made.pk, reason="full", by=receiver, at=AT).close_reason == "full"
    assert where(patient) == before
    assert ask(patient, there).state == TransferState.WAITING


def test_a_closed_transfer_changes_no_more_but_the_same_again_is_answered(patient, there, receiver, bed):
    acts = {
        TransferState.ACCEPTED: lambda pk: accept_transfer(pk, bed_id=bed.pk, by=receiver, at=AT),
        TransferState.DECLINED: lambda pk: decline_transfer(pk, reason="full", by=receiver, at=AT),
    }
    made = ask(patient, there)
    cancel_transfer(made.pk, reason="better", by=patient.by_nurse, at=AT)
    assert cancel_transfer(made.pk, reason="better", by=patient.by_nurse, at=AT).state == TransferState.CANCELLED
    for act in acts.values():
        with pytest.raises(Conflict, match="was cancelled already"):
            act(made.pk)
    made = ask(patient, there)
    acts[TransferState.DECLINED](made.pk)
    assert acts[TransferState.DECLINED](made.pk).state == TransferState.DECLINED
    with pytest.raises(Conflict, match="was declined already"):
        acts[TransferState.ACCEPTED](made.pk)
    made = ask(patient, there)
    acts[TransferState.ACCEPTED](made.pk)
    assert acts[TransferState.ACCEPTED](made.pk).closed_at == AT
    with pytest.raises(Conflict, match="was accepted already"):
        acts[TransferState.DECLINED](made.pk)


def test_who_left_is_taken_by_nobody(there, receiver, bed):
    patient = stay()
    made = ask(patient, there)
    discharge_patient(patient.id, disposition=Disposition.HOME, by=patient.by_physician, at=AT)
    with pytest.raises(Conflict, match="was cancelled already"):
        accept_transfer(made.pk, bed_id=bed.pk, by=receiver, at=AT)
    with pytest.raises(Refused, match="the chart is closed"):
        ask(patient, there)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(3))
def test_of_two_receivers_at_once_one_takes_the_patient(patient, there, turn):
    made = ask(patient, there)
    beds = [Bed.objects.create(ward=there, name=name) for name in ("31", "32")]
    receivers = [actor(person(Role.NURSE, ward=there)) for _ in beds]
    answers = at_once(
        *(
            lambda bed=bed, by=by: accept_transfer(made.pk, bed_id=bed.pk, by=by, at=AT)
            for bed, by in zip(beds, receivers, strict=True)
        )
    )
    (conflict,) = [each for each in answers if isinstance(each, Exception)]
    assert isinstance(conflict, Conflict)
    assert conflict.sentence == "This transfer was accepted already; nothing was changed."
    (taken,) = [each for each in answers if isinstance(each, Transfer)]
    assert where(patient) == (there.pk, taken.bed_id)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(3))
def test_of_a_yes_and_a_taking_back_at_once_one_wins(patient, there, receiver, bed, turn):
    made = ask(patient, there)
    answers = at_once(
        lambda: accept_transfer(made.pk, bed_id=bed.pk, by=receiver, at=AT),
        lambda: cancel_transfer(made.pk, by=patient.by_nurse, at=AT),
    )
    (lost,) = [each for each in answers if isinstance(each, Exception)]
    assert isinstance(lost, Conflict | NotFound), lost
    (won,) = [each for each in answers if isinstance(each, Transfer)]
    assert (where(patient)[0] == there.pk) == (won.state == TransferState.ACCEPTED)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(3))
def test_a_set_of_the_sending_ward_at_the_same_instant_is_kept_or_no_longer_theirs(patient, there, receiver, bed, turn):
    made = ask(patient, there)
    answers = at_once(
        lambda: accept_transfer(made.pk, bed_id=bed.pk, by=receiver, at=AT),
        lambda: record_set(patient.id, entry=entry(AT), by=patient.by_nurse, at=AT),
    )
    assert not unexpected(answers)
    assert isinstance(answers[0], Transfer)
    assert not isinstance(answers[1], Exception) or isinstance(answers[1], NotFound)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(3))
def test_two_patients_into_one_bed_at_once(there, receiver, bed, turn):
    made = [ask(stay(), there) for _ in range(2)]
    answers = at_once(*(lambda pk=each.pk: accept_transfer(pk, bed_id=bed.pk, by=receiver, at=AT) for each in made))
    assert sorted(type(each).__name__ for each in answers) == ["Refused", "Transfer"]
    assert Admission.objects.filter(bed=bed).count() == 1

"""The answers about wards, stays and what was found out before an order, described; `api.patient_shapes` builds them."""

from rest_framework import serializers

from api.answers import Described, Listed
from api.order_answers import quantity, word
from patients.domain.screening import Answer, BriefingItem, Ecg, PregnancyTest, Recommendation, ScreeningItem
from patients.domain.treatment import Diagnosis, TransferState, TreatmentKind, TreatmentOutcome
from patients.models import AdministrativeGender, Disposition, WeightBasis, WeightSource


class Patient(Described):
    """Who it is."""

    id = serializers.IntegerField()
    medical_record_number = serializers.CharField()
    family_name = serializers.CharField()
    given_name = serializers.CharField()
    birth_date = serializers.DateField()
    administrative_gender = serializers.ChoiceField(choices=AdministrativeGender.values)


class Place(Described):
    """A ward or a bed by its name."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class Weight(Described):
    """A weighing."""

    id = serializers.IntegerField()
    kg = quantity("kg")
    basis = serializers.ChoiceField(choices=WeightBasis.values)
    source = serializers.ChoiceField(choices=WeightSource.values)  # type: ignore[assignment]  # also a field's own
    measured_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    recorded_by = serializers.CharField(allow_null=True)


class BeforeOrder(Described):
    """How the stay stands before an order, in sentences for people."""

    screening_decided = serializers.BooleanField()
    screening_sentence = serializers.CharField()
    consent_given = serializers.BooleanField()
    consent_sentence = serializers.CharField()
    weight_kg = quantity("kg", null=True)
    weight_at = serializers.DateTimeField(allow_null=True)
    measured_weight_at = serializers.DateTimeField(allow_null=True)
    watch_etco2 = serializers.BooleanField(help_text="Sleep apnoea, an opioid or a benzodiazepine")


class StayInBrief(Described):
    """A stay, as a list shows it."""

    id = serializers.IntegerField()
    patient = Patient()
    ward = Place()
    bed = Place()
    admitted_at = serializers.DateTimeField()
    discharged_at = serializers.DateTimeField(allow_null=True)
    disposition = serializers.ChoiceField(choices=Disposition.values, allow_null=True)
    discharge_reason = serializers.CharField(allow_blank=True)
    diagnosis = word(Diagnosis, blank=True)
    diagnosis_note = serializers.CharField(allow_blank=True)
    admission_pain = serializers.IntegerField(allow_null=True)
    spo2_scale = serializers.IntegerField()
    version = serializers.IntegerField(help_text="Counts the changes of the stay")


class Stay(StayInBrief):
    """A stay."""

    before_order = BeforeOrder()


class ListedStays(Listed):
    """Stays, last admitted first."""

    results = StayInBrief(many=True)


class ListedWeights(Listed):
    """Weighings, newest first by when they were taken."""

    results = Weight(many=True)


class FailedTreatment(Described):
    """A treatment that failed before."""

    id = serializers.IntegerField()
    kind = word(TreatmentKind)
    name = serializers.CharField(allow_blank=True)
    outcome = word(TreatmentOutcome)
    note = serializers.CharField(allow_blank=True)
    withdrawn = serializers.BooleanField(help_text="What it supersedes was entered by mistake")
    supersedes = serializers.IntegerField(allow_null=True)
    superseded_by = serializers.IntegerField(allow_null=True)
    recorded_at = serializers.DateTimeField()
    recorded_by = serializers.CharField()


class ListedTreatments(Listed):
    """Treatments, last recorded first."""

    results = FailedTreatment(many=True)


class ScreeningDecision(Described):
    """A physician's word on a screening."""

    id = serializers.IntegerField()
    screening = serializers.IntegerField()
    accepted = serializers.BooleanField()
    reasons = serializers.DictField(child=serializers.CharField(), help_text="By item")
    decided_at = serializers.DateTimeField()
    decided_by = serializers.CharField()


class Screening(Described):
    """One version of the answers."""

    id = serializers.IntegerField()
    answers = serializers.DictField(child=word(Answer), help_text="By item; what is left out is not answered")
    pregnancy_test = word(PregnancyTest)
    ecg = word(Ecg)
    note = serializers.CharField(allow_blank=True)
    unanswered = serializers.ListField(child=word(ScreeningItem))
    needs_reason = serializers.ListField(child=word(ScreeningItem), help_text="What a physician has to answer for")
    recommends = serializers.ListField(child=word(Recommendation))
    recorded_at = serializers.DateTimeField()
    recorded_by = serializers.CharField()
    decisions = ScreeningDecision(many=True)


class ListedScreenings(Listed):
    """Screenings, last recorded first: the first one counts."""

    results = Screening(many=True)


class Consent(Described):
    """The patient's word."""

    id = serializers.IntegerField()
    given = serializers.BooleanField(help_text="false: withdrawn")
    briefed = serializers.ListField(child=word(BriefingItem))
    note = serializers.CharField(allow_blank=True)
    given_at = serializers.DateTimeField(help_text="When it was given, or withdrawn")
    recorded_at = serializers.DateTimeField()
    recorded_by = serializers.CharField()


class ListedConsents(Listed):
    """Consents and withdrawals, last recorded first: the first one counts."""

    results = Consent(many=True)


class Transfer(Described):
    """A move to another ward."""

    id = serializers.IntegerField()
    admission = serializers.IntegerField()
    from_ward = Place()
    to_ward = Place()
    reason = serializers.CharField(allow_blank=True)
    state = word(TransferState)
    requested_at = serializers.DateTimeField()
    requested_by = serializers.CharField()
    bed = Place(allow_null=True, help_text="The bed on the receiving ward")
    closed_at = serializers.DateTimeField(allow_null=True)
    closed_by = serializers.CharField(allow_null=True)
    close_reason = serializers.CharField(allow_blank=True)


class ListedTransfers(Listed):
    """Transfers, last asked for first."""

    results = Transfer(many=True)


class ComingTransfer(Transfer):
    """A patient whom another ward wants to send."""

    patient = Patient()
    present_bed = Place()


class ComingTransfers(Described):
    """Everybody whom another ward wants to send, longest waiting first."""

    results = ComingTransfer(many=True)


class Ward(Place):
    """A ward."""

    time_zone = serializers.CharField()
    increases_from = serializers.TimeField(allow_null=True, help_text="Doses are raised from here, on the ward's clock")
    increases_until = serializers.TimeField(allow_null=True)
    keeps_bag_ledger = serializers.BooleanField()
    mine = serializers.BooleanField(help_text="You work there")


class Wards(Described):
    """Every ward, by name."""

    results = Ward(many=True)


class Bed(Place):
    """A bed."""

    position = serializers.IntegerField()
    is_free = serializers.BooleanField()


class Beds(Described):
    """The beds of a ward, as the board orders them."""

    results = Bed(many=True)


class Member(Described):
    """Somebody's work on a ward."""

    id = serializers.IntegerField()
    person = serializers.IntegerField()
    name = serializers.CharField()
    role = serializers.CharField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    is_emergency = serializers.BooleanField(help_text="Let themselves in for an emergency")


class Members(Described):
    """Who works on a ward now."""

    results = Member(many=True)


class Emergency(Member):
    """Emergency access to a ward."""

    ward = Place()
    reason = serializers.CharField()
    until = serializers.DateTimeField()
    reviewed_at = serializers.DateTimeField(allow_null=True)
    review_note = serializers.CharField(allow_blank=True)


class Emergencies(Described):
    """What waits for a review."""

    results = Emergency(many=True)

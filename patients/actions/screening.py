"""The questions before an order, a physician's word on them, and the patient's own."""

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction

from accounts.actor import Actor
from accounts.models import SignatureMeaning
from accounts.roles import Permission
from accounts.signing import Signed, must_have_signed, of_session, put_names
from core.errors import Conflict, NotFound, Reason, refuse_for
from core.posted import fingerprint_of, same_again
from patients.domain.consent import reasons_not_to_consent
from patients.domain.screening import (
    Answer,
    Answers,
    BriefingItem,
    Decision,
    Ecg,
    PregnancyTest,
    ScreeningItem,
    reasons_not_to_decide,
    reasons_not_to_screen,
)
from patients.domain.times import reasons_of_time
from patients.models import Consent, Screening, ScreeningDecision
from patients.selectors import lock_admission, must_be_present
from patients.selectors.treatment import answers_of
from patients.settling import settle_and_publish


@transaction.atomic
def record_screening(
    admission_id: int,
    *,
    answers: Mapping[ScreeningItem, Answer],
    pregnancy_test: PregnancyTest,
    ecg: Ecg,
    note: str = "",
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> Screening:
    """Record the answers as they stand now: a new version, which takes a new decision. Items may still be open."""
    admission = lock_admission(admission_id, by=by, may=Permission.CHART)
    said = {item.value: answer.value for item, answer in answers.items()}
    content = {"answers": said, "pregnancy_test": pregnancy_test.value, "ecg": ecg.value, "note": note.strip()}
    fingerprint = fingerprint_of("record_screening", admission_id, content)
    if again := same_again(Screening, client_id, fingerprint):
        return again
    must_be_present(admission)
    reasons = reasons_not_to_screen(Answers(answers, pregnancy_test, ecg), note=note)
    refuse_for(reasons, code="screening_refused", sentence="The screening is not saved.")
    screening = Screening.objects.create(
        admission=admission,
        **content,
        recorded_at=at,
        recorded_by_id=of_session(by, at=at).user_id,
        client_id=client_id or uuid.uuid4(),
        fingerprint=fingerprint,
    )
    settle_and_publish(admission, by=by, at=at)
    return screening


@transaction.atomic
def decide_screening(
    screening_id: int,
    *,
    accepted: bool,
    reasons: Mapping[ScreeningItem, str],
    signed: Signed,
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> ScreeningDecision:
    """A physician decides whether the patient may be treated, with a reason for each yes (DOMAIN 3), and signs it.

    `Conflict` where the screening was recorded anew since: nobody decides on answers that no longer stand.
    """
    by.must_be_allowed(Permission.DECIDE_SCREENING)
    must_have_signed(signed, by=by, at=at)
    admission_id = Screening.objects.filter(pk=screening_id).values_list("admission_id", flat=True).first()
    if admission_id is None:
        raise NotFound("screening_not_found", "There is no such screening on your wards.")
    admission = lock_admission(admission_id, by=by, may=Permission.DECIDE_SCREENING)
    given = {item.value: reason.strip() for item, reason in reasons.items() if reason.strip()}
    content = {"accepted": accepted, "reasons": given}
    fingerprint = fingerprint_of("decide_screening", screening_id, content)
    if again := same_again(ScreeningDecision, client_id, fingerprint):
        return again
    must_be_present(admission)
    newest = Screening.objects.filter(admission=admission).order_by("-id").first()
    assert newest is not None
    if newest.pk != screening_id:
        raise Conflict("screening_changed", "The screening was recorded anew since your page showed it. Look again.")
    refuse_for(
        reasons_not_to_decide(
            answers_of(newest.answers, newest.pregnancy_test, newest.ecg), Decision(accepted, dict(reasons))
        ),
        code="decision_refused",
        sentence="The decision is not signed yet.",
    )
    decision = ScreeningDecision.objects.create(
        admission=admission,
        screening=newest,
        **content,
        decided_at=at,
        decided_by_id=signed.user_id,
        client_id=client_id or uuid.uuid4(),
        fingerprint=fingerprint,
    )
    put_names(decision, admission.pk, (signed, SignatureMeaning.DECIDED))
    settle_and_publish(admission, by=by, at=at)
    return decision


def record_consent(
    admission_id: int,
    *,
    briefed: Collection[BriefingItem],
    given_at: datetime,
    note: str = "",
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> Consent:
    """Record that the patient was told all four things and consented; without all of it, it is none (DOMAIN 3)."""
    return _word_of_the_patient(
        admission_id, given=True, briefed=briefed, given_at=given_at, note=note, client_id=client_id, by=by, at=at
    )


def withdraw_consent(
    admission_id: int,
    *,
    withdrawn_at: datetime,
    note: str = "",
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> Consent:
    """Record that the patient takes the consent back: always taken where one stands, no reason asked.

    Nothing stops by it: whoever records it goes to the pump. No start, no increase and no resumption passes any more.
    """
    return _word_of_the_patient(
        admission_id, given=False, briefed=(), given_at=withdrawn_at, note=note, client_id=client_id, by=by, at=at
    )


@transaction.atomic
def _word_of_the_patient(
    admission_id: int,
    *,
    given: bool,
    briefed: Collection[BriefingItem],
    given_at: datetime,
    note: str,
    client_id: uuid.UUID | None,
    by: Actor,
    at: datetime,
) -> Consent:
    admission = lock_admission(admission_id, by=by, may=Permission.CHART)
    told = [item.value for item in BriefingItem if item in briefed]
    content = {"given": given, "briefed": told, "given_at": given_at, "note": note.strip()}
    fingerprint = fingerprint_of("record_consent", admission_id, content)
    if again := same_again(Consent, client_id, fingerprint):
        return again
    must_be_present(admission)
    field = "given_at" if given else "withdrawn_at"
    words = "The consent" if given else "The withdrawal"
    reasons = reasons_of_time(given_at, field=field, words=words, admitted_at=admission.admitted_at, at=at)
    reasons += reasons_not_to_consent(briefed if given else tuple(BriefingItem), note=note)
    if not given and not _consent_stands(admission_id):
        reasons.append(Reason("no_consent", "No consent stands that could be withdrawn."))
    refuse_for(reasons, code="consent_refused", sentence=f"{words} is not saved.")
    consent = Consent.objects.create(
        admission=admission,
        **content,
        recorded_at=at,
        recorded_by_id=of_session(by, at=at).user_id,
        client_id=client_id or uuid.uuid4(),
        fingerprint=fingerprint,
    )
    settle_and_publish(admission, by=by, at=at)
    return consent


def _consent_stands(admission_id: int) -> bool:
    newest = Consent.objects.filter(admission_id=admission_id).order_by("-id").values_list("given", flat=True).first()
    return bool(newest)

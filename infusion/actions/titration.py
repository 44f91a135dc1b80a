"""From a request through an approval to the dose. Plateau does not control the pump."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.actor import Actor
from accounts.models import SignatureMeaning
from accounts.roles import Permission
from accounts.signing import Signed, must_have_signed, of_session, put_names
from core.errors import Kind, NotFound, Reason, Refused, refuse_for
from core.posted import fingerprint_of, same_again
from infusion.domain.approval import approval_may_become, request_may_become
from infusion.domain.course import ordered_dose
from infusion.domain.gate import not_before, reasons_not_to_increase
from infusion.domain.question import Question
from infusion.domain.restart import reasons_not_to_allow_restart
from infusion.domain.view import frozen_view
from infusion.domain.words import ApprovalKind, ApprovalState, RequestState, Stage
from infusion.models import Approval, IncreaseRequest, Order, Override
from infusion.policies import bedside, must_have_seen, question_of, reasons_of_text
from infusion.policies.deciding import (
    LONGEST_REASON,
    ended_so,
    must_have_seen_approval,
    must_still_wait,
    override_of,
    reasons_against_overrides,
    reasons_against_validity,
    stands,
)
from infusion.selectors import TitrationFacts, titration_facts
from infusion.selectors.pump import pump_of
from patients.models import Admission
from patients.selectors import lock_admission, must_be_present
from patients.settling import settle_and_publish

_LONGEST_CLOSE_REASON = 200


@transaction.atomic
def request_increase(
    admission_id: int,
    *,
    dose: Decimal,
    note: str = "",
    seen_version: int,
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> IncreaseRequest:
    """Ask a physician for a higher dose, in mg/kg/h; what the requester saw is frozen with it.

    Refused where a hard reason stands against it, with every reason (DOMAIN 3, "The gate"). Soft ones are for the physician
    to open: they stand in the view. The step interval and the hold only say "not before".
    """
    admission = lock_admission(admission_id, by=by, may=Permission.REQUEST_INCREASE)
    signed = of_session(by, at=at)
    fingerprint = fingerprint_of("request_increase", admission_id, {"dose": dose, "note": note, "seen": seen_version})
    facts = titration_facts(admission_id, at=at, adding=IncreaseRequest, client_id=client_id)
    if facts.was_sent and (known := same_again(IncreaseRequest, client_id, fingerprint)) is not None:
        return known
    must_be_present(admission)
    order = must_have_seen(facts.order, seen_version)
    question = question_of(facts, bedside(admission, at=at), stage=Stage.REQUEST, dose=dose, at=at, by=by.user_id)
    found = list(reasons_not_to_increase(question))
    found += _note(note, "note")
    if any(each.kind is Kind.HARD for each in found):
        refuse_for(found, code="request_refused", sentence="An increase cannot be requested now.")
    _lapse(facts, at=at)
    made = IncreaseRequest.objects.create(
        admission=admission,
        order=order,
        dose_mg_per_kg_h=dose,
        note=note.strip(),
        requested_by_id=signed.user_id,
        requested_at=at,
        view=frozen_view(question, reasons=found, not_before=not_before(question)),
        client_id=client_id or uuid.uuid4(),
        fingerprint=fingerprint,
    )
    put_names(made, admission_id, (signed, SignatureMeaning.REQUESTED))
    settle_and_publish(admission, by=by, at=at)
    return made


@transaction.atomic
def withdraw_request(request_id: int, *, reason: str = "", by: Actor, at: datetime) -> IncreaseRequest:
    """Take a waiting request back: its requester, or whoever cares for the patient now. `Conflict` when it was decided."""
    admission = _lock(IncreaseRequest, request_id, by=by, may=Permission.REQUEST_INCREASE)
    of_session(by, at=at)
    if reason.strip():
        refuse_for(_reason(reason, ""), code="request_stays", sentence="The request is not withdrawn.")
    facts = titration_facts(admission.pk, at=at)
    if ended := ended_so(request_id, facts, RequestState.WITHDRAWN, reason=reason, by=by):
        return ended
    waiting = must_still_wait(request_id, facts, admission_id=admission.pk)
    _close(waiting, RequestState.WITHDRAWN, reason=reason, by=by, at=at)
    settle_and_publish(admission, by=by, at=at)
    return waiting


@transaction.atomic
def reject_request(
    request_id: int, *, reason: str, seen_version: int, signed: Signed, by: Actor, at: datetime
) -> IncreaseRequest:
    """A physician says no, and why. `Conflict` when somebody else decided first, with who and what."""
    admission = _lock(IncreaseRequest, request_id, by=by, may=Permission.APPROVE_INCREASE)
    must_have_signed(signed, by=by, at=at)
    facts = titration_facts(admission.pk, at=at)
    if ended := ended_so(request_id, facts, RequestState.REJECTED, reason=reason, by=by):
        return ended
    must_be_present(admission)
    waiting = must_still_wait(request_id, facts, admission_id=admission.pk)
    must_have_seen(facts.order, seen_version)
    refuse_for(
        _reason(reason, "Say why the increase is rejected."),
        code="request_stays",
        sentence="The request is not rejected.",
    )
    _close(waiting, RequestState.REJECTED, reason=reason, by=by, at=at)
    put_names(waiting, admission.pk, (signed, SignatureMeaning.REJECTED))
    settle_and_publish(admission, by=by, at=at)
    return waiting


@transaction.atomic
def approve_increase(
    admission_id: int,
    *,
    request_id: int | None = None,
    ceiling: Decimal,
    valid_for: timedelta | None = None,
    overrides: Mapping[str, str] | None = None,
    reason: str = "",
    seen_version: int,
    seen_approval: int | None = None,
    signed: Signed,
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> Approval:
    """A physician allows the running dose to rise up to `ceiling` mg/kg/h for a time [default: one step, 2 h].

    Of a request, or (`request_id` None) as their own increase, which two other people carry out. `overrides` holds the
    physician's reason by the code of each soft reason that it opens. Refused with every reason that is left. `Conflict`
    where the request was decided meanwhile, or a ceiling stands that is not `seen_approval`; a seen one is replaced.
    """
    admission = lock_admission(admission_id, by=by, may=Permission.APPROVE_INCREASE)
    must_have_signed(signed, by=by, at=at)
    opening = dict(overrides or {})
    content: dict[str, Any] = {"request": request_id, "ceiling": ceiling, "valid_for": valid_for, "reason": reason}
    content |= {"overrides": opening, "seen": seen_version, "seen_approval": seen_approval}
    fingerprint = fingerprint_of("approve_increase", admission_id, content)
    facts = titration_facts(admission_id, at=at, adding=Approval, client_id=client_id)
    if facts.was_sent and (known := same_again(Approval, client_id, fingerprint)) is not None:
        return known
    must_be_present(admission)
    request = None if request_id is None else must_still_wait(request_id, facts, admission_id=admission_id)
    order = must_have_seen(facts.order, seen_version)
    must_have_seen_approval(facts, seen_approval, at=at)
    question = _asked(facts, admission, request, ceiling=ceiling, by=by, at=at)
    found = list(reasons_not_to_increase(question))
    left = [each for each in found if each.kind is Kind.HARD or each.code not in opening]
    left += [*_undecided(facts, request), *reasons_against_overrides(opening, found)]
    left += [*reasons_against_validity(valid_for), *_note(reason, "reason")]
    refuse_for(left, code="approval_refused", sentence="The increase cannot be approved now.")
    _close_standing(facts, at=at)
    approval = _approval(order, ApprovalKind.INCREASE, ceiling, question, found, signed=signed, at=at)
    approval.expires_at = _until(valid_for or question.rules.approval.valid, order, at=at)
    approval.request, approval.requested_by_id = request, request.requested_by_id if request else None
    approval.reason = reason.strip()
    approval.client_id, approval.fingerprint = client_id or uuid.uuid4(), fingerprint
    approval.save(force_insert=True)
    if request is not None:
        _close(request, RequestState.APPROVED, by=by, at=at)
    Override.objects.bulk_create(override_of(approval, code, text, found, at=at) for code, text in opening.items())
    opened = [(signed, SignatureMeaning.OVERRODE)] if opening else []
    put_names(approval, admission_id, (signed, SignatureMeaning.APPROVED), *opened)
    settle_and_publish(admission, by=by, at=at)
    return approval


@transaction.atomic
def override_gate(approval_id: int, *, code: str, reason: str, signed: Signed, by: Actor, at: datetime) -> Override:
    """A physician opens one soft reason of a standing approval afterwards; counted in a report.

    Refused where no such soft reason stands against its next step or its ceiling; a hard one is never opened.
    """
    admission = _lock(Approval, approval_id, by=by, may=Permission.OVERRIDE_GATE)
    must_have_signed(signed, by=by, at=at)
    must_be_present(admission)
    facts = titration_facts(admission.pk, at=at)
    approval = facts.approval
    if approval is None or approval.pk != approval_id or not stands(approval, at=at):
        raise Refused("approval_over", "This approval does not stand any more.")
    if code in facts.opened:
        return Override.objects.filter(approval=approval, code=code).earliest("id")
    seen = bedside(admission, at=at)
    found: list[Reason] = []
    for dose in _doses_up_to(approval, facts):
        question = question_of(facts, seen, stage=Stage.EXECUTION, dose=dose, at=at)
        found += reasons_not_to_increase(replace(question, opened=question.opened - {code}))
    refuse_for(
        reasons_against_overrides({code: reason}, found), code="override_refused", sentence="It cannot be opened."
    )
    made = override_of(approval, code, reason, found, at=at)
    made.by_id = signed.user_id
    made.save(force_insert=True)
    put_names(made, admission.pk, (signed, SignatureMeaning.OVERRODE))
    settle_and_publish(admission, by=by, at=at)
    return made


@transaction.atomic
def allow_restart(
    admission_id: int,
    *,
    dose: Decimal,
    reason: str,
    valid_for: timedelta | None = None,
    seen_version: int,
    seen_approval: int | None = None,
    signed: Signed,
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> Approval:
    """A physician allows a paused or stopped infusion to flow again at `dose` mg/kg/h or below, and says why.

    The order has to be active and the dose at most the one ordered before, whatever the pump was found at since. What the
    physician saw is frozen with it.
    """
    admission = lock_admission(admission_id, by=by, may=Permission.ALLOW_RESTART)
    must_have_signed(signed, by=by, at=at)
    content = {"dose": dose, "reason": reason, "valid_for": valid_for, "seen": seen_version, "approval": seen_approval}
    fingerprint = fingerprint_of("allow_restart", admission_id, content)
    facts = titration_facts(admission_id, at=at, adding=Approval, client_id=client_id)
    if facts.was_sent and (known := same_again(Approval, client_id, fingerprint)) is not None:
        return known
    must_be_present(admission)
    order = must_have_seen(facts.order, seen_version)
    must_have_seen_approval(facts, seen_approval, at=at)
    question = question_of(facts, bedside(admission, at=at), stage=Stage.APPROVAL, dose=dose, at=at, by=by.user_id)
    refuse_for(
        [
            *reasons_not_to_allow_restart(question, ordered=ordered_dose(pump_of(admission_id).events)),
            *reasons_of_text(reason, "reason", longest=LONGEST_REASON, missing="Say why it may flow again."),
            *reasons_against_validity(valid_for),
        ],
        code="restart_refused",
        sentence="A restart cannot be allowed now.",
    )
    _close_standing(facts, at=at)
    approval = _approval(order, ApprovalKind.RESTART, dose, question, (), signed=signed, at=at)
    approval.expires_at = _until(valid_for or question.rules.approval.restart_valid, order, at=at)
    approval.reason = reason.strip()
    approval.client_id, approval.fingerprint = client_id or uuid.uuid4(), fingerprint
    approval.save(force_insert=True)
    put_names(approval, admission_id, (signed, SignatureMeaning.RESTARTED))
    settle_and_publish(admission, by=by, at=at)
    return approval


def _lock(model: type[IncreaseRequest] | type[Approval], row_id: int, *, by: Actor, may: Permission) -> Admission:
    """The stay of a request or an approval, locked; two statements. Whose it is never changes."""
    by.must_be_allowed(may)
    rows: Any = model._default_manager
    admission_id = rows.filter(pk=row_id).values_list("admission_id", flat=True).first()
    if admission_id is None:
        raise NotFound("not_found", "There is no such request or approval on your wards.")
    return lock_admission(admission_id, by=by, may=may)


def _reason(text: str, missing: str) -> list[Reason]:
    return reasons_of_text(text, "reason", longest=_LONGEST_CLOSE_REASON, missing=missing)


def _note(text: str, field: str) -> list[Reason]:
    """A word that may be left out, and is not longer than is kept."""
    return reasons_of_text(text, field, longest=LONGEST_REASON, missing="") if text.strip() else []


def _until(valid_for: timedelta, order: Order, *, at: datetime) -> datetime:
    """An approval ends with its order at the latest."""
    return at + min(valid_for, order.expires_at - at)


def _close(request: IncreaseRequest, state: RequestState, *, reason: str = "", by: Actor, at: datetime) -> None:
    assert request_may_become(RequestState(request.state), state)
    request.state, request.closed_at = state.value, at
    request.closed_by_id, request.close_reason = by.user_id, reason.strip()
    request.save(update_fields=["state", "closed_at", "closed_by", "close_reason"])


def _asked(
    facts: TitrationFacts,
    admission: Admission,
    request: IncreaseRequest | None,
    *,
    ceiling: Decimal,
    by: Actor,
    at: datetime,
) -> Question:
    """The physician's question: the ceiling, with the step that was asked for and by whom."""
    question = question_of(facts, bedside(admission, at=at), stage=Stage.APPROVAL, dose=ceiling, at=at, by=by.user_id)
    return replace(
        question,
        first_step=request.dose_mg_per_kg_h if request else None,
        requested_by=request.requested_by_id if request else None,
    )


def _undecided(facts: TitrationFacts, request: IncreaseRequest | None) -> list[Reason]:
    """A physician's own increase does not pass by a request that waits for an answer."""
    if request is not None or facts.request is None:
        return []
    return [Reason("request_undecided", f"A request by {facts.requester} waits for an answer. Decide it first.")]


def _approval(
    order: Order,
    kind: ApprovalKind,
    dose: Decimal,
    question: Question,
    found: Sequence[Reason],
    *,
    signed: Signed,
    at: datetime,
) -> Approval:
    return Approval(
        admission_id=order.admission_id,
        order=order,
        kind=kind.value,
        ceiling_mg_per_kg_h=dose,
        approved_by_id=signed.user_id,
        approved_at=at,
        view=frozen_view(question, reasons=found, not_before=not_before(question)),
    )


def _close_standing(facts: TitrationFacts, *, at: datetime) -> None:
    """The ceiling that stood gives way to a new one; one whose time was over had lapsed before."""
    if stands(facts.approval, at=at):
        _end(facts.approval, ApprovalState.REPLACED, ended_at=at)
    else:
        _lapse(facts, at=at)


def _lapse(facts: TitrationFacts, *, at: datetime) -> None:
    """Whoever comes by an approval whose time is over closes it, as of then."""
    if facts.approval is not None and not stands(facts.approval, at=at):
        _end(facts.approval, ApprovalState.LAPSED, ended_at=facts.approval.expires_at)


def _end(approval: Approval | None, state: ApprovalState, *, ended_at: datetime) -> None:
    assert approval is not None
    assert approval_may_become(ApprovalState(approval.state), state)
    approval.state, approval.closed_at = state.value, ended_at
    approval.save(update_fields=["state", "closed_at"])


def _doses_up_to(approval: Approval, facts: TitrationFacts) -> set[Decimal]:
    """One ordered step, and the ceiling itself."""
    doses = {approval.ceiling_mg_per_kg_h}
    if facts.course is not None and facts.order is not None:
        doses.add(min(facts.course.dose_mg_per_kg_h + facts.order.increment_mg_per_kg_h, *doses))
    return doses

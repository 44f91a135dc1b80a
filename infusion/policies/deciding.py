"""Who was first: an approval or a request that somebody else has just decided, and who it was."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from accounts.actor import Actor
from core.errors import Conflict, Kind, NotFound, Reason
from infusion.domain.approval import standing_state
from infusion.domain.gate import OPENED_AHEAD
from infusion.domain.shown import dose_words
from infusion.domain.words import ApprovalState, RequestState
from infusion.models import Approval, Course, DeliveryEvent, IncreaseRequest, Override
from infusion.policies.orders import reasons_of_text
from infusion.selectors import TitrationFacts
from patients.selectors import stamp

LONGEST_REASON = 500


def must_still_wait(request_id: int, facts: TitrationFacts, *, admission_id: int) -> IncreaseRequest:
    """The request, where it still waits. `Conflict` says who decided it and what; `NotFound` where it is not of this stay."""
    if facts.request is not None and facts.request.pk == request_id:
        return facts.request
    found = IncreaseRequest.objects.select_related("closed_by").filter(pk=request_id, admission_id=admission_id).first()
    if found is None:
        raise NotFound("request_not_found", "There is no such request in this stay.")
    raise Conflict("request_decided", _decided(found))


def ended_so(
    request_id: int, facts: TitrationFacts, state: RequestState, *, reason: str, by: Actor
) -> IncreaseRequest | None:
    """The request, where this very act of this person ended it before: an answer was lost, and it is sent again."""
    if facts.request is not None and facts.request.pk == request_id:
        return None
    return IncreaseRequest.objects.filter(
        pk=request_id, state=state, close_reason=reason.strip(), closed_by_id=by.user_id
    ).first()


def stands(approval: Approval | None, *, at: datetime) -> bool:
    """Whether an approval still allows something at `at`."""
    if approval is None:
        return False
    state = standing_state(ApprovalState(approval.state), expires_at=approval.expires_at, at=at)
    return state is ApprovalState.LIVE


def must_have_seen_approval(facts: TitrationFacts, seen_approval: int | None, *, at: datetime) -> None:
    """`Conflict` where a ceiling stands that the physician's page did not show: nobody replaces it unseen."""
    approval = facts.approval
    if approval is None or approval.pk == seen_approval or not stands(approval, at=at):
        return
    raise Conflict(
        "approval_stands",
        f"{facts.approver} allowed {dose_words(approval.ceiling_mg_per_kg_h)} mg/kg/h ({approval.kind}) at "
        f"{stamp(approval.approved_at)}, until {stamp(approval.expires_at)}. Look at it first.",
    )


def must_not_run_already(course: Course | None, dose: Decimal) -> None:
    """`Conflict` where somebody else has set just this dose: who, and when."""
    if course is None or course.dose_mg_per_kg_h != dose or course.last_increase_at is None:
        return
    if course.last_increase_at != course.dose_changed_at:
        # It came down to this dose: that is no increase of somebody else's, and the gate says so.
        return
    events = DeliveryEvent.objects.select_related("recorded_by").filter(
        admission_id=course.admission_id, effective_at=course.last_increase_at
    )
    event = events.order_by("-id").first()
    who = event.recorded_by.display_name if event is not None and event.recorded_by is not None else "Somebody"
    raise Conflict(
        "increased_already",
        f"{who} raised the dose to {dose_words(dose)} mg/kg/h at {stamp(course.last_increase_at)} already.",
    )


def reasons_against_overrides(overrides: Mapping[str, str], found: Sequence[Reason]) -> list[Reason]:
    """Why these reasons of a physician open nothing: no text, or no such soft reason stands against the increase."""
    soft = {each.code for each in found if each.kind is Kind.SOFT} | set(OPENED_AHEAD)
    reasons: list[Reason] = []
    for code, text in overrides.items():
        reasons += reasons_of_text(text, f"overrides.{code}", longest=LONGEST_REASON, missing="Say why it is opened.")
        if code not in soft:
            reasons.append(
                Reason("override_opens_nothing", f"No soft reason {code!r} stands against it.", f"overrides.{code}")
            )
    return reasons


def reasons_against_validity(valid_for: timedelta | None) -> list[Reason]:
    """An approval ends after it began; it ends with its order at the latest."""
    if valid_for is not None and valid_for <= timedelta(0):
        return [Reason("validity_impossible", "An approval has to be valid for some time.", "valid_for")]
    return []


def override_of(approval: Approval, code: str, text: str, found: Sequence[Reason], *, at: datetime) -> Override:
    """The row under which a soft reason is open, with the sentence that was read (not saved yet)."""
    said = next((each.sentence for each in found if each.code == code), OPENED_AHEAD.get(code, ""))
    return Override(
        admission_id=approval.admission_id,
        order_id=approval.order_id,
        approval=approval,
        code=code,
        sentence=said,
        reason=text.strip(),
        by_id=approval.approved_by_id,
        at=at,
    )


_DONE = {
    RequestState.APPROVED: "approved",
    RequestState.REJECTED: "rejected",
    RequestState.WITHDRAWN: "withdrew",
    RequestState.VOIDED: "ended",
}


def _decided(request: IncreaseRequest) -> str:
    what = f"the request for {dose_words(request.dose_mg_per_kg_h)} mg/kg/h"
    who = request.closed_by.display_name if request.closed_by is not None else "Plateau"
    when = stamp(request.closed_at) if request.closed_at else ""
    why = f": {request.close_reason}" if request.close_reason else ""
    return f"{who} {_DONE[RequestState(request.state)]} {what} at {when}{why}."

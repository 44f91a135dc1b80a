"""The gate for an increase with the stay's own facts: may the dose be raised, and if not, why and until when."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from core.errors import Kind, Reason
from infusion.domain.course import CourseState
from infusion.domain.gate import next_dose, not_before, reasons_not_to_increase
from infusion.domain.question import Ceiling, Delivery, OrderInForce, Question, Window
from infusion.domain.readiness import Readiness
from infusion.domain.words import ApprovalKind, Stage
from infusion.ports import readiness
from infusion.selectors import TitrationFacts, dose_rules, shipped_rules, titration_facts
from patients.models import Admission


@dataclass(frozen=True, slots=True)
class GateAnswer:
    """What stands against an increase: hard reasons, soft ones that are not opened, and the time before which it is too early.

    `next_dose` is the dose in mg/kg/h that one ordered increment leads to, None where nothing can be raised.
    """

    reasons: tuple[Reason, ...]
    soft: tuple[Reason, ...]
    not_before: datetime | None
    next_dose: Decimal | None

    @property
    def is_open(self) -> bool:
        """Whether nothing stands against it but perhaps time."""
        return not self.reasons and not self.soft


def gate(admission: Admission, *, stage: Stage, dose: Decimal | None = None, at: datetime) -> GateAnswer:
    """Whether the dose may be raised to `dose` mg/kg/h (None: by one step), for pages and the API; two statements.

    The same answer that the action would give to somebody who has no part in the request or the approval yet.
    """
    facts = titration_facts(admission.pk, at=at)
    question = question_of(facts, bedside(admission, at=at), stage=stage, dose=dose or _one_step_up(facts), at=at)
    following = next_dose(question)
    if dose is None and following is not None:
        question = replace(question, dose=following)
    reasons = reasons_not_to_increase(question)
    return GateAnswer(
        reasons=tuple(each for each in reasons if each.kind is Kind.HARD),
        soft=tuple(each for each in reasons if each.kind is Kind.SOFT),
        not_before=not_before(question),
        next_dose=following,
    )


def _one_step_up(facts: TitrationFacts) -> Decimal:
    """The dose that is asked about where none can be had: the gate then says why."""
    order, course = facts.order, facts.course
    if order is None or course is None:
        return shipped_rules().initial
    asked: Decimal = course.dose_mg_per_kg_h + order.increment_mg_per_kg_h
    return asked


def bedside(admission: Admission, *, at: datetime) -> Readiness:
    """What the app above says of the patient; one statement of its own."""
    (answer,) = readiness.ask_all(admission, at=at)
    return answer


def question_of(
    facts: TitrationFacts, seen: Readiness, *, stage: Stage, dose: Decimal, at: datetime, by: int | None = None
) -> Question:
    """The facts as the gate's question; actions add what belongs to their stage (the people, the asked step)."""
    order, approval = facts.order, facts.approval
    opens, closes = facts.increases_from, facts.increases_until
    is_ceiling = approval is not None and approval.kind == ApprovalKind.INCREASE
    return Question(
        stage=stage,
        dose=dose,
        at=at,
        rules=dose_rules(order.protocol_id) if order else shipped_rules(),
        order=_order(facts),
        delivery=_delivery(facts),
        readiness=seen,
        newest_weight=facts.newest_weight,
        ceiling=(
            Ceiling(approval.ceiling_mg_per_kg_h, approval.expires_at, approval.approved_by_id)
            if approval is not None and is_ceiling
            else None
        ),
        window=Window(opens, closes) if opens is not None and closes is not None else None,
        zone=ZoneInfo(facts.zone),
        opened=facts.opened_for_order | (facts.opened if stage is Stage.EXECUTION and is_ceiling else frozenset()),
        by=by,
        requested_by=facts.request.requested_by_id if facts.request else None,
        request_waits_for=facts.request.dose_mg_per_kg_h if facts.request else None,
        consent_withdrawn=facts.consent_withdrawn,
    )


def _order(facts: TitrationFacts) -> OrderInForce | None:
    order = facts.order
    if order is None:
        return None
    return OrderInForce(
        version=order.version,
        expires_at=order.expires_at,
        dosing_weight_kg=order.dosing_weight_kg,
        weight_is_measured=facts.weight_is_measured,
        reweigh_by=order.reweigh_by,
        concentration_mg_per_ml=order.concentration_mg_per_ml,
        increment=order.increment_mg_per_kg_h,
        step_interval=order.step_interval,
        maximum=order.maximum_dose_mg_per_kg_h,
        pain_goal=order.pain_goal,
        liver_max_age=order.liver_max_age,
    )


def _delivery(facts: TitrationFacts) -> Delivery | None:
    course = facts.course
    if course is None:
        return None
    return Delivery(
        state=CourseState(course.state),
        dose=course.dose_mg_per_kg_h,
        concentration_mg_per_ml=course.concentration_mg_per_ml,
        dose_changed_at=course.dose_changed_at,
        target_declared_at=course.target_declared_at,
        held=course.held,
        held_until=course.held_until,
        hold_is_counting=course.hold_is_counting,
        hold_ended_at=course.hold_ended_at,
        found_differing_at=course.found_differing_at,
        recent=facts.recent,
    )

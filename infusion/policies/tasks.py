"""What one stay asks of a physician now and next, with its own facts."""

from datetime import datetime
from decimal import Decimal

from infusion.domain.tasks import Task, physicians_tasks
from infusion.domain.words import Stage
from infusion.policies.titration import bedside, question_of
from infusion.selectors import titration_facts
from infusion.selectors.figures import hold_of
from patients.models import Admission


def tasks_of(admission: Admission, *, at: datetime) -> tuple[Task, ...]:
    """The physician's tasks of a stay at `at`: those that wait, then those to come; two statements, nothing is stored."""
    facts = titration_facts(admission.pk, at=at)
    course, request = facts.course, facts.request
    # No dose is asked about: a task is of the stay, not of a step.
    dose = Decimal(0)
    question = question_of(facts, bedside(admission, at=at), stage=Stage.REQUEST, dose=dose, at=at)
    return physicians_tasks(
        question,
        first_started_at=course.first_started_at if course is not None else None,
        counted=hold_of(course) if course is not None else None,
        requested_at=request.requested_at if request is not None else None,
    )

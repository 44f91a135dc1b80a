"""The figures of a course, and what it asks of a physician."""

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from api import pump_answers as answers
from api.describing import described
from api.operation import Operation
from api.pump_shapes import figures_shape, tasks_shape
from audit.trail import record
from core import clock
from infusion.policies import tasks_of
from infusion.selectors import course_of
from infusion.selectors.figures import figures_of
from patients.selectors import visible_admission


class Course(Operation):
    """How one delivery stands."""

    permission = Permission.VIEW_WARD

    @described("read_course", tag="pump", answers={200: answers.CourseInFigures})
    def get(self, request: Request, admission_id: int) -> Response:
        """Dose in every unit, what was given so far, time at target, hold, day of the course, when the bag runs out.

        Everything is null before the first start. What may be raised next, and from when on, says the gate.
        """
        by, at = self.by, clock.now()
        admission = visible_admission(admission_id, by=by)
        record("course.viewed", by=by, admission_id=admission.pk, patient_id=admission.patient_id)
        return Response(figures_shape(course_of(admission), figures_of(admission.pk, at=at), at=at))


class Tasks(Operation):
    """What a course asks of a physician."""

    permission = Permission.VIEW_WARD

    @described("list_tasks", tag="pump", answers={200: answers.PhysiciansTasks})
    def get(self, request: Request, admission_id: int) -> Response:
        """Requests that wait, the order's end, the length of the course, reassessment, weighing, liver enzymes.

        Each with when it is due; computed at the moment of reading. None of it stops a pump.
        """
        by, at = self.by, clock.now()
        admission = visible_admission(admission_id, by=by)
        record("tasks.viewed", by=by, admission_id=admission.pk, patient_id=admission.patient_id)
        return Response(tasks_shape(tasks_of(admission, at=at), at=at))

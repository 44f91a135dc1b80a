"""The figures of a course."""

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from api import pump_answers as answers
from api.describing import described
from api.operation import Operation
from api.pump_shapes import figures_shape
from audit.trail import record
from core import clock
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

"""The target dose, and the end of its hold."""

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from api import pump_answers as answers
from api.describing import described
from api.listing import of_stay
from api.operation import Operation
from api.paging import Paged
from api.pump_shapes import target_shape
from infusion.models import TargetDeclaration


class Targets(Operation):
    """The targets of one stay."""

    permission = Permission.VIEW_WARD

    @described("list_targets", tag="targets", parameters=[Paged], answers={200: answers.ListedTargets})
    def get(self, request: Request, admission_id: int) -> Response:
        """Which dose was declared the target, when and why; newest first."""
        rows = TargetDeclaration.objects.select_related("declared_by", "end__ended_by")
        return of_stay(
            request, admission_id, rows=rows, newest="declared_at", shape=target_shape, verb="targets.viewed",
            by=self.by,
        )  # fmt: skip

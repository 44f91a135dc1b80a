"""Bags of the controlled drug: hung, changed, and where all of it went."""

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from api import pump_answers as answers
from api.describing import described
from api.listing import of_stay
from api.operation import Operation
from api.paging import Paged
from api.pump_shapes import bag_shape
from infusion.models import Bag


class Bags(Operation):
    """The bags of one stay."""

    permission = Permission.VIEW_WARD

    @described("list_bags", tag="bags", parameters=[Paged], answers={200: answers.ListedBags})
    def get(self, request: Request, admission_id: int) -> Response:
        """The bags that were hung for a patient, newest first."""
        rows = Bag.objects.select_related("hung_by", "witnessed_by", "closed_by", "close_witnessed_by")
        return of_stay(
            request, admission_id, rows=rows, newest="hung_at", shape=bag_shape, verb="bags.viewed", by=self.by
        )

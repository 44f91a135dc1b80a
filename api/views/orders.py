"""The order of a stay, version by version, and the end of a course."""

from functools import partial

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from api import order_answers as answers
from api.describing import described
from api.listing import of_stay
from api.operation import Operation
from api.order_shapes import order_shape
from api.paging import Paged
from core import clock
from infusion.models import Order


class Orders(Operation):
    """The versions of a stay's order."""

    permission = Permission.VIEW_WARD

    @described("list_orders", tag="orders", parameters=[Paged], answers={200: answers.ListedOrders})
    def get(self, request: Request, admission_id: int) -> Response:
        """Every version that was signed for a patient, newest first."""
        rows = Order.objects.select_related("signed_by", "ended_by")
        shape = partial(order_shape, at=clock.now())
        return of_stay(
            request, admission_id, rows=rows, newest="signed_at", shape=shape, verb="orders.viewed", by=self.by
        )

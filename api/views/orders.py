"""The order of a stay, version by version, and the end of a course."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from api import order_answers as answers
from api.bodies import (
    CLIENT_ID,
    CONCENTRATION,
    DOSE,
    PAIN,
    SECRET_IN_EXAMPLES,
    Posting,
    Seen,
    Signing,
    example,
    made_at,
    signed_by,
)
from api.describing import WRITING, described
from api.fields import Quantity, RowId, Text, Whole
from api.listing import of_stay
from api.naming import with_names
from api.operation import Operation, body
from api.order_shapes import order_shape
from api.paging import Paged
from core import clock
from core.errors import NotFound
from infusion.actions import end_course, sign_order
from infusion.domain.order import OrderElements
from infusion.models import Order, Protocol
from monitoring.domain.values import Limit

_NOTHING = Decimal(0)
_MINUTES = Limit("Step interval", "min", _NOTHING, Decimal(10080))
_HOURS = Limit("Age of liver enzymes", "h", _NOTHING, Decimal(744))
_DAYS = Limit("Planned days", "", _NOTHING, Decimal(60))
_ORDER = {
    "client_id": CLIENT_ID,
    "password": SECRET_IN_EXAMPLES,
    "protocol": 1,
    "drug": "as the protocol names it",
    "route": "intravenous",
    "initial_dose_mg_per_kg_h": "0.1",
    "increment_mg_per_kg_h": "0.05",
    "step_interval_min": 120,
    "maximum_dose_mg_per_kg_h": "1",
    "pain_goal": 3,
    "concentration_mg_per_ml": "2",
    "planned_days": 5,
    "liver_max_age_h": 48,
}


class OrderToSign(Posting, Signing):
    """The elements of a titration order. What is left out was not ordered: it is refused, never filled in."""

    protocol = RowId(help_text="The active protocol version that the order rests on.")
    replaces_version = RowId(
        help_text="The version in force that this one replaces (a renewal, another weight, other limits); none for a first one.",
        required=False,
        allow_null=True,
    )
    weight = RowId(
        help_text="The recorded weight that it rests on; the newest if left out.", required=False, allow_null=True
    )
    unmeasured_weight_reason = Text(
        required=False,
        default="",
        allow_blank=True,
        max_length=200,
        help_text="Why, where that weight is not measured.",
    )
    drug = Text(required=False, allow_null=True, max_length=80)
    route = Text(required=False, allow_null=True, max_length=40)
    initial_dose_mg_per_kg_h = Quantity(DOSE)
    increment_mg_per_kg_h = Quantity(DOSE)
    step_interval_min = Whole(_MINUTES)
    maximum_dose_mg_per_kg_h = Quantity(DOSE)
    pain_goal = Whole(PAIN)
    endpoint = Text(required=False, default="", allow_blank=True, max_length=200, help_text="What else it is to reach.")
    concentration_mg_per_ml = Quantity(CONCENTRATION)
    planned_days = Whole(_DAYS)
    liver_max_age_h = Whole(_HOURS)


class CourseToEnd(Seen, Signing):
    """The end of the course."""

    reason = Text(max_length=200)


class Orders(Operation):
    """The versions of a stay's order."""

    permission = Permission.VIEW_WARD
    permission_of = {"POST": Permission.SIGN_ORDER}

    @described("list_orders", tag="orders", parameters=[Paged], answers={200: answers.ListedOrders})
    def get(self, request: Request, admission_id: int) -> Response:
        """Every version that was signed for a patient, newest first."""
        rows = Order.objects.select_related("signed_by", "ended_by")
        shape = partial(order_shape, at=clock.now())
        return of_stay(
            request, admission_id, rows=rows, newest="signed_at", shape=shape, verb="orders.viewed", by=self.by
        )

    @described(
        "sign_order",
        tag="orders",
        takes=OrderToSign,
        answers={200: answers.Order, 201: answers.Order},
        refused=WRITING,
        examples=[example("A first order", **_ORDER)],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Sign an order, or its next version, in a weight that stays frozen in it.

        422 with every element that is not said or lies outside the protocol. 409 where another version is in force than
        the one in `replaces_version`.
        """
        sent, by, at = body(OrderToSign, request), self.by, clock.now()
        order = sign_order(
            admission_id,
            protocol=_protocol(sent["protocol"]),
            elements=_elements(sent),
            replaces_version=sent.get("replaces_version"),
            weight_id=sent.get("weight"),
            unmeasured_weight_reason=sent["unmeasured_weight_reason"],
            signed=signed_by(by, sent, at=at),
            client_id=sent["client_id"],
            by=by,
            at=at,
        )
        with_names(order, by)
        return Response(order_shape(order, at=at), status=made_at(order.signed_at, at))


class CourseEnds(Operation):
    """The end of a course."""

    permission = Permission.END_COURSE

    @described(
        "end_course",
        tag="orders",
        takes=CourseToEnd,
        answers={200: answers.Order},
        refused=WRITING,
        examples=[
            example(
                "The course is over",
                password=SECRET_IN_EXAMPLES,
                seen_version=2,
                reason="pain at its goal for two days",
            )
        ],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """End the course: the order is over. The stop of the pump is recorded before; a stop alone ends no course."""
        sent, by, at = body(CourseToEnd, request), self.by, clock.now()
        order = end_course(
            admission_id,
            reason=sent["reason"],
            seen_version=sent["seen_version"],
            signed=signed_by(by, sent, at=at),
            by=by,
            at=at,
        )
        with_names(order, by)
        return Response(order_shape(order, at=at))


def _protocol(protocol_id: int) -> Protocol:
    row = Protocol.objects.filter(pk=protocol_id).first()
    if row is None:
        raise NotFound("protocol_not_found", "There is no such protocol.")
    return row


def _elements(sent: Mapping[str, Any]) -> OrderElements:
    minutes, hours = sent.get("step_interval_min"), sent.get("liver_max_age_h")
    return OrderElements(
        drug=sent.get("drug"),
        route=sent.get("route"),
        initial_dose_mg_per_kg_h=sent.get("initial_dose_mg_per_kg_h"),
        increment_mg_per_kg_h=sent.get("increment_mg_per_kg_h"),
        step_interval=None if minutes is None else timedelta(minutes=minutes),
        maximum_dose_mg_per_kg_h=sent.get("maximum_dose_mg_per_kg_h"),
        pain_goal=sent.get("pain_goal"),
        concentration_mg_per_ml=sent.get("concentration_mg_per_ml"),
        planned_days=sent.get("planned_days"),
        liver_max_age=None if hours is None else timedelta(hours=hours),
        endpoint=sent["endpoint"],
    )

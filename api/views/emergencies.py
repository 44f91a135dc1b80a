"""Emergency access to a ward, and its review."""

from drf_spectacular.utils import OpenApiExample
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from api import patient_answers as answers
from api.describing import WRITING, described
from api.fields import Strict, Text
from api.operation import Operation, body
from api.patient_shapes import emergency_shape
from core import clock
from patients.actions import close_emergency_access, open_emergency_access, review_emergency_access
from patients.actions.emergency import LONGEST_NOTE, LONGEST_REASON
from patients.models import WardMembership
from patients.selectors.places import emergencies_to_review


class AccessToOpen(Strict):
    """Why."""

    reason = Text(max_length=LONGEST_REASON, help_text="No patient's name: it stands in the review queue.")


class AccessReview(Strict):
    """What an administrator found."""

    note = Text(max_length=LONGEST_NOTE)


class AccessToEnd(Strict):
    """Leaving."""

    note = Text(required=False, default="", allow_blank=True, max_length=LONGEST_REASON, help_text="For the trail.")


class EmergencyAccess(Operation):
    """Letting oneself in on one ward."""

    permission = Permission.BREAK_GLASS

    @described(
        "open_emergency_access",
        tag="wards",
        takes=AccessToOpen,
        answers={200: answers.Emergency},
        refused=WRITING,
        examples=[
            OpenApiExample("A call", value={"reason": "Called to an arrest, the ward is short"}, request_only=True)
        ],
    )
    def post(self, request: Request, ward_id: int) -> Response:
        """Let oneself in for four hours, with a reason; an administrator reviews it. Again, it answers the same."""
        sent = body(AccessToOpen, request)
        return _answer(open_emergency_access(ward_id, reason=sent["reason"], by=self.by, at=clock.now()))


class EmergencyEndings(Operation):
    """Leaving before the time is over."""

    permission = Permission.BREAK_GLASS

    @described(
        "close_emergency_access",
        tag="wards",
        takes=AccessToEnd,
        answers={200: answers.Emergency},
        refused=WRITING,
        examples=[OpenApiExample("Over", value={"note": "the patient is in intensive care"}, request_only=True)],
    )
    def post(self, request: Request, membership_id: int) -> Response:
        """End one's own emergency access. Again, it changes nothing."""
        note = body(AccessToEnd, request)["note"]
        return _answer(close_emergency_access(membership_id, note=note, by=self.by, at=clock.now()))


class Emergencies(Operation):
    """What waits for a review."""

    permission = Permission.REVIEW_EMERGENCIES

    @described("list_emergencies", tag="wards", answers={200: answers.Emergencies})
    def get(self, request: Request) -> Response:
        """Emergency access that nobody reviewed yet, the oldest first."""
        return Response({"results": [emergency_shape(row) for row in emergencies_to_review(by=self.by)]})


class EmergencyReviews(Operation):
    """The review of one access."""

    permission = Permission.REVIEW_EMERGENCIES

    @described(
        "review_emergency_access",
        tag="wards",
        takes=AccessReview,
        answers={200: answers.Emergency},
        refused=WRITING,
        examples=[OpenApiExample("Justified", value={"note": "Asked the charge nurse: justified"}, request_only=True)],
    )
    def post(self, request: Request, membership_id: int) -> Response:
        """Say what one found. 409 where somebody reviewed it already."""
        note = body(AccessReview, request)["note"]
        return _answer(review_emergency_access(membership_id, note=note, by=self.by, at=clock.now()))


def _answer(row: WardMembership) -> Response:
    return Response(emergency_shape(WardMembership.objects.select_related("user", "ward").get(pk=row.pk)))

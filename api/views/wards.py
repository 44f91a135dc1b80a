"""Wards, their beds, and who works on them."""

from drf_spectacular.utils import OpenApiExample
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from api import patient_answers as answers
from api.describing import WRITING, described
from api.fields import Flag, RowId, Strict, Text, Whole
from api.operation import Operation, body
from api.patient_bodies import POSITION, ClockTime
from api.patient_shapes import bed_shape, member_shape, ward_shape
from core import clock
from patients.actions import add_bed, assign_to_ward, end_assignment, found_ward
from patients.models import WardMembership
from patients.selectors import visible_ward
from patients.selectors.places import all_wards, beds_of, members_of


class WardToFound(Strict):
    """A new ward."""

    name = Text(max_length=80)
    time_zone = Text(max_length=60, help_text="IANA name: America/New_York")
    increases_from = ClockTime(required=False, allow_null=True, default=None, help_text="On the ward's own clock.")
    increases_until = ClockTime(required=False, allow_null=True, default=None)
    keeps_bag_ledger = Flag(required=False, default=True, help_text="false: the cabinet keeps it")


class BedToAdd(Strict):
    """A new bed."""

    name = Text(max_length=20)
    position = Whole(POSITION, default=0, allow_null=False)


class MemberToAssign(Strict):
    """Who is to work there, or no longer."""

    person = RowId(help_text="The person's id.")


def _example(title: str, /, **value: object) -> OpenApiExample:
    return OpenApiExample(title, value=value, request_only=True)


class Wards(Operation):
    """All wards."""

    permission = Permission.SIGN_IN
    permission_of = {"POST": Permission.MANAGE_WARDS}

    @described("list_wards", tag="wards", answers={200: answers.Wards})
    def get(self, request: Request) -> Response:
        """Every ward by name, and where one works oneself."""
        return Response({"results": [ward_shape(ward, mine=mine) for ward, mine in all_wards(by=self.by)]})

    @described(
        "found_ward",
        tag="wards",
        takes=WardToFound,
        answers={200: answers.Ward},
        refused=WRITING,
        examples=[
            _example("A ward that raises doses by day", name="6 East", time_zone="America/New_York",
                     increases_from="07:00", increases_until="21:00")
        ],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Found a ward. In the same words again it is the same ward; 409 where the name stands for another."""
        ward = found_ward(**body(WardToFound, request), by=self.by, at=clock.now())
        return Response(ward_shape(ward, mine=False))


class Beds(Operation):
    """The beds of one ward."""

    permission = Permission.VIEW_WARD
    permission_of = {"POST": Permission.MANAGE_WARDS}

    @described("list_beds", tag="wards", answers={200: answers.Beds})
    def get(self, request: Request, ward_id: int) -> Response:
        """The beds of a ward where one works, and which are free."""
        ward = visible_ward(ward_id, by=self.by)
        return Response({"results": [bed_shape(bed, is_free=is_free) for bed, is_free in beds_of(ward)]})

    @described(
        "add_bed",
        tag="wards",
        takes=BedToAdd,
        answers={200: answers.Place},
        refused=WRITING,
        examples=[_example("A bed", name="12A", position=12)],
    )
    def post(self, request: Request, ward_id: int) -> Response:
        """Add a bed. In the same words again it is the same bed."""
        bed = add_bed(ward_id, **body(BedToAdd, request), by=self.by, at=clock.now())
        return Response({"id": bed.pk, "name": bed.name})


class Members(Operation):
    """Who works on one ward."""

    permission = Permission.MANAGE_WARDS

    @described("list_members", tag="wards", answers={200: answers.Members})
    def get(self, request: Request, ward_id: int) -> Response:
        """Who works on a ward now, by name."""
        return Response({"results": [member_shape(row) for row in members_of(ward_id, by=self.by)]})

    @described(
        "assign_to_ward",
        tag="wards",
        takes=MemberToAssign,
        answers={200: answers.Member},
        refused=WRITING,
        examples=[_example("A nurse", person=17)],
    )
    def post(self, request: Request, ward_id: int) -> Response:
        """Let somebody work on a ward from now on: they see its patients. Again, it changes nothing."""
        sent = body(MemberToAssign, request)
        return _member(assign_to_ward(ward_id, user_id=sent["person"], by=self.by, at=clock.now()))


class MemberEndings(Operation):
    """The end of somebody's work on one ward."""

    permission = Permission.MANAGE_WARDS

    @described(
        "end_assignment",
        tag="wards",
        takes=MemberToAssign,
        answers={200: answers.Member},
        refused=WRITING,
        examples=[_example("A nurse", person=17)],
    )
    def post(self, request: Request, ward_id: int) -> Response:
        """End somebody's work on a ward: they see its patients no longer. Again, it changes nothing."""
        sent = body(MemberToAssign, request)
        return _member(end_assignment(ward_id, user_id=sent["person"], by=self.by, at=clock.now()))


def _member(row: WardMembership) -> Response:
    return Response(member_shape(WardMembership.objects.select_related("user").get(pk=row.pk)))

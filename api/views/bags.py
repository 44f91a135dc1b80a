"""Bags of the controlled drug: hung, changed, and where all of it went."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actor import Actor
from accounts.roles import Permission
from accounts.signing import Signed
from api import pump_answers as answers
from api.bodies import (
    CLIENT_ID,
    CONCENTRATION,
    SECRET_IN_EXAMPLES,
    VOLUME,
    Posting,
    Reading,
    SecondReading,
    Seen,
    Witnessing,
    example,
    made_at,
    note_field,
    reading_of,
    witnessed,
)
from api.describing import WRITING, described
from api.fields import Day, Flag, Instant, Quantity, RowId, Strict, Text
from api.listing import of_stay
from api.naming import with_names
from api.operation import Operation, body
from api.paging import Paged
from api.pump_shapes import bag_shape
from core import clock
from infusion.actions import NewBag, UsedBag, change_bag, close_bag, hang_bag
from infusion.models import Bag

_WITNESS = {"username": "nurse2", "secret": SECRET_IN_EXAMPLES}
_BAG = {"lot": "A1234", "expires_on": "2027-01-31", "volume_ml": "250", "concentration_mg_per_ml": "2"}
_USED = {"infused_ml": "231.5", "wasted_ml": "8.5", "left_ml": "0"}
_HUNG = {"client_id": CLIENT_ID, "seen_version": 1, "bag": {**_BAG, "primed_ml": "10", "line_is_new": True}}
_CHANGED = {
    "client_id": CLIENT_ID,
    "seen_version": 1,
    "seen_bag": 41,
    "bag": _BAG,
    "used": _USED,
    "changed_at": "2026-09-22T20:00:00Z",
}


class BagOnTheHook(Strict):
    """A bag about to hang, as its label says it."""

    lot = Text(max_length=60)
    expires_on = Day()
    volume_ml = Quantity(VOLUME, required=True, allow_null=False)
    concentration_mg_per_ml = Quantity(CONCENTRATION, required=True, allow_null=False)
    primed_ml = Quantity(VOLUME, allow_null=False, default=Decimal(0), help_text="Lost in priming the line, mL.")
    line_is_new = Flag(default=False, help_text="A newly primed line: needed with another concentration.")


class BagTakenDown(Strict):
    """Where a bag went."""

    infused_ml = Quantity(VOLUME, required=True, allow_null=False, help_text="As the pump itself counted it, mL.")
    wasted_ml = Quantity(VOLUME, allow_null=False, default=Decimal(0), help_text="Wasted before the witness, mL.")
    left_ml = Quantity(VOLUME, allow_null=False, default=Decimal(0), help_text="Left in it, mL.")


class BagToHang(Posting, Seen):
    """The first bag, or one after another was taken down."""

    bag = BagOnTheHook()
    hung_at = Instant(help_text="When it was hung, with the offset from UTC.")
    witness = Witnessing(required=False, allow_null=True, help_text="Left out only where nobody came when called.")
    single_signed_reason = note_field(help_text="Why one alone signs, 10 min after a call.")


class BagToChange(Posting, Seen):
    """One bag taken down, another hung."""

    seen_bag = RowId(help_text="The bag that hung when you looked: 409 where another hangs by now.")
    bag = BagOnTheHook()
    used = BagTakenDown(help_text="Where the old one went.")
    changed_at = Instant(help_text="When it was changed, with the offset from UTC.")
    witness = Witnessing(required=False, allow_null=True, help_text="Left out where `second` is sent, or nobody came.")
    first = Reading(required=False, allow_null=True, help_text="With another concentration: what you read.")
    second = SecondReading(required=False, allow_null=True, help_text="With another concentration: the blind check.")
    single_signed_reason = note_field(help_text="Why one alone signs, 10 min after a call.")


class BagToClose(Strict):
    """The last bag, taken down."""

    seen_bag = RowId(help_text="The bag that hung when you looked: 409 where another hangs by now.")
    used = BagTakenDown()
    closed_at = Instant(help_text="When it was taken down, with the offset from UTC.")
    witness = Witnessing(required=False, allow_null=True, help_text="Who saw the waste.")


class Bags(Operation):
    """The bags of one stay."""

    permission = Permission.VIEW_WARD
    permission_of = {"POST": Permission.HANG_BAG}

    @described("list_bags", tag="bags", parameters=[Paged], answers={200: answers.ListedBags})
    def get(self, request: Request, admission_id: int) -> Response:
        """The bags that were hung for a patient, newest first."""
        rows = Bag.objects.select_related("hung_by", "witnessed_by", "closed_by", "close_witnessed_by")
        return of_stay(
            request, admission_id, rows=rows, newest="hung_at", shape=bag_shape, verb="bags.viewed", by=self.by
        )

    @described(
        "hang_bag",
        tag="bags",
        takes=BagToHang,
        answers={200: answers.Bag, 201: answers.Bag},
        refused=WRITING,
        examples=[example("The first bag", **_HUNG, hung_at="2026-09-22T07:40:00Z", witness=_WITNESS)],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Record the bag that hangs now where none hung, with two signatures."""
        sent, by, at = body(BagToHang, request), self.by, clock.now()
        second = witnessed(by, sent["witness"], at=at) if sent.get("witness") else None
        row = hang_bag(
            admission_id,
            new=NewBag(**sent["bag"]),
            hung_at=sent["hung_at"],
            witness=second,
            **_posted(sent),
            by=by,
            at=at,
        )
        return _answered(row, by, second, status=made_at(row.hung_at, sent["hung_at"]))


class BagChanges(Operation):
    """The change of a bag."""

    permission = Permission.HANG_BAG

    @described(
        "change_bag",
        tag="bags",
        takes=BagToChange,
        answers={201: answers.Bag},
        refused=WRITING,
        examples=[example("The same concentration", **_CHANGED, witness=_WITNESS)],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Record that a bag was taken down and accounted for, and another hung. The dose stays, the hold goes on.

        Another concentration needs a newly primed line and the blind double check; it is never signed by one alone.
        """
        sent, by, at = body(BagToChange, request), self.by, clock.now()
        second = _second_person(by, sent, at=at)
        row = change_bag(
            admission_id,
            new=NewBag(**sent["bag"]),
            used=UsedBag(**sent["used"]),
            changed_at=sent["changed_at"],
            witness=second,
            first=reading_of(sent["first"]) if sent.get("first") else None,
            second=reading_of(sent["second"]) if sent.get("second") else None,
            seen_bag=sent["seen_bag"],
            **_posted(sent),
            by=by,
            at=at,
        )
        return _answered(row, by, second, status=201)


class BagClosings(Operation):
    """The end of a bag."""

    permission = Permission.HANG_BAG

    @described(
        "close_bag",
        tag="bags",
        takes=BagToClose,
        answers={200: answers.Bag},
        refused=WRITING,
        examples=[
            example("After the stop", seen_bag=41, used=_USED, closed_at="2026-09-24T10:00:00Z", witness=_WITNESS)
        ],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Take the hanging bag down and account for it while the pump does not run; what does not add up is an incident."""
        sent, by, at = body(BagToClose, request), self.by, clock.now()
        second = witnessed(by, sent["witness"], at=at) if sent.get("witness") else None
        row = close_bag(
            admission_id,
            used=UsedBag(**sent["used"]),
            closed_at=sent["closed_at"],
            witness=second,
            seen_bag=sent["seen_bag"],
            by=by,
            at=at,
        )
        return _answered(row, by, second, status=200)


def _posted(sent: Mapping[str, Any]) -> dict[str, Any]:
    return {name: sent[name] for name in ("single_signed_reason", "seen_version", "client_id")}


def _second_person(by: Actor, sent: Mapping[str, Any], *, at: datetime) -> Signed | None:
    """One second person: who read the pump blind, where somebody did, else who witnessed."""
    if sent.get("second"):
        return witnessed(by, sent["second"], at=at, field="second")
    return witnessed(by, sent["witness"], at=at) if sent.get("witness") else None


def _answered(row: Bag, by: Actor, witness: Signed | None, *, status: int) -> Response:
    with_names(row, by, witness)
    return Response(bag_shape(row), status=status)

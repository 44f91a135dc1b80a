"""Looks that no observation set holds: the physician's review, the assessment after the hold, pump, line and site."""

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from api import watching_answers as answers
from api.bodies import CLIENT_ID, Posting, Reading, example, note_field, reading_of
from api.describing import WRITING, described
from api.fields import Flag, Instant, Word
from api.listing import of_stay
from api.naming import with_names
from api.operation import Operation, body
from api.paging import Paged
from api.watching_shapes import line_check_shape, review_shape
from core import clock
from monitoring.actions import record_line_check, record_review
from monitoring.domain.line_check import LineCheckEntry
from monitoring.domain.watching import ReviewKind, ReviewOutcome
from monitoring.models import LineCheck, Review


class ReviewToRecord(Posting):
    """How it goes on, as whoever looked sees it; it changes nothing by itself."""

    outcome = Word(ReviewOutcome)
    reviewed_at = Instant(help_text="When it was, with the offset from UTC.")
    note = note_field(1000)


class LineCheckToRecord(Posting):
    """What was seen at pump, line and site."""

    checked_at = Instant(help_text="When it was looked at, with the offset from UTC.")
    reading = Reading(help_text="The rate at which the pump runs, 0 where it stands; the concentration on the bag.")
    dedicated_labelled_line = Flag()
    anti_siphon_valve = Flag()
    pump_locked = Flag()
    nothing_else_through_it = Flag()
    site_is_well = Flag()
    note = note_field(500)


class Reviews(Operation):
    """The looks at the whole of one stay."""

    permission = Permission.VIEW_WARD
    permission_of = {"POST": Permission.REVIEW}

    @described("list_reviews", tag="looks", parameters=[Paged], answers={200: answers.ListedReviews})
    def get(self, request: Request, admission_id: int) -> Response:
        """The daily reviews and the assessments after a hold; newest first."""
        rows = Review.objects.select_related("reviewed_by")
        return of_stay(
            request,
            admission_id,
            rows=rows,
            newest="reviewed_at",
            shape=review_shape,
            verb="reviews.viewed",
            by=self.by,
        )

    @described(
        "record_daily_review",
        tag="looks",
        takes=ReviewToRecord,
        answers={200: answers.Review, 201: answers.Review},
        refused=WRITING,
        examples=[
            example("It goes on", client_id=CLIENT_ID, outcome="continue", reviewed_at="2026-09-22T09:10:00-04:00")
        ],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Record a physician's daily review."""
        return _reviewed(self, request, admission_id, ReviewKind.DAILY)


class Reassessments(Operation):
    """The assessments after a hold."""

    permission = Permission.REASSESS

    @described(
        "record_reassessment",
        tag="looks",
        takes=ReviewToRecord,
        answers={200: answers.Review, 201: answers.Review},
        refused=WRITING,
        examples=[
            example(
                "Higher",
                client_id=CLIENT_ID,
                outcome="increase",
                reviewed_at="2026-09-22T16:05:00Z",
                note="pain 6 again, awake and clear",
            )
        ],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Record the assessment after the hold: whether the dose is to be raised. It asks for no increase by itself."""
        return _reviewed(self, request, admission_id, ReviewKind.REASSESSMENT)


class LineChecks(Operation):
    """The looks at pump, line and site of one stay."""

    permission = Permission.VIEW_WARD
    permission_of = {"POST": Permission.CHART}

    @described("list_line_checks", tag="looks", parameters=[Paged], answers={200: answers.ListedLineChecks})
    def get(self, request: Request, admission_id: int) -> Response:
        """The looks at pump, line and site; newest first."""
        rows = LineCheck.objects.select_related("recorded_by")
        return of_stay(
            request, admission_id, rows=rows, newest="checked_at", shape=line_check_shape, verb="line_checks.viewed",
            by=self.by,
        )  # fmt: skip

    @described(
        "record_line_check",
        tag="looks",
        takes=LineCheckToRecord,
        answers={200: answers.LineCheck, 201: answers.LineCheck},
        refused=WRITING,
        examples=[
            example(
                "As it should be",
                client_id=CLIENT_ID,
                checked_at="2026-09-22T12:00:00Z",
                reading={"rate_ml_per_h": "3.5", "concentration_mg_per_ml": "2"},
                dedicated_labelled_line=True,
                anti_siphon_valve=True,
                pump_locked=True,
                nothing_else_through_it=True,
                site_is_well=True,
            )
        ],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Record a look at pump, line and site. One that differs from what should run is kept, and is red."""
        sent, by = body(LineCheckToRecord, request), self.by
        named, reading = sent.pop("client_id"), reading_of(sent.pop("reading"))
        entry = LineCheckEntry(reading=reading, **sent)
        row = record_line_check(admission_id, entry=entry, client_id=named, by=by, at=clock.now())
        with_names(row, by)
        return Response(line_check_shape(row), status=200 if row.sent_again else 201)


def _reviewed(operation: Operation, request: Request, admission_id: int, kind: ReviewKind) -> Response:
    by = operation.by
    row = record_review(admission_id, kind=kind, **body(ReviewToRecord, request), by=by, at=clock.now())
    with_names(row, by)
    return Response(review_shape(row), status=200 if row.sent_again else 201)

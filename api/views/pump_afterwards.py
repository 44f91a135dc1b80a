"""What is said of the pump afterwards: why, that it was a mistake, how it was found, what paper says, what was wrong."""

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from api import pump_answers as answers
from api.bodies import (
    CLIENT_ID,
    SECRET_IN_EXAMPLES,
    Effective,
    Posting,
    Reading,
    Witnessing,
    dose_field,
    example,
    note_field,
    pump_field,
    reading_of,
    witnessed,
)
from api.describing import WRITING, described
from api.fields import Instant, Text, Word
from api.operation import Operation, body
from api.views.pump import BY_TWO_EXAMPLE, ByTwo, by_two, recorded
from core import clock
from infusion import actions
from infusion.domain.delivery import DeliveryKind
from infusion.domain.words import PauseReason
from infusion.models import DeliveryEvent

_READING = {"rate_ml_per_h": "7", "concentration_mg_per_ml": "2"}
_ENTERED = tuple(kind for kind in DeliveryKind if kind is not DeliveryKind.WITHDRAWN)


class FoundToRecord(Effective):
    """How the pump was found."""

    reading = Reading()
    note = note_field()


class EntryFromPaper(Effective):
    """An act at the pump during a downtime, from paper."""

    kind = Word(_ENTERED)
    reading = Reading(required=False, allow_null=True, help_text="What the pump was set to, where it ran.")
    dose_mg_per_kg_h = dose_field(required=False, allow_null=True)
    pump = pump_field()
    pause_reason = Word(PauseReason, required=False, allow_null=True)
    note = Text(max_length=200, help_text="Where it was written meanwhile.")
    witness = Witnessing(
        required=False, allow_null=True, help_text="Who countersigns it; else another person is asked to look."
    )


class CorrectionToMake(Posting):
    """A new version of an entry: what is left out stays as it was."""

    reason = Text(max_length=200, help_text="Why it is corrected.")
    effective_at = Instant(required=False, allow_null=True)
    reading = Reading(required=False, allow_null=True)
    dose_mg_per_kg_h = dose_field(required=False, allow_null=True)
    pump = Text(required=False, allow_null=True, max_length=40)


class WhyToSay(Posting):
    """The reason of a pause, after the tap."""

    pause_reason = Word(PauseReason)
    until_at = Instant(required=False, allow_null=True)
    note = note_field()


class Found(Operation):
    """How the pump was found."""

    permission = Permission.MAKE_SAFE

    @described(
        "record_found_rate",
        tag="pump",
        takes=FoundToRecord,
        answers={200: answers.RecordedAct, 201: answers.RecordedAct},
        refused=WRITING,
        examples=[
            example("At another rate", client_id=CLIENT_ID, effective_at="2026-09-22T09:00:00Z", reading=_READING)
        ],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Record the rate and concentration at which the pump was found, as it was: no limit judges what happened."""
        sent, by, at = body(FoundToRecord, request), self.by, clock.now()
        act = actions.record_found(
            admission_id,
            reading=reading_of(sent["reading"]),
            effective_at=sent["effective_at"],
            note=sent["note"],
            client_id=sent["client_id"],
            by=by,
            at=at,
        )
        return recorded(act, by, at=at)


class SetBacks(Operation):
    """Back to the ordered dose."""

    permission = Permission.RESUME_INFUSION

    @described(
        "set_back_pump",
        tag="pump",
        takes=ByTwo,
        answers={200: answers.RecordedAct, 201: answers.RecordedAct},
        refused=WRITING,
        examples=[example("By two nurses", **BY_TWO_EXAMPLE)],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Record that a pump found below the ordered dose was set back to it. Set it at the pump first.

        No approval is asked for, within 2 h of the finding; what is hard of the bedside binds as for an increase.
        """
        sent, by, at = body(ByTwo, request), self.by, clock.now()
        second = witnessed(by, sent["second"], at=at, field="second")
        act = actions.set_back(admission_id, **by_two(sent, second), by=by, at=at)
        return recorded(act, by, second, at=at)


class LaterEntries(Operation):
    """Acts from paper."""

    permission = Permission.CHART

    @described(
        "enter_afterwards",
        tag="pump",
        takes=EntryFromPaper,
        answers={200: answers.RecordedAct, 201: answers.RecordedAct},
        refused=WRITING,
        examples=[
            example(
                "A pause during a downtime",
                client_id=CLIENT_ID,
                effective_at="2026-09-22T03:10:00Z",
                kind="paused",
                pause_reason="line",
                note="downtime sheet 2",
                witness={"username": "nurse2", "secret": SECRET_IN_EXAMPLES},
            )
        ],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Enter what was done at the pump during a downtime, as it was: marked so, and countersigned."""
        sent, by, at = body(EntryFromPaper, request), self.by, clock.now()
        second = witnessed(by, sent["witness"], at=at) if sent.get("witness") else None
        act = actions.enter_afterwards(
            admission_id,
            kind=sent["kind"],
            effective_at=sent["effective_at"],
            reading=reading_of(sent["reading"]) if sent.get("reading") else None,
            dose_mg_per_kg_h=sent.get("dose_mg_per_kg_h"),
            pump=sent["pump"],
            pause_reason=sent.get("pause_reason"),
            note=sent["note"],
            witness=second,
            client_id=sent["client_id"],
            by=by,
            at=at,
        )
        return recorded(act or DeliveryEvent.objects.get(client_id=sent["client_id"]), by, second, at=at)


class EventCorrections(Operation):
    """The correction of an entry."""

    permission = Permission.CHART

    @described(
        "correct_delivery_event",
        tag="pump",
        takes=CorrectionToMake,
        answers={200: answers.RecordedAct, 201: answers.RecordedAct},
        refused=WRITING,
        examples=[
            example(
                "Another time",
                client_id=CLIENT_ID,
                reason="watch was wrong",
                effective_at="2026-09-22T08:02:00Z",
            )
        ],
    )
    def post(self, request: Request, event_id: int) -> Response:
        """Put a new version of an entry in its place; the old one stays readable, and segments are made anew."""
        sent, by, at = body(CorrectionToMake, request), self.by, clock.now()
        act = actions.correct_event(
            event_id,
            reason=sent["reason"],
            effective_at=sent.get("effective_at"),
            reading=reading_of(sent["reading"]) if sent.get("reading") else None,
            dose_mg_per_kg_h=sent.get("dose_mg_per_kg_h"),
            pump=sent.get("pump"),
            client_id=sent["client_id"],
            by=by,
            at=at,
        )
        return recorded(act, by, at=at)


class EventReasons(Operation):
    """Why the pump was paused."""

    permission = Permission.MAKE_SAFE

    @described(
        "say_why",
        tag="pump",
        takes=WhyToSay,
        answers={200: answers.RecordedAct, 201: answers.RecordedAct},
        refused=WRITING,
        examples=[example("A scan", client_id=CLIENT_ID, pause_reason="imaging", until_at="2026-09-22T08:40:00Z")],
    )
    def post(self, request: Request, event_id: int) -> Response:
        """Say the reason of a pause, and until when it is meant to last, after the tap."""
        sent, by, at = body(WhyToSay, request), self.by, clock.now()
        act = actions.say_why(
            event_id,
            reason=sent["pause_reason"],
            until_at=sent.get("until_at"),
            note=sent["note"],
            client_id=sent["client_id"],
            by=by,
            at=at,
        )
        return recorded(act, by, at=at)


class EventWithdrawals(Operation):
    """Taking a tap back."""

    permission = Permission.RESUME_INFUSION

    @described(
        "undo_tap",
        tag="pump",
        takes=Posting,
        answers={200: answers.RecordedAct, 201: answers.RecordedAct},
        refused=WRITING,
        examples=[example("Tapped by mistake", client_id=CLIENT_ID)],
    )
    def post(self, request: Request, event_id: int) -> Response:
        """ "Tapped by mistake, the pump never stopped": within 5 min, the segment is restored without a gap."""
        sent, by, at = body(Posting, request), self.by, clock.now()
        return recorded(actions.undo_tap(event_id, client_id=sent["client_id"], by=by, at=at), by, at=at)

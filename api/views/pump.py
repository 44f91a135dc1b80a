"""What people record of the pump. Plateau does not control it: each act is done at the pump first."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actor import Actor
from accounts.roles import Permission
from accounts.signing import Signed
from api import pump_answers as answers
from api.bodies import (
    CLIENT_ID,
    SECRET_IN_EXAMPLES,
    Effective,
    MadeSafe,
    Reading,
    SecondReading,
    Seen,
    dose_field,
    example,
    made_at,
    note_field,
    pump_field,
    reading_of,
    witnessed,
)
from api.describing import WRITING, described
from api.fields import Flag, Instant, Word
from api.naming import with_names
from api.operation import Operation, body
from api.pump_shapes import act_shape
from core import clock
from infusion import actions
from infusion.domain.words import PauseReason
from infusion.models import DeliveryEvent
from infusion.recording import PumpAct
from infusion.selectors import course_of

_DONE_AT = "2026-09-22T08:00:00Z"
_SENT = {"client_id": CLIENT_ID, "effective_at": _DONE_AT}
_READING = {"rate_ml_per_h": "5.2", "concentration_mg_per_ml": "2"}
BY_TWO_EXAMPLE = {
    **_SENT,
    "seen_version": 1,
    "pump": "pump 3",
    "first": _READING,
    "second": {"username": "nurse2", "secret": SECRET_IN_EXAMPLES, **_READING},
}


class ByTwo(Effective, Seen):
    """An act that two people check: each reads the pump for themselves, the second blind."""

    pump = pump_field()
    first = Reading(help_text="What the person who sends this reads.")
    second = SecondReading(help_text="What the second person reads, who types it and their secret themselves.")


class StartToRecord(ByTwo):
    """The start of the infusion."""

    line_checked = Flag(help_text="Dedicated labelled line, anti-siphon valve, locked pump, nothing else through it.")


class IncreaseToRecord(ByTwo):
    """An increase."""

    dose_mg_per_kg_h = dose_field(help_text="The dose that it is raised to.")


class ResumptionToRecord(IncreaseToRecord):
    """The pump runs again."""

    second = SecondReading(
        required=False, allow_null=True, help_text="As for a start; left out only where nobody came when called."
    )
    single_signed_reason = note_field(
        help_text="Why it is signed by one alone: after a technical pause, 10 min after a call."
    )


class DecreaseToRecord(MadeSafe):
    """A lower dose."""

    dose_mg_per_kg_h = dose_field(help_text="Any dose from 0 on that is below the running one.")
    reason = note_field()


class PauseToRecord(MadeSafe):
    """A pause."""

    pause_reason = Word(PauseReason, required=False, allow_null=True, help_text="May be said later; none is clinical.")
    until_at = Instant(required=False, allow_null=True, help_text="Until when it is meant to last; it rings then.")
    note = note_field()


class StopToRecord(MadeSafe):
    """A stop."""

    reason = note_field(help_text="May be said later.")


class Starts(Operation):
    """The start."""

    permission = Permission.START_INFUSION

    @described(
        "start_infusion",
        tag="pump",
        takes=StartToRecord,
        answers={200: answers.RecordedAct, 201: answers.RecordedAct},
        refused=WRITING,
        examples=[example("By two nurses", **BY_TWO_EXAMPLE, line_checked=True)],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Record that the pump was started at the order's initial dose. Start at the pump first.

        422 with every reason of the start gate, or where the readings and the computed rate are not all the same: that
        check stays recorded.
        """
        sent, by, at = body(StartToRecord, request), self.by, clock.now()
        second = witnessed(by, sent["second"], at=at, field="second")
        act = actions.start_infusion(
            admission_id, **by_two(sent, second), line_checked=sent["line_checked"], by=by, at=at
        )
        return recorded(act, by, second, at=at)


class Increases(Operation):
    """Carrying out an increase."""

    permission = Permission.EXECUTE_INCREASE

    @described(
        "execute_increase",
        tag="pump",
        takes=IncreaseToRecord,
        answers={200: answers.RecordedAct, 201: answers.RecordedAct},
        refused=WRITING,
        examples=[example("One step", **BY_TWO_EXAMPLE, dose_mg_per_kg_h="0.15")],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Record that the dose was raised at the pump, under the physician's ceiling that stands.

        Neither the approver carries it out, nor checks it. 422 with every reason of the gate and of the readings.
        """
        sent, by, at = body(IncreaseToRecord, request), self.by, clock.now()
        second = witnessed(by, sent["second"], at=at, field="second")
        event = actions.execute_increase(
            admission_id, **by_two(sent, second), dose=sent["dose_mg_per_kg_h"], by=by, at=at
        )
        return recorded(event, by, second, at=at)


class Resumptions(Operation):
    """The pump runs again."""

    permission = Permission.RESUME_INFUSION

    @described(
        "resume_infusion",
        tag="pump",
        takes=ResumptionToRecord,
        answers={200: answers.RecordedAct, 201: answers.RecordedAct},
        refused=WRITING,
        examples=[
            example("By two nurses", **BY_TWO_EXAMPLE, dose_mg_per_kg_h="0.15"),
            example(
                "By one alone, after a call",
                **_SENT,
                seen_version=1,
                first=_READING,
                dose_mg_per_kg_h="0.15",
                single_signed_reason="second nurse at a resuscitation",
            ),
        ],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Record that the pump runs again, at the previous dose or less. Start at the pump first.

        It takes a physician's restart after a red alert, a clinical pause, a stop, or more than 2 h.
        """
        sent, by, at = body(ResumptionToRecord, request), self.by, clock.now()
        second = witnessed(by, sent["second"], at=at, field="second") if sent.get("second") else None
        act = actions.resume_infusion(
            admission_id,
            **by_two(sent, second),
            dose_mg_per_kg_h=sent["dose_mg_per_kg_h"],
            single_signed_reason=sent["single_signed_reason"],
            by=by,
            at=at,
        )
        return recorded(act, by, second, at=at)


class Decreases(Operation):
    """A lower dose."""

    permission = Permission.MAKE_SAFE

    @described(
        "decrease",
        tag="pump",
        takes=DecreaseToRecord,
        answers={200: answers.RecordedAct, 201: answers.RecordedAct},
        refused=WRITING,
        examples=[example("Two steps down", **_SENT, dose_mg_per_kg_h="0.1", reason="drowsy")],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Record that the dose was lowered: at once, by one person. Lower it at the pump first.

        What was requested or approved and not carried out is void.
        """
        sent, by, at = body(DecreaseToRecord, request), self.by, clock.now()
        act = actions.decrease(
            admission_id,
            effective_at=sent["effective_at"],
            dose_mg_per_kg_h=sent["dose_mg_per_kg_h"],
            reason=sent["reason"],
            client_id=sent["client_id"],
            by=by,
            at=at,
        )
        return recorded(act, by, at=at)


class Pauses(Operation):
    """A pause."""

    permission = Permission.MAKE_SAFE

    @described(
        "pause_infusion",
        tag="pump",
        takes=PauseToRecord,
        answers={200: answers.RecordedAct, 201: answers.RecordedAct},
        refused=WRITING,
        examples=[
            example("For a scan", **_SENT, pause_reason="imaging", until_at="2026-09-22T08:40:00Z"),
            example("At once, reason later", **_SENT),
        ],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Record that the pump was paused: always, at once. Pause at the pump first."""
        sent, by, at = body(PauseToRecord, request), self.by, clock.now()
        act = actions.pause_infusion(
            admission_id,
            effective_at=sent["effective_at"],
            reason=sent.get("pause_reason"),
            until_at=sent.get("until_at"),
            note=sent["note"],
            client_id=sent["client_id"],
            by=by,
            at=at,
        )
        return recorded(act, by, at=at)


class Stops(Operation):
    """A stop."""

    permission = Permission.MAKE_SAFE

    @described(
        "stop_infusion",
        tag="pump",
        takes=StopToRecord,
        answers={200: answers.RecordedAct, 201: answers.RecordedAct},
        refused=WRITING,
        examples=[example("The patient asks", **_SENT, reason="the patient wishes it")],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Record that the pump was stopped: always, at once, by one person. Stop at the pump first.

        It leaves the order restartable by a physician; saying it again while it is stopped changes nothing.
        """
        sent, by, at = body(StopToRecord, request), self.by, clock.now()
        act = actions.stop_infusion(
            admission_id,
            effective_at=sent["effective_at"],
            reason=sent["reason"],
            client_id=sent["client_id"],
            by=by,
            at=at,
        )
        return recorded(act, by, at=at)


def recorded(act: PumpAct | DeliveryEvent, by: Actor, witness: Signed | None = None, *, at: datetime) -> Response:
    """The answer to every act at the pump; of an event alone, the course is read as it stands now."""
    event = act.event if isinstance(act, PumpAct) else act
    course = act.course if isinstance(act, PumpAct) else course_of(act.admission)
    sentence = act.sentence if isinstance(act, PumpAct) else ""
    with_names(event, by, witness)
    return Response(act_shape(event, course, sentence), status=made_at(event.recorded_at, at))


def by_two(sent: Mapping[str, Any], second: Signed | None) -> dict[str, Any]:
    """What every act that two people check is recorded with."""
    return {
        "effective_at": sent["effective_at"],
        "pump": sent["pump"],
        "first": reading_of(sent["first"]),
        "second": reading_of(sent["second"]) if second is not None else None,
        "witness": second,
        "seen_version": sent["seen_version"],
        "client_id": sent["client_id"],
    }

"""The numbers that orders rest on: drafted by an administrator, signed by a physician."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from api import order_answers as answers
from api.bodies import SECRET_IN_EXAMPLES, Signing, example, signed_by
from api.describing import READING, WRITING, described
from api.fields import Content, Instant, Strict, Text
from api.operation import Operation, body, query
from api.order_shapes import protocol_shape
from core import clock
from core.errors import NotFound
from infusion.actions import draft_protocol, redraft_protocol, retire_protocol, sign_protocol
from infusion.models import Protocol, ProtocolStatus
from infusion.seed import shipped_contents

_SEEN = "`drafted_at` of the draft as you read it (null where it has none); another one is refused with 409."


class ProtocolToDraft(Strict):
    """The whole content of a protocol."""

    content = Content(
        help_text="All numbers: dose, schedule, alerts and the rest, as in an earlier version. Decimals are text. "
        "`code` names the protocol; `version` is given by the server."
    )


class ProtocolToRedraft(ProtocolToDraft):
    """The whole content anew."""

    seen_drafted_at = Instant(allow_null=True, help_text=_SEEN)


class ProtocolToSign(Signing):
    """A physician's signature under a draft."""

    seen_drafted_at = Instant(allow_null=True, help_text=_SEEN)


class ProtocolToRetire(Strict):
    """The end of a version."""

    reason = Text(max_length=200, help_text="Why; it is kept in the trail.")


class ProtocolsAsked(Strict):
    """Which protocols."""

    code = Text(required=False, default="", allow_blank=True, max_length=60)
    status = serializers.ChoiceField(
        choices=[*ProtocolStatus.values, "all"],
        default="all",
        error_messages={"invalid_choice": f"must be one of {', '.join(ProtocolStatus.values)}, all."},
    )


class Protocols(Operation):
    """All protocols."""

    permission = Permission.VIEW_PROTOCOLS
    permission_of = {"POST": Permission.MANAGE_PROTOCOLS}

    @described("list_protocols", tag="protocols", parameters=[ProtocolsAsked], answers={200: answers.ListedProtocols})
    def get(self, request: Request) -> Response:
        """Every version of every protocol, without its content."""
        asked = query(ProtocolsAsked, request)
        rows = _rows().order_by("code", "-version").defer("content")
        if asked["code"]:
            rows = rows.filter(code=asked["code"])
        if asked["status"] != "all":
            rows = rows.filter(status=asked["status"])
        return Response({"results": [protocol_shape(row) for row in rows], "next": None})

    @described(
        "draft_protocol",
        tag="protocols",
        takes=ProtocolToDraft,
        answers={201: answers.ProtocolInFull},
        refused=WRITING,
    )
    def post(self, request: Request) -> Response:
        """Write the next version of a protocol; 422 with every problem of its content.

        The same content again, while it is the newest version and a draft, is that draft.
        """
        sent = body(ProtocolToDraft, request)
        return _whole(draft_protocol(sent["content"], by=self.by, at=clock.now()), status=201)


class ShippedProtocols(Operation):
    """What ships with the software."""

    permission = Permission.VIEW_PROTOCOLS

    @described("list_shipped_protocols", tag="protocols", answers={200: answers.ShippedProtocols})
    def get(self, request: Request) -> Response:
        """The contents that a draft may begin from; none of them counts before it is drafted and signed."""
        return Response({"results": list(shipped_contents())})


class OneProtocol(Operation):
    """One version."""

    permission = Permission.VIEW_PROTOCOLS
    permission_of = {"POST": Permission.MANAGE_PROTOCOLS}

    @described("read_protocol", tag="protocols", answers={200: answers.ProtocolInFull}, refused=READING)
    def get(self, request: Request, protocol_id: int) -> Response:
        """One version with its content."""
        row = _rows().filter(pk=protocol_id).first()
        if row is None:
            raise NotFound("protocol_not_found", "There is no such protocol.")
        return _whole(row)

    @described(
        "redraft_protocol",
        tag="protocols",
        takes=ProtocolToRedraft,
        answers={200: answers.ProtocolInFull},
        refused=WRITING,
    )
    def post(self, request: Request, protocol_id: int) -> Response:
        """Write a draft anew; 409 once it is signed."""
        sent = body(ProtocolToRedraft, request)
        row = redraft_protocol(
            protocol_id, sent["content"], seen_drafted_at=sent["seen_drafted_at"], by=self.by, at=clock.now()
        )
        return _whole(row)


class ProtocolSignatures(Operation):
    """The signature under a draft."""

    permission = Permission.SIGN_PROTOCOL

    @described(
        "sign_protocol",
        tag="protocols",
        takes=ProtocolToSign,
        answers={200: answers.ProtocolInFull},
        refused=WRITING,
        examples=[example("Sign what was read", password=SECRET_IN_EXAMPLES, seen_drafted_at="2026-09-22T07:55:00Z")],
    )
    def post(self, request: Request, protocol_id: int) -> Response:
        """Sign the clinical content: new orders rest on it, and the version that was active is retired."""
        sent, by, at = body(ProtocolToSign, request), self.by, clock.now()
        signed = signed_by(by, sent, at=at)
        row = sign_protocol(protocol_id, signed=signed, seen_drafted_at=sent["seen_drafted_at"], by=by, at=at)
        return _whole(row)


class ProtocolRetirements(Operation):
    """The end of a version."""

    permission = Permission.MANAGE_PROTOCOLS

    @described(
        "retire_protocol",
        tag="protocols",
        takes=ProtocolToRetire,
        answers={200: answers.ProtocolInFull},
        refused=WRITING,
        examples=[example("Out of use", reason="the drug is no longer stocked")],
    )
    def post(self, request: Request, protocol_id: int) -> Response:
        """Let no new order rest on it; orders signed under it go on."""
        sent = body(ProtocolToRetire, request)
        return _whole(retire_protocol(protocol_id, reason=sent["reason"], by=self.by, at=clock.now()))


def _rows() -> Any:
    return Protocol.objects.select_related("drafted_by", "signed_by")


def _whole(row: Protocol, *, status: int = 200) -> Response:
    return Response({**protocol_shape(row), "content": row.content}, status=status)

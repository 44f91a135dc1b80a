"""Drafting, signing and retiring the numbers that orders rest on.

An administrator writes a draft, a physician signs its clinical content; what is signed is never edited, only followed
by a next version. None of this settles a stay: an order keeps the version that it was signed under, and a stay without
an order, which is judged by the newest active version, has no pump running; the sweep looks at it within seconds.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from accounts.actor import Actor
from accounts.models import SignatureMeaning
from accounts.roles import Permission
from accounts.signing import Signed, must_have_signed, put_names
from audit.trail import actor_setting
from core.errors import Conflict, NotFound, Reason, Refused, refuse_for
from infusion.models import Protocol
from infusion.policies.protocols import reasons_not_to_use
from patients.selectors import stamp

Status = Protocol.Status
# One key for all protocols: they change a few times a year, and the first draft of a code has no row to lock.
_ONE_AT_A_TIME = """
SELECT pg_advisory_xact_lock(hashtext('infusion.protocols')), set_config('plateau.actor', %s, true)
"""


@transaction.atomic
def draft_protocol(content: Mapping[str, Any], *, by: Actor, at: datetime) -> Protocol:
    """Write the next version of the protocol that `content` names by its `code`; it gets the next number.

    `Refused` with every problem of the content (dose, schedule and alerts alike). The same content again, while it is
    the newest version and a draft, is that draft.
    """
    _one_at_a_time(by, Permission.MANAGE_PROTOCOLS)
    _must_be_usable(content)
    versions = Protocol.objects.filter(code=content["code"])
    newest = versions.order_by("-version").first()
    if newest and newest.status == Status.DRAFT and newest.content == {**content, "version": newest.version}:
        return newest
    number = (versions.aggregate(Max("version"))["version__max"] or 0) + 1
    draft = Protocol(code=content["code"], version=number, status=Status.DRAFT)
    return _written(draft, content, by=by, at=at)


@transaction.atomic
def redraft_protocol(
    protocol_id: int, content: Mapping[str, Any], *, seen_drafted_at: datetime | None, by: Actor, at: datetime
) -> Protocol:
    """Write a draft anew. `Refused` once it is signed; `Conflict` where it was changed since it was read."""
    _one_at_a_time(by, Permission.MANAGE_PROTOCOLS)
    draft = _protocol(protocol_id)
    _must_be_draft(draft)
    if draft.content == {**content, "version": draft.version}:
        return draft
    _must_be_as_seen(draft, seen_drafted_at)
    _must_be_usable(content)
    if content["code"] != draft.code:
        sentence = f"This is a draft of {draft.code}: another code is another protocol."
        raise Refused("code_changed", sentence, [Reason("code_changed", sentence, "content")])
    return _written(draft, content, by=by, at=at)


@transaction.atomic
def sign_protocol(
    protocol_id: int, *, signed: Signed, seen_drafted_at: datetime | None, by: Actor, at: datetime
) -> Protocol:
    """A physician signs a draft's clinical content, with their password: new orders rest on it from now on.

    The version that was active is retired with it; orders signed under that one keep it. `Conflict` where the draft was
    changed since it was read, or signed by somebody else already; `Refused` where a later version is active.
    """
    _one_at_a_time(by, Permission.SIGN_PROTOCOL)
    must_have_signed(signed, by=by, at=at)
    draft = _protocol(protocol_id)
    if (draft.status, draft.signed_by_id, draft.drafted_at) == (Status.ACTIVE, signed.user_id, seen_drafted_at):
        return draft
    _must_be_draft(draft)
    _must_be_as_seen(draft, seen_drafted_at)
    _must_be_usable(draft.content)
    active = Protocol.objects.filter(code=draft.code, status=Status.ACTIVE)
    if later := active.filter(version__gt=draft.version).first():
        raise Refused("later_version_active", f"Version {later.version} is active already, and later than this draft.")
    active.update(status=Status.RETIRED, retired_at=at)
    draft.status, draft.signed_by_id, draft.signed_at = Status.ACTIVE, signed.user_id, at
    draft.save(update_fields=["status", "signed_by", "signed_at"])
    put_names(draft, None, (signed, SignatureMeaning.PROTOCOL))
    return draft


@transaction.atomic
def retire_protocol(protocol_id: int, *, reason: str, by: Actor, at: datetime) -> Protocol:
    """No new order rests on it any more; orders signed under it go on. `Refused` for a draft, and without a reason.

    Retiring it again changes nothing and answers the same.
    """
    _one_at_a_time(by, Permission.MANAGE_PROTOCOLS, reason=reason)
    if not reason.strip():
        raise Refused("reason_missing", "Say why.", [Reason("reason_missing", "Say why.", "reason")])
    protocol = _protocol(protocol_id)
    if protocol.status == Status.DRAFT:
        raise Refused("protocol_is_draft", "This version was never signed: there is nothing to retire.")
    if protocol.status == Status.ACTIVE:
        protocol.status, protocol.retired_at = Status.RETIRED, at
        protocol.save(update_fields=["status", "retired_at"])
    return protocol


def _one_at_a_time(by: Actor, may: Permission, *, reason: str = "") -> None:
    """One change of protocols after the other; also tells the row triggers who acts."""
    by.must_be_allowed(may)
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [actor_setting(by, reason=reason)])


def _protocol(protocol_id: int) -> Protocol:
    protocol = Protocol.objects.select_related("signed_by", "drafted_by").filter(pk=protocol_id).first()
    if protocol is None:
        raise NotFound("protocol_not_found", "There is no such protocol.")
    return protocol


def _must_be_usable(content: object) -> None:
    refuse_for(reasons_not_to_use(content), code="content_refused", sentence="This content cannot be used yet.")


def _must_be_draft(protocol: Protocol) -> None:
    if protocol.status != Status.DRAFT:
        assert protocol.signed_by is not None
        assert protocol.signed_at is not None
        who, when = protocol.signed_by.display_name, stamp(protocol.signed_at)
        raise Conflict("protocol_signed", f"Version {protocol.version} was signed by {who} at {when}.")


def _must_be_as_seen(draft: Protocol, seen_drafted_at: datetime | None) -> None:
    """What is signed or written over is what was read."""
    if draft.drafted_at != seen_drafted_at:
        raise Conflict("draft_changed", "This draft was changed since you read it. Read it again.")


def _written(draft: Protocol, content: Mapping[str, Any], *, by: Actor, at: datetime) -> Protocol:
    draft.content = {**content, "version": draft.version}
    draft.name, draft.drug = content["name"], content["drug"]
    draft.drafted_by_id, draft.drafted_at = by.user_id, at
    draft.save()
    return _protocol(draft.pk)

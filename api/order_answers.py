"""The answers about protocols, orders, requests and approvals, described; `api.order_shapes` builds them."""

from rest_framework import serializers

from accounts.models import SignatureMeaning, SignatureMethod
from accounts.roles import Role
from api.answers import Described, Listed, RefusalReason
from infusion.domain.words import ApprovalKind, ApprovalState, OrderEnd, OrderState, RequestState, Stage
from infusion.models import ProtocolStatus


def word(words: type, *, blank: bool = False, help_text: str = "") -> serializers.ChoiceField:
    """One of the record's words."""
    choices = [str(each) for each in words]  # type: ignore[attr-defined]
    return serializers.ChoiceField(choices=choices, allow_blank=blank, help_text=help_text)


def quantity(unit: str, *, null: bool = False) -> serializers.CharField:
    """A decimal, as text."""
    return serializers.CharField(allow_null=null, help_text=f"{unit}, a decimal")


def dose(*, null: bool = False) -> serializers.CharField:
    """A dose."""
    return quantity("mg/kg/h", null=null)


class Protocol(Described):
    """One version of a protocol."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    version = serializers.IntegerField()
    name = serializers.CharField()
    drug = serializers.CharField()
    status = serializers.ChoiceField(choices=ProtocolStatus.values)
    drafted_by = serializers.CharField(allow_null=True)
    drafted_at = serializers.DateTimeField(allow_null=True, help_text="Give it back as `seen_drafted_at`")
    signed_by = serializers.CharField(allow_null=True)
    signed_at = serializers.DateTimeField(allow_null=True)
    retired_at = serializers.DateTimeField(allow_null=True)


class ProtocolInFull(Protocol):
    """One version with its content."""

    content = serializers.DictField()


class ListedProtocols(Described):
    """Protocols by code, newest version first."""

    next = serializers.CharField(allow_null=True, help_text="Always null: all of them are listed")
    results = Protocol(many=True)


class ShippedProtocols(Described):
    """What a draft may begin from."""

    results = serializers.ListField(child=serializers.DictField())


class Order(Described):
    """One signed version of a stay's order."""

    id = serializers.IntegerField()
    admission = serializers.IntegerField()
    client_id = serializers.UUIDField()
    version = serializers.IntegerField(help_text="Give it back as `seen_version`")
    replaces = serializers.IntegerField(allow_null=True, help_text="The version before it")
    protocol = serializers.IntegerField()
    state = word(OrderState)
    drug = serializers.CharField()
    route = serializers.CharField()
    weight = serializers.IntegerField()
    dosing_weight_kg = quantity("kg")
    unmeasured_weight_reason = serializers.CharField(allow_blank=True)
    reweigh_by = serializers.DateTimeField(allow_null=True)
    concentration_mg_per_ml = quantity("mg/mL")
    initial_dose_mg_per_kg_h = dose()
    increment_mg_per_kg_h = dose()
    step_interval_min = serializers.IntegerField()
    maximum_dose_mg_per_kg_h = dose()
    pain_goal = serializers.IntegerField(help_text="The objective endpoint: pain at or below it")
    endpoint = serializers.CharField(allow_blank=True)
    planned_days = serializers.IntegerField()
    liver_max_age_h = serializers.IntegerField()
    signed_by = serializers.CharField()
    signed_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_by = serializers.CharField(allow_null=True)
    end_cause = word(OrderEnd, blank=True)
    end_reason = serializers.CharField(allow_blank=True)


class ListedOrders(Listed):
    """The versions of a stay's order, newest first."""

    results = Order(many=True)


class IncreaseRequest(Described):
    """A request for a higher dose."""

    id = serializers.IntegerField()
    admission = serializers.IntegerField()
    order = serializers.IntegerField()
    client_id = serializers.UUIDField()
    dose_mg_per_kg_h = dose()
    note = serializers.CharField(allow_blank=True)
    requested_by = serializers.CharField()
    requested_at = serializers.DateTimeField()
    view = serializers.DictField(help_text="What the requester saw, frozen")
    state = word(RequestState)
    closed_at = serializers.DateTimeField(allow_null=True)
    closed_by = serializers.CharField(allow_null=True)
    close_reason = serializers.CharField(allow_blank=True)


class ListedRequests(Listed):
    """Requests, newest first."""

    results = IncreaseRequest(many=True)


class Override(Described):
    """A soft reason that a physician opened."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    sentence = serializers.CharField(help_text="What the gate said")
    reason = serializers.CharField()
    by = serializers.CharField()
    at = serializers.DateTimeField()


class Approval(Described):
    """A physician's ceiling with an expiry."""

    id = serializers.IntegerField()
    admission = serializers.IntegerField()
    order = serializers.IntegerField()
    client_id = serializers.UUIDField()
    kind = word(ApprovalKind)
    request = serializers.IntegerField(allow_null=True)
    requested_by = serializers.CharField(allow_null=True)
    ceiling_mg_per_kg_h = dose()
    approved_by = serializers.CharField()
    approved_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    reason = serializers.CharField(allow_blank=True)
    view = serializers.DictField(help_text="What the physician saw, frozen")
    state = word(ApprovalState)
    closed_at = serializers.DateTimeField(allow_null=True)
    close_reason = serializers.CharField(allow_blank=True)
    overrides = Override(many=True)


class ListedApprovals(Listed):
    """Approvals, newest first."""

    results = Approval(many=True)


class Gate(Described):
    """Whether a dose may be raised now, asked as if by somebody with no part in the request or the approval."""

    stage = word(Stage)
    is_open = serializers.BooleanField(help_text="Nothing stands against it but perhaps time")
    reasons = RefusalReason(many=True, help_text="Every hard reason")
    soft = RefusalReason(many=True, help_text="Every soft reason that no physician opened yet")
    not_before = serializers.DateTimeField(allow_null=True, help_text="Time alone allows it from here on")
    next_dose_mg_per_kg_h = quantity("mg/kg/h", null=True)


class Signature(Described):
    """A name under one row of the record."""

    id = serializers.IntegerField()
    table = serializers.CharField()
    row = serializers.IntegerField()
    name = serializers.CharField()
    role = serializers.ChoiceField(choices=Role.values)
    meaning = serializers.ChoiceField(choices=SignatureMeaning.values)
    method = serializers.ChoiceField(choices=SignatureMethod.values)
    at = serializers.DateTimeField()


class ListedSignatures(Listed):
    """Signatures, newest first."""

    results = Signature(many=True)

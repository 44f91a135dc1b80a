"""The answers about protocols, orders and the pump, described; `api.infusion_shapes` builds them."""

from rest_framework import serializers

from api.answers import Described
from infusion.models import ProtocolStatus


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

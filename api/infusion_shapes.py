"""Rows about protocols, orders and the pump as the API answers them; `api.infusion_answers` describes them."""

from typing import Any

from api.shapes import iso
from infusion.models import Protocol


def protocol_shape(row: Protocol) -> dict[str, Any]:
    """One version, without its content."""
    return {
        "id": row.pk,
        "code": row.code,
        "version": row.version,
        "name": row.name,
        "drug": row.drug,
        "status": row.status,
        "drafted_by": row.drafted_by.display_name if row.drafted_by else None,
        "drafted_at": iso(row.drafted_at),
        "signed_by": row.signed_by.display_name if row.signed_by else None,
        "signed_at": iso(row.signed_at),
        "retired_at": iso(row.retired_at),
    }

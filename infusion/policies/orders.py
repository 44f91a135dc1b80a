"""Reasons why an order cannot be signed: all of them at once, as sentences."""

from decimal import Decimal

from core.errors import Reason
from infusion.domain.protocol import ProtocolContent
from infusion.models import Order
from patients.models import Admission, Weight


def reasons_not_to_sign(
    content: ProtocolContent, *, weight: Weight | None, concentration: Decimal, maximum: Decimal, admission: Admission
) -> list[Reason]:
    """Every reason why a minimal order cannot be signed: limits of the protocol, weight, one open order a stay."""
    reasons = []
    if weight is None:
        reasons.append(Reason("weight_missing", "No weight is recorded for this stay.", "weight"))
    elif not content.weight_least_kg <= weight.kg <= content.weight_most_kg:
        reasons.append(
            Reason(
                "weight_outside_limits",
                f"The weight of {weight.kg} kg lies outside {content.weight_least_kg} to {content.weight_most_kg} kg.",
                "weight",
            )
        )
    if concentration not in content.concentrations_mg_per_ml:
        known = ", ".join(f"{each.normalize():f}" for each in content.concentrations_mg_per_ml)
        reasons.append(
            Reason(
                "concentration_unknown",
                f"{concentration.normalize():f} mg/mL is not one of {known} mg/mL.",
                "concentration_mg_per_ml",
            )
        )
    if not content.initial <= maximum <= content.maximum:
        reasons.append(
            Reason(
                "maximum_outside_limits",
                f"A maximum of {maximum.normalize():f} mg/kg/h lies outside "
                f"{content.initial.normalize():f} to {content.maximum.normalize():f}.",
                "maximum_dose_mg_per_kg_h",
            )
        )
    if Order.objects.filter(admission=admission, ended_at=None).exists():
        reasons.append(Reason("order_open", "An order is already open for this stay."))
    return reasons

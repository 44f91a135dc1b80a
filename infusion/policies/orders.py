"""What an order's page must have seen, and why an order cannot be signed or ended: all reasons at once, as sentences."""

from core.errors import Conflict, Reason, Refused
from infusion.domain.order import LONGEST_TEXT, DosingWeight, OrderElements
from infusion.domain.order import reasons_not_to_sign as reasons_of_content
from infusion.models import Course, DeliveryState, Order, Protocol
from infusion.selectors import dose_rules, protocol_row
from patients.models import Weight, WeightSource


def must_have_seen(order: Order | None, seen_version: int) -> Order:
    """The open order, where it is the version that the page showed.

    `Refused` where there is none; `Conflict` where somebody signed a newer one since the page was shown.
    """
    if order is None:
        raise Refused("no_order", "There is no signed order for this stay.")
    if order.version != seen_version:
        raise Conflict(
            "order_changed",
            f"The order is at version {order.version} now; your page showed version {seen_version}. Look at it first.",
        )
    return order


def must_replace(before: Order | None, replaces_version: int | None) -> None:
    """`Conflict` unless the signer knew which version, or that none, is in force.

    Nobody signs a second order beside one that they did not see, nor the renewal of one that was ended meanwhile.
    """
    if before is None and replaces_version is not None:
        raise Conflict("order_ended", f"Version {replaces_version} of the order was ended meanwhile. Look at it first.")
    if before is not None and replaces_version is None:
        raise Conflict("order_open", f"An order is open for this stay already: version {before.version}.")
    if before is not None and replaces_version is not None:
        must_have_seen(before, replaces_version)


def reasons_not_to_sign(
    elements: OrderElements,
    *,
    protocol: Protocol,
    weight: Weight | None,
    unmeasured_weight_reason: str,
    before: Order | None,
) -> list[Reason]:
    """Every reason why this version cannot be signed: the protocol's state and kind, and the order's own content."""
    if protocol.status != Protocol.Status.ACTIVE:
        # Its numbers are not signed for: nothing else can be said yet.
        return [Reason("protocol_not_active", "The protocol is not active: a physician has to sign its content first.")]
    reasons = []
    if before is not None and protocol_row(before.protocol_id).code != protocol.code:
        reasons.append(
            Reason("other_protocol", "A new version stays with its protocol: end the course to order something else.")
        )
    dosing = None if weight is None else DosingWeight(weight.kg, weight.source == WeightSource.MEASURED)
    return reasons + list(
        reasons_of_content(
            elements,
            rules=dose_rules(protocol.pk),
            weight=dosing,
            unmeasured_weight_reason=unmeasured_weight_reason,
        )
    )


def reasons_not_to_end_course(course: Course | None, *, reason: str) -> list[Reason]:
    """The stop is recorded first: an order that is over says nothing about a pump that may still run."""
    reasons = list(reasons_of_text(reason, "reason", longest=LONGEST_TEXT, missing="Say why the course is ended."))
    if course is not None and course.state != DeliveryState.STOPPED:
        reasons.append(Reason("infusion_not_stopped", f"The infusion is {course.state}. Record its stop first."))
    return reasons


def reasons_of_text(text: str, field: str, *, longest: int, missing: str) -> list[Reason]:
    """Why a reason that a person has to give is none, or is too long to be kept."""
    if not text.strip():
        return [Reason(f"{field}_missing", missing, field)]
    if len(text.strip()) > longest:
        return [Reason("too_long", f"That is longer than {longest} characters.", field)]
    return []

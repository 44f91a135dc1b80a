"""Protocols, orders, requests and approvals, what was done at the pump, bags."""

from infusion.models.bags import Bag
from infusion.models.delivery import (
    Course,
    DeliveryEvent,
    DeliveryState,
    HoldEnd,
    PumpCheck,
    Segment,
    TargetDeclaration,
)
from infusion.models.orders import Order
from infusion.models.protocols import Protocol, ProtocolStatus
from infusion.models.titration import Approval, DoubleCheck, IncreaseRequest, Override, SecondPersonCall

__all__ = [
    "Approval",
    "Bag",
    "Course",
    "DeliveryEvent",
    "DeliveryState",
    "DoubleCheck",
    "HoldEnd",
    "IncreaseRequest",
    "Order",
    "Override",
    "Protocol",
    "ProtocolStatus",
    "PumpCheck",
    "SecondPersonCall",
    "Segment",
    "TargetDeclaration",
]

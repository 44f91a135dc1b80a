"""Facts about protocols and deliveries."""

from functools import lru_cache

from infusion.domain.protocol import ProtocolContent
from infusion.domain.rules import LATER_SECTIONS
from infusion.models import Course, Order, Protocol
from infusion.seed import default_content
from patients.models import Admission


def active_protocol(code: str) -> Protocol | None:
    """The signed version of a protocol that new orders rest on."""
    return Protocol.objects.filter(code=code, status=Protocol.Status.ACTIVE).first()


@lru_cache(maxsize=64)
def protocol_row(protocol_id: int) -> Protocol:
    """A protocol by its key. Signed content never changes (a trigger sees to it), so it is read once a process.

    Only for signed protocols: a draft still changes.
    """
    return Protocol.objects.exclude(status=Protocol.Status.DRAFT).get(pk=protocol_id)


@lru_cache(maxsize=64)
def dose_rules(protocol_id: int) -> ProtocolContent:
    """The rules of a signed protocol; a section it was signed without, because there was none yet, is the shipped default."""
    content, shipped = protocol_row(protocol_id).content, default_content()
    return ProtocolContent.from_content({**{name: shipped[name] for name in LATER_SECTIONS}, **content})


@lru_cache(maxsize=1)
def shipped_rules() -> ProtocolContent:
    """The rules of the first shipped protocol, where a stay has no order yet whose protocol could be asked."""
    return ProtocolContent.from_content(default_content())


def open_order(admission: Admission) -> Order | None:
    """The stay's order that has not ended, if there is one."""
    return Order.objects.filter(admission=admission, ended_at=None).first()


def course_of(admission: Admission) -> Course | None:
    """How the stay's delivery stands; None before the first start."""
    return Course.objects.filter(admission=admission).first()

"""Facts between a request and the dose: what stands, and what the gate for an increase needs to know."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import Any, TypeVar

from django.db import connection, models

from infusion.domain.question import DAY, Stretch, Weighed
from infusion.domain.words import ApprovalKind, ApprovalState
from infusion.models import Approval, Course, DeliveryEvent, IncreaseRequest, Order
from infusion.selectors.pump import PUMP_COLUMNS, PUMP_JOINS, Pump, pump_from
from patients.models import WeightSource

M = TypeVar("M", bound=models.Model)


def live_approval(admission_id: int, *, kind: ApprovalKind, at: datetime) -> Approval | None:
    """The stay's ceiling of that kind that allows something at `at`; one past its time allows nothing any more."""
    return Approval.objects.filter(
        admission_id=admission_id, kind=kind, state=ApprovalState.LIVE, expires_at__gt=at
    ).first()


@dataclass(frozen=True, slots=True)
class TitrationFacts:
    """What the record says of one stay between order and dose.

    `approval` is the one that was not closed, perhaps past its time; `request` the one that waits. `weight` is the order's
    own (its kilograms are frozen in the order), `newest_weight` the newest of the same basis. `opened` are the codes a
    physician opened with that approval, `opened_for_order` those opened for the order itself. `was_sent`: a row of the
    sender's own id is there already. `pump` is read along
    where the act adds to it. `consent_withdrawn`: the patient's newest word is a no.
    """

    order: Order | None
    course: Course | None
    approval: Approval | None
    approver: str
    request: IncreaseRequest | None
    requester: str
    weight_is_measured: bool
    newest_weight: Weighed | None
    recent: tuple[Stretch, ...]
    opened: frozenset[str]
    opened_for_order: frozenset[str]
    zone: str
    increases_from: time | None
    increases_until: time | None
    was_sent: bool
    consent_withdrawn: bool
    pump: Pump | None


_READ = (Order, "o"), (Course, "c"), (Approval, "p"), (IncreaseRequest, "r")
_COLUMNS = ", ".join(f"{alias}.{field.column}" for model, alias in _READ for field in model._meta.concrete_fields)
# A new order after the end of a course is another order: its first version replaces none.
_FACTS = f"""
SELECT {{pump}}{_COLUMNS}, coalesce(pu.display_name, ''), coalesce(ru.display_name, ''),
    coalesce(ow.source = '{WeightSource.MEASURED}', false), nw.kg, nw.source = '{WeightSource.MEASURED}',
    ARRAY(SELECT DISTINCT v.code::text FROM infusion_override v
          WHERE v.admission_id = a.id AND v.approval_id = p.id AND p.expires_at > %(at)s),
    ARRAY(SELECT DISTINCT v.code::text FROM infusion_override v
          WHERE v.admission_id = a.id AND (v.code = ANY(%(of_version)s::text[]) AND v.order_id = o.id
             OR v.code = ANY(%(of_order)s::text[]) AND v.order_id >= (SELECT max(first.id) FROM infusion_order first
                WHERE first.admission_id = a.id AND first.replaces_id IS NULL))),
    (SELECT coalesce(json_agg(json_build_array(s.started_at, s.ended_at, s.dose_mg_per_kg_h::text) ORDER BY s.started_at), '[]')
     FROM infusion_segment s WHERE s.admission_id = a.id AND (s.ended_at IS NULL OR s.ended_at > %(since)s)),
    w.time_zone, w.increases_from, w.increases_until,
    EXISTS (SELECT 1 FROM {{table}} k WHERE k.client_id = %(client_id)s::uuid),
    coalesce((SELECT NOT g.given FROM patients_consent g WHERE g.admission_id = a.id ORDER BY g.id DESC LIMIT 1), false)
FROM patients_admission a
JOIN patients_ward w ON w.id = a.ward_id
LEFT JOIN infusion_order o ON o.admission_id = a.id AND o.ended_at IS NULL
LEFT JOIN patients_weight ow ON ow.id = o.weight_id
LEFT JOIN infusion_course c ON c.admission_id = a.id
LEFT JOIN infusion_approval p ON p.admission_id = a.id AND p.state = 'live'
LEFT JOIN accounts_user pu ON pu.id = p.approved_by_id
LEFT JOIN infusion_increaserequest r ON r.admission_id = a.id AND r.state = 'waiting'
LEFT JOIN accounts_user ru ON ru.id = r.requested_by_id
LEFT JOIN LATERAL (SELECT n.kg, n.source FROM patients_weight n WHERE n.admission_id = a.id AND n.basis = ow.basis
    ORDER BY n.measured_at DESC, n.id DESC LIMIT 1) nw ON true
{{joins}}
WHERE a.id = %(stay)s
"""
_FOR_ROW = {
    model: _FACTS.format(pump="", joins="", table=model._meta.db_table) for model in (IncreaseRequest, Approval)
}
_AT_THE_PUMP = _FACTS.format(pump=f"{PUMP_COLUMNS}, ", joins=PUMP_JOINS, table=DeliveryEvent._meta.db_table)
_PUMP_WIDTH = PUMP_COLUMNS.count(",") + 1
# Asked once for all versions of an order; and what lies in the version itself, asked once for it.
OPENED_FOR_ORDER = ("dose_above_asked",)
OPENED_FOR_VERSION = ("weight_large", "pump_tick_coarse")


def titration_facts(
    admission_id: int,
    *,
    at: datetime,
    adding: type[IncreaseRequest] | type[Approval] | type[DeliveryEvent] = IncreaseRequest,
    client_id: uuid.UUID | None = None,
) -> TitrationFacts:
    """All of it in one statement; of the delivery no more than reaches into the last 24 h.

    Before a row of `adding` is added: whether one of that `client_id` is there, and for an act at the pump all that was
    recorded of it, which the projection needs.
    """
    at_the_pump = adding is DeliveryEvent
    with connection.cursor() as cursor:
        cursor.execute(
            _AT_THE_PUMP if at_the_pump else _FOR_ROW[adding],  # type: ignore[index]
            {
                "client_id": client_id,
                "stay": admission_id,
                "at": at,
                "since": at - DAY,
                "of_order": list(OPENED_FOR_ORDER),
                "of_version": list(OPENED_FOR_VERSION),
            },
        )
        row = cursor.fetchone()
    pump_values, values = row[: _PUMP_WIDTH * at_the_pump], iter(row[_PUMP_WIDTH * at_the_pump :])
    order, course, approval, request = (_row(model, values) for model, _alias in _READ)
    (
        approver,
        requester,
        is_measured,
        kg,
        newest_is_measured,
        opened,
        of_order,
        recent,
        zone,
        opens,
        closes,
        was_sent,
        consent_withdrawn,
    ) = values
    return TitrationFacts(
        order=order,  # type: ignore[arg-type]
        course=course,  # type: ignore[arg-type]
        approval=approval,  # type: ignore[arg-type]
        approver=approver,
        request=request,  # type: ignore[arg-type]
        requester=requester,
        weight_is_measured=is_measured,
        newest_weight=None if kg is None else Weighed(kg, newest_is_measured),
        recent=tuple(_stretches(recent)),
        opened=frozenset(opened),
        opened_for_order=frozenset(of_order),
        zone=zone,
        increases_from=opens,
        increases_until=closes,
        was_sent=was_sent,
        consent_withdrawn=consent_withdrawn,
        pump=pump_from(course, order, pump_values) if pump_values else None,  # type: ignore[arg-type]
    )


def _row(model: type[M], values: Iterator[Any]) -> M | None:
    """The next model out of a joined row; None where the join found none."""
    fields = model._meta.concrete_fields
    taken = [_value(field, next(values)) for field in fields]
    if taken[0] is None:
        return None
    return model.from_db(connection.alias, [field.attname for field in fields], taken)


def _value(field: Any, value: Any) -> Any:
    convert = getattr(field, "from_db_value", None)
    return convert(value, None, connection) if convert else value


def _stretches(recent: Sequence[Sequence[str | None]]) -> Iterator[Stretch]:
    for started_at, ended_at, dose in recent:
        yield Stretch(
            datetime.fromisoformat(str(started_at)),
            None if ended_at is None else datetime.fromisoformat(ended_at),
            Decimal(str(dose)),
        )

"""How long a patient stays after the stop."""

from datetime import datetime

from core.errors import Kind, Reason
from infusion.models import Course
from infusion.selectors import dose_rules
from patients.models import Admission
from patients.selectors import stamp


def reasons_to_stay_after_stop(admission: Admission, *, at: datetime) -> list[Reason]:
    """Until the protocol's time after the stop (DOMAIN 3: 4 h) it takes a physician's reason to leave."""
    course = Course.objects.filter(admission=admission, state=Course.State.STOPPED).select_related("order").first()
    if course is None or course.stopped_at is None:
        return []
    stay = dose_rules(course.order.protocol_id).acts.discharge_after_stop
    if at >= course.stopped_at + stay:
        return []
    hours = f"{stay.total_seconds() / 3600:g} h"
    sentence = (
        f"The infusion was stopped at {stamp(course.stopped_at)}: until {stamp(course.stopped_at + stay)} ({hours}) "
        "leaving takes a physician's reason."
    )
    return [Reason("soon_after_stop", sentence, "reason", Kind.SOFT)]

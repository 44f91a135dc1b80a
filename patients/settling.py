"""The end of every action that changes a fact: settle, count the change, tell the open pages."""

from datetime import datetime

from django.db.models import F

from accounts.actor import Actor
from patients import ports
from patients.models import Admission
from realtime.publish import Change, publish_after_commit


def settle_and_publish(admission: Admission, *, by: Actor, at: datetime) -> None:
    """Let every app above bring its part in line with the facts, then number the change and announce it.

    The caller holds the admission's lock (`lock_admission`) and has written its change; the announcement leaves after
    the commit. Two statements beyond what the fillers need: the new number, and NOTIFY.
    """
    urgent = any(ports.settle.ask_all(admission, by=by, at=at))
    Admission.objects.filter(pk=admission.pk).update(version=F("version") + 1)
    # Under the lock nobody else counts, so the number needs no second look.
    admission.version += 1
    publish_after_commit(Change(admission.ward_id, admission.pk, admission.version, urgent))

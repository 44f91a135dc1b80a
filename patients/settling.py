"""The end of every action that changes a fact: settle, count the change, tell the open pages."""

from collections.abc import Mapping
from datetime import datetime

from django.db import connection

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
    publish_changes({admission.pk: urgent})


# Of one stay the database keeps the plan; for a list of unknown length it makes it anew each time.
_COUNT = "UPDATE patients_admission SET version = version + 1 WHERE {which} RETURNING ward_id, id, version"


def publish_changes(changed: Mapping[int, bool]) -> None:
    """Number the changes of these locked admissions and announce them after the commit; True is red and does not wait."""
    if not changed:
        return
    with connection.cursor() as cursor:
        if len(changed) == 1:
            cursor.execute(_COUNT.format(which="id = %s"), list(changed))
        else:
            cursor.execute(_COUNT.format(which="id = ANY(%s)"), [list(changed)])
        changes = [
            Change(ward, admission, version, changed[admission]) for ward, admission, version in cursor.fetchall()
        ]
    publish_after_commit(*changes)

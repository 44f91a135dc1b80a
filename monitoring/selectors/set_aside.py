"""Stays that the sweeps cannot settle at present: somebody has to watch them by hand, and somebody else to find out why."""

from monitoring.models import StayClock


def beds_set_aside(ward_id: int) -> tuple[str, ...]:
    """The beds of a ward's present patients that Plateau cannot watch, in the ward's order; one statement."""
    clocks = StayClock.objects.filter(
        failed_at__isnull=False, admission__ward_id=ward_id, admission__discharged_at=None
    ).order_by("admission__bed__position", "admission__bed__name")
    return tuple(clocks.values_list("admission__bed__name", flat=True))


def how_many_set_aside() -> int:
    """How many stays are set aside on all wards, those who left among them; one statement (fills `realtime.ports.set_aside`)."""
    return StayClock.objects.filter(failed_at__isnull=False).count()

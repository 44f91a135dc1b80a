"""What stands around every page: the ward, its clock, who is signed in, and where the page listens and asks again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.urls import reverse

from accounts.actor import Actor
from monitoring.presenters import words
from patients.models import Ward


@dataclass(frozen=True, slots=True)
class Link:
    """A place to go."""

    href: str
    words: str
    here: bool


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame. `poll` is asked every 20 s behind the stream; `now` sets the page's clock."""

    ward_id: int
    ward_name: str
    zone: str
    zone_label: str
    now: str
    clock: str
    who: str
    who_id: int | None
    wards: tuple[Link, ...]
    stream: str
    poll: str


def shell(ward: Ward, wards: Iterable[Ward], *, poll: str, by: Actor, at: datetime, here: str = "") -> Shell:
    """The frame of a page about `ward`; `here` is the page's own address, marked where a link leads to it."""
    zone = ZoneInfo(ward.time_zone)
    boards = [(reverse("monitoring:board", args=[each.pk]), each.name) for each in wards]
    single = len(boards) == 1
    return Shell(
        ward_id=ward.pk,
        ward_name=ward.name,
        zone=ward.time_zone,
        zone_label=words.zone_label(zone, at),
        now=words.iso(at),
        clock=words.clock(at, zone),
        who=f"{by.name}, {by.role.label}" if by.role else by.name,
        who_id=by.user_id,
        wards=tuple(Link(href, "Board" if single else name, href == here) for href, name in boards),
        stream=f"{reverse('realtime:stream')}?ward={ward.pk}",
        poll=poll,
    )

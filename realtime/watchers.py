"""Who looks on: a signed-in person at a ward, asked again and again whether they still may."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth import HASH_SESSION_KEY
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from accounts.models import User
from accounts.requests import actor_of
from accounts.roles import GRANTS, Permission, Role
from core.errors import Malformed, NotFound
from realtime import ports


@dataclass(frozen=True, slots=True)
class Watcher:
    """One sign-in of one person, looking at one ward."""

    user_id: int
    ward_id: int
    session_key: str = field(repr=False)
    session_hash: str = field(repr=False)


def watcher_of(request: HttpRequest) -> Watcher:
    """Who asks for `?ward=`. `Malformed` without a ward's number; `NotFound` where the person does not work on it."""
    asked = request.GET.get("ward", "")
    if not (asked.isascii() and asked.isdecimal() and len(asked) <= 18):
        raise Malformed("ward_missing", "Say which ward: /stream?ward=7.")
    user_id, ward_id = actor_of(request).user_id, int(asked)
    if user_id is None or not any(ports.may_watch.ask_all(user_id, ward_id)):
        raise NotFound("ward_not_found", "There is no such ward among yours.")
    return Watcher(user_id, ward_id, request.session.session_key or "", request.session.get(HASH_SESSION_KEY, ""))


def still_watching(watchers: Collection[Watcher], *, at: datetime) -> set[Watcher]:
    """Those who still may at `at`: session not ended, person active, password and role as they were, on the ward.

    Two statements, however many look on: sign-ins, and wards (which the app above answers).
    """
    signed_in = _signed_in(watchers, at=at)
    pairs = {(watcher.user_id, watcher.ward_id) for watcher in signed_in}
    on_ward = set().union(*ports.still_watching.ask_all(pairs)) if pairs else set()
    return {watcher for watcher in signed_in if (watcher.user_id, watcher.ward_id) in on_ward}


def _signed_in(watchers: Collection[Watcher], *, at: datetime) -> list[Watcher]:
    people = User.objects.raw(
        """
        SELECT u.*, s.session_key FROM django_session s
        JOIN unnest(%s::text[], %s::bigint[]) AS w (session_key, user_id) ON w.session_key = s.session_key
        JOIN accounts_user u ON u.id = w.user_id
        WHERE s.expire_date > %s AND u.is_active
        """,
        [[w.session_key for w in watchers], [w.user_id for w in watchers], at],
    )
    found = {(person.pk, getattr(person, "session_key", "")): person for person in people}
    return [w for w in watchers if (person := found.get((w.user_id, w.session_key))) and _same_rights(person, w)]


def _same_rights(person: User, watcher: Watcher) -> bool:
    """A changed password ends every sign-in made with the old one, as it does for pages."""
    unchanged = constant_time_compare(person.get_session_auth_hash(), watcher.session_hash)
    return unchanged and Permission.VIEW_WARD in GRANTS[Role(person.role)]

"""Who acts: a person at a page or through the API, or a process of Plateau's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from accounts.roles import GRANTS, WORDS, Permission, Role, roles_that_may
from core.errors import Forbidden

if TYPE_CHECKING:
    from accounts.models import User


class Channel(StrEnum):
    """By which door the act came in."""

    PAGE = "page"
    API = "api"
    WORKER = "worker"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Actor:
    """The `by` of every action: who, in which role, by which door.

    A process (`user_id` None) has no role and no ward: it holds just the permissions it was made with, on every ward.
    """

    user_id: int | None
    name: str
    role: Role | None
    channel: Channel
    request_id: str = ""
    permissions: frozenset[Permission] = frozenset()

    @classmethod
    def person(cls, user: "User", *, channel: Channel, request_id: str = "") -> "Actor":
        """A signed-in person."""
        role = Role(user.role)
        return cls(user.pk, user.display_name, role, channel, request_id, GRANTS[role])

    @classmethod
    def process(cls, name: str, *permissions: Permission, channel: Channel = Channel.WORKER) -> "Actor":
        """A process of Plateau's own (a sweep, a replay), with no more than what it needs."""
        return cls(None, name, None, channel, "", frozenset(permissions))

    @property
    def is_process(self) -> bool:
        return self.user_id is None

    def may(self, permission: Permission) -> bool:
        """Does the role (or the process) include the act?"""
        return permission in self.permissions

    def must_be_allowed(self, permission: Permission) -> None:
        """Raise `Forbidden` with a sentence that says whose act it is."""
        if not self.may(permission):
            roles = roles_that_may(permission)
            whose = " or ".join([roles[0].one, *(role.label for role in roles[1:])]) if roles else "nobody"
            raise Forbidden("role_not_allowed", f"Your role may not {WORDS[permission]}. It takes {whose}.")

    def audit_context(self) -> Mapping[str, Any]:
        """The values the trail keeps."""
        return {
            "id": self.user_id,
            "name": self.name,
            "role": self.role.value if self.role else "",
            "channel": self.channel.value,
            "request": self.request_id,
        }

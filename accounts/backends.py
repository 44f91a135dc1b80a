"""Who may come in."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from accounts.models import Installation, User


class RosterBackend(ModelBackend):
    """Password sign-in. Demonstration accounts, whose password the README prints, open no hospital's door."""

    def user_can_authenticate(self, user: Any) -> bool:
        if not super().user_can_authenticate(user):
            return False
        return not (isinstance(user, User) and user.is_demo) or Installation.is_demonstration()

"""Bearer tokens for programs: issued to a person, shown once, kept as a hash."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db.models import Exists, Q

from accounts.models import ApiToken, Installation, User

PREFIX = "plateau_"
LIFETIME = timedelta(days=90)


def issue_token(user: User, *, at: datetime, label: str = "", lifetime: timedelta = LIFETIME) -> str:
    """A new token that acts as `user` for `lifetime`. The answer is the only copy."""
    key = PREFIX + secrets.token_urlsafe(32)
    ApiToken.objects.create(user=user, key_hash=hash_of(key), label=label, created_at=at, expires_at=at + lifetime)
    return key


def hash_of(key: str) -> bytes:
    """What is stored of a token. A plain hash will do: the token is 256 random bits, not a password."""
    return hashlib.sha256(key.encode()).digest()


def bearer(key: str, *, at: datetime) -> User | None:
    """The active person whose unexpired, unrevoked token this is; one statement."""
    demonstration = Installation.objects.filter(kind=Installation.Kind.DEMONSTRATION)
    token = (
        ApiToken.objects.select_related("user")
        .filter(Q(user__is_demo=False) | Exists(demonstration))
        .filter(key_hash=hash_of(key), revoked_at=None, expires_at__gt=at, user__is_active=True)
        .first()
    )
    return token.user if token else None

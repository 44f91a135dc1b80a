"""Bearer tokens for programs: issued to a person, shown once, kept as a hash."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import connection

from accounts.models import ApiToken, InstallationKind, User

# By hand, because every request of a program begins with it: put together by the ORM it took a
# quarter of recording a set.
_PERSON = [field.attname for field in User._meta.concrete_fields]
_BEARER = f"""
SELECT {", ".join(f"u.{name}" for name in _PERSON)} FROM accounts_apitoken t JOIN accounts_user u ON u.id = t.user_id
WHERE t.key_hash = %s AND t.revoked_at IS NULL AND t.expires_at > %s AND u.is_active
  AND (NOT u.is_demo OR EXISTS (SELECT 1 FROM accounts_installation WHERE kind = %s))
"""
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
    with connection.cursor() as cursor:
        cursor.execute(_BEARER, [hash_of(key), at, InstallationKind.DEMONSTRATION.value])
        row = cursor.fetchone()
    return None if row is None else User.from_db(connection.alias, _PERSON, row)

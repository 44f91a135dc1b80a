"""People, their bearer tokens, and what this installation is."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from accounts.roles import Role
from audit.triggers import row_audit
from core.append_only import Record, history_guard
from core.constraints import one_of


class Users(BaseUserManager["User"]):
    """Finds people by their sign-in name, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username__iexact=username)


class User(AbstractBaseUser):
    """A person of the hospital with a role. Nobody is deleted: who leaves is made inactive."""

    username = models.CharField(max_length=60, unique=True)
    display_name = models.CharField(max_length=80, help_text="As the ward says it: R. Reyes")
    role = models.CharField(max_length=20, choices=Role.choices)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False, help_text="A demonstration sign-in; refused elsewhere")

    objects = Users()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["display_name", "role"]
    record = Record.KEPT

    class Meta:
        constraints = [
            one_of("role", Role, name="user_role_is_one_of_four"),
            models.UniqueConstraint(Lower("username"), name="user_name_unique_whatever_case"),
        ]
        triggers = [row_audit(Record.KEPT, ignore=["last_login"])]

    def __str__(self) -> str:
        return self.display_name


class ApiToken(models.Model):
    """A bearer token. Only its hash is kept: the token itself is shown once, when it is issued."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_tokens")
    key_hash = models.BinaryField(unique=True)
    label = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    record = Record.KEPT

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("created_at")), name="token_expires_after_issue")
        ]
        triggers = [row_audit(Record.KEPT)]

    def __str__(self) -> str:
        return f"token of {self.user_id}"


class InstallationKind(models.TextChoices):
    """What an installation was made for."""

    DEMONSTRATION = "demonstration", "demonstration"
    CLINICAL = "clinical", "clinical"


class Installation(models.Model):
    """What this installation is: one row, made once. A demonstration never becomes a hospital's by a setting."""

    Kind = InstallationKind

    kind = models.CharField(max_length=20, choices=Kind.choices)
    created_at = models.DateTimeField()
    only = models.BooleanField(default=True, unique=True, editable=False)

    record = Record.APPEND_ONLY

    class Meta:
        constraints = [
            one_of("kind", InstallationKind, name="installation_kind_known"),
            models.CheckConstraint(condition=Q(only=True), name="installation_is_one_row"),
        ]
        triggers = [*history_guard(), row_audit(Record.APPEND_ONLY)]

    def __str__(self) -> str:
        return self.kind

    @classmethod
    def is_demonstration(cls) -> bool:
        """Was this installation made for trying out? An installation without the row is a hospital's."""
        return cls.objects.filter(kind=cls.Kind.DEMONSTRATION).exists()

    @classmethod
    def found(cls, kind: InstallationKind, *, at: datetime) -> "Installation":
        """Say what this installation is, once; saying the same again changes nothing."""
        installation, _made = cls.objects.get_or_create(only=True, defaults={"kind": kind, "created_at": at})
        return installation

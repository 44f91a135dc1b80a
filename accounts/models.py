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

# Hashes are secrets; counters of wrong tries are written to the trail as refusals, by name.
NOT_IN_TRAIL = ("last_login", "pin", "pin_failures", "password_failures", "signing_locked_until")


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

    pin = models.CharField(max_length=128, blank=True, help_text="Hash of the six digits a bedside witness types")
    pin_failures = models.PositiveSmallIntegerField(default=0, help_text="In a row; at five the PIN is locked")
    password_failures = models.PositiveSmallIntegerField(default=0, help_text="In a row, when signing")
    signing_locked_until = models.DateTimeField(null=True, blank=True)

    objects = Users()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["display_name", "role"]
    record = Record.KEPT

    class Meta:
        constraints = [
            one_of("role", Role, name="user_role_is_one_of_four"),
            models.UniqueConstraint(Lower("username"), name="user_name_unique_whatever_case"),
        ]
        triggers = [row_audit(Record.KEPT, ignore=NOT_IN_TRAIL)]

    def __str__(self) -> str:
        return self.display_name


class SignatureMeaning(models.TextChoices):
    """What a person put their name to (21 CFR 11.50)."""

    REQUESTED = "requested", "requested"
    ORDERED = "ordered", "ordered"
    ENDED = "ended", "ended"
    APPROVED = "approved", "approved"
    REJECTED = "rejected", "rejected"
    OVERRODE = "overrode", "overrode"
    RESTARTED = "restarted", "allowed a restart"
    ADMINISTERED = "administered", "administered"
    WITNESSED = "witnessed", "witnessed"
    COUNTERSIGNED = "countersigned", "countersigned"
    DECIDED = "decided", "decided"
    DECLARED = "declared", "declared"
    PROTOCOL = "protocol", "signed a protocol"


class SignatureMethod(models.TextChoices):
    """How it was made sure that it was they."""

    SESSION = "session", "signed in"
    PASSWORD = "password", "password"
    PIN = "pin", "PIN"


class Signature(models.Model):
    """A name, a time and a meaning under one row of the record; the row is named by value, as the trail does."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="signatures")
    name = models.CharField(max_length=80)
    role = models.CharField(max_length=20, choices=Role.choices)
    at = models.DateTimeField()
    meaning = models.CharField(max_length=20, choices=SignatureMeaning.choices)
    method = models.CharField(max_length=10, choices=SignatureMethod.choices)
    table_name = models.CharField(max_length=60)
    row_id = models.BigIntegerField()
    admission_id = models.BigIntegerField(null=True)

    record = Record.APPEND_ONLY

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            one_of("meaning", SignatureMeaning, name="signature_meaning_known"),
            one_of("method", SignatureMethod, name="signature_method_known"),
            one_of("role", Role, name="signature_role_known"),
        ]
        indexes = [models.Index(fields=["table_name", "row_id"], name="signature_of_row")]
        triggers = [*history_guard(), row_audit(Record.APPEND_ONLY, admission="r.admission_id")]

    def __str__(self) -> str:
        return f"{self.name} {self.meaning}"


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

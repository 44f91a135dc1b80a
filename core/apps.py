from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = "Foundations"

    def ready(self) -> None:
        from core import checks  # noqa: F401  registers the system checks
        from core.rights import grant_runtime_rights
        from core.trigger_guard import guard_triggers

        post_migrate.connect(grant_runtime_rights, dispatch_uid="core.grant_runtime_rights")
        post_migrate.connect(guard_triggers, dispatch_uid="core.guard_triggers")

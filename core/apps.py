from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.urls import register_converter


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = "Foundations"

    def ready(self) -> None:
        from core import checks  # noqa: F401  registers the system checks
        from core.addresses import RowIdConverter
        from core.rights import grant_runtime_rights
        from core.trigger_guard import guard_triggers

        register_converter(RowIdConverter, "id")
        post_migrate.connect(grant_runtime_rights, dispatch_uid="core.grant_runtime_rights")
        post_migrate.connect(guard_triggers, dispatch_uid="core.guard_triggers")

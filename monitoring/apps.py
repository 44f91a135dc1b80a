from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    name = "monitoring"
    verbose_name = "Observations, prompts, alerts"

    def ready(self) -> None:
        from infusion.ports import readiness
        from monitoring.selectors.readiness import readiness_of
        from monitoring.settling import settle
        from patients import ports

        ports.settle.fill(settle)
        readiness.fill(readiness_of)

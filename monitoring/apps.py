from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    name = "monitoring"
    verbose_name = "Observations, prompts, alerts"

    def ready(self) -> None:
        from infusion import ports as of_infusion
        from monitoring.policies import content_problems
        from monitoring.selectors.readiness import readiness_of
        from monitoring.settling import settle
        from patients import ports as of_patients

        of_patients.settle.fill(settle)
        of_infusion.readiness.fill(readiness_of)
        of_infusion.content_problems.fill(content_problems)

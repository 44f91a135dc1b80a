from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    name = "monitoring"
    verbose_name = "Observations, prompts, alerts"

    def ready(self) -> None:
        from infusion import ports as of_infusion
        from monitoring.policies import content_problems
        from monitoring.selectors.readiness import readiness_of
        from monitoring.selectors.set_aside import how_many_set_aside
        from monitoring.settling import settle
        from patients import ports as of_patients
        from realtime import ports as of_realtime

        of_patients.settle.fill(settle)
        of_infusion.readiness.fill(readiness_of)
        of_infusion.content_problems.fill(content_problems)
        of_realtime.set_aside.fill(how_many_set_aside)

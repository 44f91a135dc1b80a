from django.apps import AppConfig


class InfusionConfig(AppConfig):
    name = "infusion"
    verbose_name = "Orders and what the pump was recorded to do"

    def ready(self) -> None:
        from infusion.policies import reasons_not_to_discharge
        from infusion.policies.leaving import reasons_to_stay_after_stop
        from infusion.settling import settle
        from patients import ports

        ports.settle.fill(settle)
        ports.reasons_not_to_discharge.fill(reasons_not_to_discharge)
        ports.reasons_not_to_discharge.fill(reasons_to_stay_after_stop)

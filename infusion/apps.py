from django.apps import AppConfig


class InfusionConfig(AppConfig):
    name = "infusion"
    verbose_name = "Orders and what the pump was recorded to do"

    def ready(self) -> None:
        from infusion.policies import reasons_not_to_discharge
        from patients import ports

        ports.reasons_not_to_discharge.fill(reasons_not_to_discharge)

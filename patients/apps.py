from django.apps import AppConfig


class PatientsConfig(AppConfig):
    name = "patients"
    verbose_name = "Wards, patients, admissions"

    def ready(self) -> None:
        from patients import selectors
        from realtime import ports

        ports.may_watch.fill(selectors.works_on)
        ports.still_watching.fill(selectors.still_work_on)

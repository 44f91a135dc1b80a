from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "api"
    verbose_name = "The JSON face"

    def ready(self) -> None:
        from api import describing  # noqa: F401  tells OpenAPI how one signs in

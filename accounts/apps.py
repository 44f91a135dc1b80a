from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Who you are, what you may do"

    def ready(self) -> None:
        from accounts import signals  # noqa: F401  sign-ins and sign-outs go into the trail

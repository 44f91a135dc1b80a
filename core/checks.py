"""System checks of the house."""

from typing import Any

from django.core.checks import CheckMessage, Error, register

from core import ports


@register()
def every_port_is_filled(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """An empty port is a rule that nobody answers for."""
    return [
        Error(f"Port {each.name} is not filled.", hint="Fill it in an AppConfig.ready().", id="core.E001")
        for each in ports.declared
        if not each.is_filled
    ]

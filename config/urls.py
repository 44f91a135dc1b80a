"""All addresses of the site."""

from django.urls import include, path

urlpatterns = [
    path("", include("realtime.urls")),
    path("", include("monitoring.urls")),
    path("accounts/", include("accounts.urls")),
    path("api/", include("api.urls")),
]

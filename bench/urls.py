"""The application's addresses, and the bare insert's."""

from django.urls import include, path

from bench.bare import BareReadings

urlpatterns = [
    path("bench/bare/", BareReadings.as_view()),
    path("", include("config.urls")),
]

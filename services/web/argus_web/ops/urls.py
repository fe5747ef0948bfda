from django.urls import path

from argus_web.ops import pages, views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("version", views.version, name="version"),
    path("metrics", views.prometheus, name="metrics"),
    path("system/", pages.system, name="system"),
    path("system/state", pages.system_state, name="system_state"),
]

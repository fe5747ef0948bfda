from django.urls import include, path

from argus_web.ingest.api import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("", include("argus_web.ops.urls")),
    path("", include("argus_web.accounts.urls")),
    path("", include("argus_web.dashboard.urls")),
    path("alerts/", include("argus_web.cases.urls")),
]

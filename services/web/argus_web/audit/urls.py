from django.urls import path

from argus_web.audit import views

urlpatterns = [
    path("", views.audit, name="audit"),
    path("export.csv", views.export, name="audit_export"),
]

from django.urls import path

from argus_web.reports import views

urlpatterns = [
    path("cases/<int:case_id>/file.json", views.case_json, name="case_file_json"),
    path("cases/<int:case_id>/file.pdf", views.case_pdf, name="case_file_pdf"),
]

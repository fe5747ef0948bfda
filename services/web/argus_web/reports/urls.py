from django.urls import path, register_converter

from argus_web.reports.casefile import views as casefile
from argus_web.reports.month import views as month
from argus_web.reports.month.period import MonthConverter

register_converter(MonthConverter, "month")

urlpatterns = [
    path("cases/<int:case_id>/file.json", casefile.case_json, name="case_file_json"),
    path("cases/<int:case_id>/file.pdf", casefile.case_pdf, name="case_file_pdf"),
    path("reports/", month.months, name="reports"),
    path("reports/<month:month>/", month.report, name="report"),
    path("reports/<month:month>/report.pdf", month.report_pdf, name="report_pdf"),
]

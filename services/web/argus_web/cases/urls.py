from django.urls import path

from argus_web.cases import actions, bulk, lists, notices, page, saved

urlpatterns = [
    path("alerts/", lists.alert_list, name="alerts"),
    path("alerts.csv", lists.alert_csv, name="alerts_csv"),
    path("alerts/<int:alert_id>/", page.alert, name="alert"),
    path("cases/", lists.case_list, name="cases"),
    path("cases.csv", lists.case_csv, name="cases_csv"),
    path("cases/next/", actions.next_case, name="case_next"),
    path("cases/bulk/", bulk.bulk, name="cases_bulk"),
    path("cases/<int:case_id>/", page.case, name="case"),
    path("cases/<int:case_id>/act/", actions.act, name="case_act"),
    path("cases/<int:case_id>/undo/", actions.undo, name="case_undo"),
    path("cases/<int:case_id>/note/", actions.note, name="case_note"),
    path("cases/<int:case_id>/watch/", actions.watch, name="case_watch"),
    path("cases/<int:case_id>/reveal/", actions.show_personal, name="case_reveal"),
    path("cases/<int:case_id>/evidence/", actions.add_evidence, name="case_evidence_add"),
    path("cases/<int:case_id>/evidence/<int:evidence_id>/", actions.evidence, name="case_evidence"),
    path("views/<str:page>/", saved.save, name="view_save"),
    path("views/<int:view_id>/remove/", saved.remove, name="view_remove"),
    path("notices/", notices.notices, name="notices"),
]

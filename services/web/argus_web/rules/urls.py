from django.urls import path

from argus_web.rules import editor, lists, views

urlpatterns = [
    path("", views.rules, name="rules"),
    path("versions/", views.versions, name="ruleset_versions"),
    path("versions/<int:number>/", views.version, name="ruleset_version"),
    path("versions/<int:number>/move/", views.version_move, name="ruleset_move"),
    path("versions/<int:number>/shadow/", views.shadow_report, name="shadow_report"),
    path("versions/<int:number>/new/", editor.rule_edit, name="rule_new"),
    path("versions/<int:number>/rule/<slug:code>/", views.rule, name="rule"),
    path("versions/<int:number>/rule/<slug:code>/edit/", editor.rule_edit, name="rule_edit"),
    path("versions/<int:number>/rule/<slug:code>/change/", editor.rule_change, name="rule_change"),
    path("lists/", lists.lists, name="lists"),
    path("lists/entry/<int:entry_id>/remove/", lists.entry_remove, name="entry_remove"),
    path("lists/<slug:name>/", lists.one_list, name="list"),
]

from django.urls import path

from argus_web.dashboard import live, views

urlpatterns = [
    path("", views.overview, name="overview"),
    path("live/events", live.live_events, name="live_events"),
    path("live/snapshot", live.live_snapshot, name="live_snapshot"),
    path("transactions/", views.transactions, name="transactions"),
    path("transactions.csv", views.transactions_csv, name="transactions_csv"),
    path("transactions/<int:ledger_id>/", views.transaction, name="transaction"),
    path("transactions/<int:ledger_id>/reveal/", views.transaction_reveal, name="transaction_reveal"),
]

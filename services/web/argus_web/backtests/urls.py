from django.urls import path

from argus_web.backtests import views

urlpatterns = [
    path("", views.backtests, name="backtests"),
    path("new/", views.new, name="backtest_new"),
    path("<int:number>/", views.backtest, name="backtest"),
    path("<int:number>/state/", views.state, name="backtest_state"),
    path("<int:number>/stop/", views.stop, name="backtest_stop"),
]

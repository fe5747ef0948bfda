from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "argus_web.accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from argus_web.accounts import signals

        signals.connect()

from django.apps import AppConfig, apps
from django.db import connection
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "argus_web.accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from argus_web.accounts import signals

        signals.connect()

        def ensure_roles(**_: object) -> None:
            from argus_web.accounts.services import roles_ensure

            # One app may be migrated by itself, or back.
            if {"auth_group", "auth_user_groups", "audit_event"} <= set(connection.introspection.table_names()):
                roles_ensure()

        # This app has no models, so nothing is sent on its behalf; roles are groups of Django's accounts.
        auth = apps.get_app_config("auth")
        post_migrate.connect(ensure_roles, sender=auth, weak=False, dispatch_uid="accounts.roles")

from django.apps import AppConfig
from django.apps.registry import Apps
from django.db.models.signals import post_migrate


class RecordsConfig(AppConfig):
    name = "argus_records"
    label = "records"
    verbose_name = "Ledger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        def ensure_shipped(apps: Apps | None = None, **_: object) -> None:
            # Migrated to an earlier state, the tables are not yet those that the services write to.
            if apps is not None and ("records", "managedlist") not in {
                (model._meta.app_label, model._meta.model_name) for model in apps.get_models()
            }:
                return
            from argus_records.services.lists import lists_ensure_standard
            from argus_records.services.rulesets import ruleset_ensure_default

            lists_ensure_standard()
            ruleset_ensure_default()

        post_migrate.connect(ensure_shipped, sender=self, weak=False, dispatch_uid="records.default_ruleset")

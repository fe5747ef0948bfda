from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RecordsConfig(AppConfig):
    name = "argus_records"
    label = "records"
    verbose_name = "Ledger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        def ensure_shipped(**_: object) -> None:
            from argus_records.services.lists import lists_ensure_standard
            from argus_records.services.rulesets import ruleset_ensure_default

            lists_ensure_standard()
            ruleset_ensure_default()

        post_migrate.connect(ensure_shipped, sender=self, weak=False, dispatch_uid="records.default_ruleset")

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RecordsConfig(AppConfig):
    name = "argus_records"
    label = "records"
    verbose_name = "Ledger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        def ensure_ruleset(**_: object) -> None:
            from argus_records.services.rulesets import ruleset_ensure_default

            ruleset_ensure_default()

        post_migrate.connect(ensure_ruleset, sender=self, weak=False, dispatch_uid="records.default_ruleset")

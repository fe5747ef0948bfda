from typing import Any

from django.core.management.base import BaseCommand

from argus_records.models import ApiKey


class Command(BaseCommand):
    help = "List API keys: first characters, client, scopes, rate limit, state."

    def handle(self, *args: Any, **options: Any) -> None:
        for key in ApiKey.objects.select_related("client").order_by("client__name", "created_at"):
            state = f"revoked {key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else "active"
            self.stdout.write(
                f"{key.prefix:14} {key.client.name:24} {','.join(key.scopes):20} {key.rate_limit:>6}/s  {state}"
            )

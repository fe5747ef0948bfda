"""Filters that somebody keeps under a name."""

from django.db import models
from django.db.models import Q


class SavedView(models.Model):
    """One person's filters of one list: the query of its address."""

    actor = models.CharField(max_length=150, help_text="whose: user:NAME")
    page = models.CharField(max_length=16, help_text="which list")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2000)

    class Meta:
        db_table = "saved_view"
        constraints = [
            models.UniqueConstraint(fields=["actor", "page", "name"], name="saved_view_name_once"),
            models.CheckConstraint(name="saved_view_named", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name

"""Alias and audit log move together."""

import pytest
from argus_records.models import AuditEvent
from argus_trainer.mlflow_api import MlflowException
from argus_trainer.outcomes import RegistryDown
from argus_trainer.registry import Registry
from django.db import OperationalError, connection
from published import Shelf


@pytest.mark.django_db
def test_a_move_that_fails_leaves_no_audit_event(mlflow_url, monkeypatch):
    version = Shelf(mlflow_url, "a move that fails").add(1)
    registry = Registry(mlflow_url, "a move that fails")

    def fail(*_):
        raise MlflowException("the database is locked")

    monkeypatch.setattr(registry.client, "set_registered_model_alias", fail)
    with pytest.raises(RegistryDown, match="the database is locked"):
        registry.promote(version, before=None, summary="fine")
    assert registry.champion() is None
    assert not AuditEvent.objects.filter(object_type="model").exists()


@pytest.mark.django_db
def test_without_a_ledger_the_alias_does_not_move(mlflow_url, monkeypatch):
    version = Shelf(mlflow_url, "no ledger").add(1)
    registry = Registry(mlflow_url, "no ledger")

    def fail(**_):
        raise ConnectionAbortedError

    monkeypatch.setattr("argus_trainer.registry.audit_record", fail)
    with pytest.raises(RegistryDown):
        registry.promote(version, before=None, summary="fine")
    assert registry.champion() is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("before", [True, False])
def test_a_commit_that_fails_takes_the_move_back(mlflow_url, monkeypatch, before, request):
    shelf = Shelf(mlflow_url, request.node.name)
    first, second = shelf.add(1), shelf.add(2)
    if before:
        shelf.promote(first)
    registry = Registry(mlflow_url, request.node.name)
    present = registry.champion()

    def fail() -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(connection, "commit", fail)
    with pytest.raises(OperationalError):
        registry.promote(second, before=present, summary="fine")
    assert registry.champion() == present
    assert not AuditEvent.objects.filter(object_type="model").exists()


@pytest.mark.django_db
def test_a_remark_that_fails_does_not_undo_the_promotion(mlflow_url, monkeypatch):
    version = Shelf(mlflow_url, "no remark").add(1)
    registry = Registry(mlflow_url, "no remark")

    def fail(*_):
        raise MlflowException("busy")

    monkeypatch.setattr(registry.client, "set_model_version_tag", fail)
    registry.promote(version, before=None, summary="fine")
    assert registry.champion() == version
    assert AuditEvent.objects.filter(action="model.promoted").exists()


def test_nothing_is_champion_at_first(mlflow_url):
    assert Registry(mlflow_url, "unheard of").champion() is None
    Shelf(mlflow_url, "heard of").add(1)
    assert Registry(mlflow_url, "heard of").champion() is None

"""Secrets of a data folder: made once, kept, for their owner alone."""

from pathlib import Path

from argus_local.secret_store import NAME, SecretStore


def test_one_is_made_once_and_kept(tmp_path: Path) -> None:
    password = SecretStore(tmp_path).made("password")
    assert len(password) >= 12
    assert SecretStore(tmp_path).made("password") == password
    assert SecretStore(tmp_path).made("other") != password


def test_what_is_put_is_got_beside_what_was_there(tmp_path: Path) -> None:
    store = SecretStore(tmp_path)
    assert store.get("key") is None
    store.put("key", "one")
    store.put("other", "two")
    store.put("key", "three")
    assert (store.get("key"), store.get("other")) == ("three", "two")


def test_others_cannot_read_it(tmp_path: Path) -> None:
    SecretStore(tmp_path).put("key", "one")
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [NAME]

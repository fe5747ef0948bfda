import psycopg
import pytest
from argus_trainer.lock import _LOCK, only_one
from argus_trainer.outcomes import AlreadyRunning
from django.db import connection

pytestmark = pytest.mark.django_db


@pytest.fixture
def other():
    """A session of another trainer."""
    said = connection.get_connection_params()
    names = ("dbname", "user", "host", "port")
    with psycopg.connect(**{name: said[name] for name in names}, autocommit=True) as session:
        yield session


def test_two_trainers_do_not_work_at_once(other):
    other.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
    with pytest.raises(AlreadyRunning), only_one():
        pytest.fail("both hold the lock")
    other.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
    with only_one():
        assert other.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK]).fetchone() == (False,)
    assert other.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK]).fetchone() == (True,)


def test_the_lock_is_given_back_when_training_fails(other):
    with pytest.raises(ZeroDivisionError), only_one():
        raise ZeroDivisionError
    assert other.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK]).fetchone() == (True,)

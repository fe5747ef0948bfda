import threading
from datetime import UTC, datetime, timedelta, timezone

from argus_trainer.schedule import next_time, occasions


def test_times_are_read_in_utc():
    after = datetime(2026, 3, 1, 4, 30, tzinfo=timezone(timedelta(hours=2)))
    assert next_time("0 3 * * *", after) == datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


def test_an_occasion_comes_and_then_the_next():
    # Six fields: the last counts seconds.
    times = occasions("* * * * * *", threading.Event())
    first, second = next(times), next(times)
    assert first < second <= datetime.now(UTC)


def test_waiting_ends_with_the_stop():
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    assert list(occasions("0 0 1 1 *", stop)) == []

import numpy as np
import pytest
from argus_trainer.known import LEAST_TO_LEARN, known

DAY = 86_400_000_000


def days(count, per_day=100):
    """Times of rows, so many a day."""
    return np.repeat(np.arange(count) * DAY, per_day)


def labels(at, frauds, rest=-1, seed=0):
    found = np.full(len(at), rest, np.int8)
    found[np.random.default_rng(seed).choice(len(at), frauds, replace=False)] = 1
    return found


def test_without_labels_nothing_is_known():
    at = days(30)
    found = known(at, np.full(len(at), -1, np.int8))
    assert (found.frauds, found.until, found.judged_from, found.stage) == (0, 0, None, "label-free")
    assert not found.genuine.any()


@pytest.mark.parametrize(("frauds", "judged"), [(LEAST_TO_LEARN - 1, False), (100, True)])
def test_few_frauds_judge_nothing(frauds, judged):
    at = days(60)
    assert (known(at, labels(at, frauds)).judged_from is not None) is judged


def test_what_is_later_than_the_latest_label_is_not_known():
    at = days(40)
    label = labels(at, 200, rest=0)
    label[33 * 100 :] = -1
    found = known(at, label)
    assert found.until == 33 * 100
    assert not (found.fraud | found.genuine)[found.until :].any()
    assert (found.fraud | found.genuine)[: found.until].all()
    assert found.stage == "delayed"


def test_where_frauds_alone_are_labelled_the_rest_counts_as_genuine():
    at = days(40)
    found = known(at, labels(at, 200))
    assert found.stage == "delayed"
    assert found.genuine[: found.until].sum() == found.until - 200
    assert (found.weight == 1.0).all()


def test_what_nobody_reviewed_counts_less():
    at = days(40)
    label = labels(at, 200)
    label[::50] = 0
    found = known(at, label)
    assert found.stage == "reviewed"
    assert (found.weight[label == -1] < 0.1).all()
    assert (found.weight[label != -1] == 1.0).all()


@pytest.mark.parametrize("frauds", [40, 200, 2000])
def test_at_most_about_a_third_of_the_frauds_judge(frauds):
    at = days(60)
    found = known(at, labels(at, frauds))
    late = found.fraud[found.judged_from :].sum()
    assert 10 <= late <= 0.36 * frauds
    assert found.fraud[: found.judged_from].sum() >= 0.6 * frauds


def test_frauds_of_a_single_day_do_not_break_it():
    at = np.zeros(1000, np.int64)
    found = known(at, labels(at, 100))
    assert found.judged_from is None or 0 < found.judged_from < 1000

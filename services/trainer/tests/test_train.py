import numpy as np
from argus_trainer.train import fit, sample_size


def test_the_same_rows_give_the_same_forest():
    matrix = np.random.default_rng(4).normal(size=(600, 6))
    first, second = fit(matrix, trees=20), fit(matrix, trees=20)
    np.testing.assert_array_equal(first.score_samples(matrix), second.score_samples(matrix))


def test_what_stands_apart_scores_lowest():
    matrix = np.random.default_rng(5).normal(size=(600, 6))
    matrix[17] = 12.0
    assert fit(matrix, trees=50).score_samples(matrix).argmin() == 17


def test_sample_size_never_exceeds_the_rows():
    assert all(sample_size(rows) <= rows for rows in (1, 10, 255, 256, 257, 10**7))

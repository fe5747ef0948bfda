"""That every route is a page which tests look at, or is named as something else."""

import web_pages


def test_nobody_has_forgotten_a_route() -> None:
    assert web_pages.unknown() == []
    assert web_pages.gone() == set()

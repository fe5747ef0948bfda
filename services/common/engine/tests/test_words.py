import pytest
from argus_engine.rules.words import money, ordinal, times


@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (10, "10th"), (11, "11th"), (12, "12th"), (13, "13th"),
     (21, "21st"), (101, "101st"), (111, "111th"), (112, "112th"),
     (1_002, "1,002nd"), (1_000_013, "1,000,013th")],
)  # fmt: skip
def test_ordinals(number, said):
    assert ordinal(number) == said


def test_large_multiples_have_no_decimals():
    assert [times(ratio) for ratio in (1.0, 19.94, 19.95, 2500.4)] == [
        "1.0 times", "19.9 times", "20 times", "2,500 times",
    ]  # fmt: skip


def test_money_has_the_digits_of_its_currency():
    assert [money(1234.5, currency) for currency in ("EUR", "JPY", "KWD")] == [
        "1,234.50 EUR", "1,234 JPY", "1,234.500 KWD",
    ]  # fmt: skip

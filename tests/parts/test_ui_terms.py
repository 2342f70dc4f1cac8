"""How long a plan lasts, in words: what is counted as whole though little is left of it
is said with its end.
"""

from datetime import UTC, datetime

import pytest

from tests.language import one_language
from tsuzuki.core.plan import Terms, Validity
from tsuzuki.ui import terms

LAST_EVENING = datetime(2026, 11, 30, 14, 0, tzinfo=UTC)  # 23:00 in Tokyo, on the last day of the month


@pytest.mark.parametrize(
    ("language", "date"),
    [("en", "30 Nov 2026, 23:59"), ("ja", "2026年11月30日"), ("zh-Hans", "2026年11月30日")],
)
@pytest.mark.parametrize("rule", [Validity.MONTH_END, Validity.CALENDAR_DAYS])
def test_one_that_counts_an_hour_as_a_month_or_a_day_says_when_it_ends(rule, language, date):
    said = terms.begun(Terms(rule, 1), LAST_EVENING, "Asia/Tokyo", language)
    assert date in said
    one_language(said, language)


def test_a_months_end_is_said_for_several_months_too():
    assert "31 Jan 2027, 23:59" in terms.begun(Terms(Validity.MONTH_END, 3), LAST_EVENING, "Asia/Tokyo", "en")


@pytest.mark.parametrize(
    "rule", [Validity.HOURS_THEN_END_OF_DAY, Validity.DAYS_FROM_CHARGE, Validity.SAME_DAY_CLAMPED]
)
def test_what_gives_all_it_says_needs_no_more_words(rule):
    assert terms.begun(Terms(rule, 1), LAST_EVENING, "Asia/Tokyo", "en") == ""
    assert terms.begun(Terms(Validity.CALENDAR_DAYS, 7), LAST_EVENING, "Asia/Tokyo", "en") == ""

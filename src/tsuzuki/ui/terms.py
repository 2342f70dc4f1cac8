"""How long a plan lasts and when it begins, in words."""

from __future__ import annotations

from datetime import datetime

from tsuzuki.core.period import end_of
from tsuzuki.core.plan import Start, Terms, Validity

from .formats import moment, zone_label
from .languages import N_, Plural, plurals, translator

# Of one day or month another thing is said than of several, so these are no plural forms.
_LASTS = {
    Validity.HOURS_THEN_END_OF_DAY: (
        N_("24 hours, then to the end of that day"),
        N_("%(count)s days, to the end of the last day"),
    ),
    Validity.CALENDAR_DAYS: (N_("to the end of the day"), N_("%(count)s days, the first day counted")),
    Validity.MONTH_END: (N_("to the end of the month"), N_("to the end of the month, %(count)s months")),
    Validity.SAME_DAY_CLAMPED: (
        N_("to the same day next month"),
        N_("to the same day %(count)s months later"),
    ),
    Validity.SAME_DAY_ROLLED: (
        N_("to the same day next month"),
        N_("to the same day %(count)s months later"),
    ),
    Validity.DAYS_FROM_CHARGE: (N_("24 hours"), N_("%(count)s days, to the hour")),
    Validity.ZONE_MIDNIGHT: (N_("to midnight (%(zone)s)"), N_("%(count)s days, each to midnight (%(zone)s)")),
}
_COUNTS_THE_FIRST = (Validity.MONTH_END, Validity.CALENDAR_DAYS, Validity.ZONE_MIDNIGHT)
_STARTS = {
    Start.INSTALL: Plural(
        "starts when the eSIM is installed, after %(days)s day at the latest",
        "starts when the eSIM is installed, after %(days)s days at the latest",
        "days",
    ),
    Start.FIRST_USE: Plural(
        "starts with the first use, after %(days)s day at the latest",
        "starts with the first use, after %(days)s days at the latest",
        "days",
    ),
}


def lasts(terms: Terms, language: str) -> str:
    text, several = _LASTS[terms.validity]
    zone = zone_label(terms.boundary_zone, language) if terms.boundary_zone else ""
    return translator(language)(text if terms.count == 1 else several) % {"count": terms.count, "zone": zone}


def begun(terms: Terms, now: datetime, zone: str, language: str) -> str:
    """Where the first of its days or months is counted as a whole however little is left of it: the end, if
    it starts now. That is the calendar's arithmetic and tells nothing of the line. Else nothing.
    """
    if terms.validity not in _COUNTS_THE_FIRST or (
        terms.validity is not Validity.MONTH_END and terms.count > 1
    ):
        return ""
    ends = moment(end_of(terms, now, zone), zone, language, closing=True)
    return translator(language)(N_("if it starts now, it ends %(ends)s")) % {"ends": ends}


def starts(terms: Terms, language: str) -> str:
    """Only where it is neither the purchase nor the end of the plan before; else nothing."""
    words = _STARTS.get(terms.start)
    facts = {"days": str(terms.start_within_days)}
    return words.said(facts, plurals(language)) % facts if words else ""

"""How long a plan lasts and when it begins, in words."""

from __future__ import annotations

from tsuzuki.core.plan import Start, Terms, Validity

from .formats import zone_label
from .languages import N_, translator

# One of the count, and several.
_LASTS = {
    Validity.HOURS_THEN_END_OF_DAY: (N_("24 hours, then to the end of that day"), N_("%(count)s days, to the end of the last day")),
    Validity.CALENDAR_DAYS: (N_("to the end of the day"), N_("%(count)s days, the first day counted")),
    Validity.MONTH_END: (N_("to the end of the month"), N_("to the end of the month, %(count)s months")),
    Validity.SAME_DAY_CLAMPED: (N_("to the same day next month"), N_("to the same day %(count)s months later")),
    Validity.SAME_DAY_ROLLED: (N_("to the same day next month"), N_("to the same day %(count)s months later")),
    Validity.DAYS_FROM_CHARGE: (N_("24 hours"), N_("%(count)s days, to the hour")),
    Validity.ZONE_MIDNIGHT: (N_("to midnight (%(zone)s)"), N_("%(count)s days, each to midnight (%(zone)s)")),
}
_STARTS = {
    Start.INSTALL: N_("starts when the eSIM is installed, after %(days)s days at the latest"),
    Start.FIRST_USE: N_("starts with the first use, after %(days)s days at the latest"),
}


def lasts(terms: Terms, language: str) -> str:
    one, several = _LASTS[terms.validity]
    zone = zone_label(terms.boundary_zone, language) if terms.boundary_zone else ""
    return translator(language)(one if terms.count == 1 else several) % {"count": terms.count, "zone": zone}


def starts(terms: Terms, language: str) -> str:
    """Only where it is neither the purchase nor the end of the plan before; else nothing."""
    words = _STARTS.get(terms.start)
    return translator(language)(words) % {"days": terms.start_within_days} if words else ""

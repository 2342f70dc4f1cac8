"""Which brand has which deadline rules, and the claims each rests on. Numbers are read from the claims where those are numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from functools import cache

from tsuzuki.core.deadline_rules import (
    TOKYO,
    Bill,
    Confidence,
    Cutoff,
    Dates,
    Deadline,
    EndDate,
    Hard,
    KeepAlive,
    Pack,
    Repeats,
    Rests,
    Rule,
    Stage,
    StartWithin,
    What,
)
from tsuzuki.core.deadlines import deadlines
from tsuzuki.core.plan import Validity

from ..load.claims import Brand
from ..load.loader import brand as brand_of

HONG_KONG = "Asia/Hong_Kong"
ZONES = {"cmhk_prepaid": HONG_KONG, "cuhk_prepaid": HONG_KONG, "sosim_hk": HONG_KONG, "three_hk": HONG_KONG}
ENDS = {"keep_alive", "topping", "end_date", "travel_esim", "balance", "recharge"}  # titles of rules that tell when it is over


@dataclass(frozen=True, slots=True)
class BrandRule:
    """`title` is a key of the rule words' titles, `asks` renames a date for this rule's form: {"expires": "end_date"}."""

    id: str
    rule: Rule
    title: str
    asks: Mapping[str, str] = field(default_factory=dict)


@cache
def rules(brand_id: str) -> tuple[BrandRule, ...]:
    """The rules of a brand. Where the sources say nothing of the bill or the end, a plain rule that rests on no claim and says so."""
    brand = brand_of(brand_id)
    made = _MADE[brand_id](brand) if brand_id in _MADE else ()
    titles, unsourced = {rule.title for rule in made}, Rests((), Confidence.LOW)
    if brand.payment_model == "postpaid_monthly" and "bill" not in titles:
        return (*made, BrandRule("bill", Bill("postpaid_due", unsourced), "bill"))
    if brand.payment_model.startswith("prepaid") and not titles & ENDS:
        return (*made, BrandRule("end_date", EndDate("prepaid_end", unsourced, zone=ZONES.get(brand_id, TOKYO)), "end_date"))
    return made


def deadlines_of(brand_id: str, rule_id: str, dates: Dates, now: datetime) -> tuple[Deadline, ...]:
    """KeyError for a brand or rule there is not."""
    found = {rule.id: rule for rule in rules(brand_id)}
    return deadlines(found[rule_id].rule, dates, now)


def _rests(brand: Brand, *keys: str) -> Rests:
    """The claims and the least sure of them. Of two claims of one key the surer counts."""
    order = list(Confidence)
    levels = []
    for key in keys:
        claims = brand.about(key)
        if not claims:
            raise KeyError(f"{brand.id} has no claim {key}")
        levels.append(min((Confidence(claim.source.confidence) for claim in claims), key=order.index))
    return Rests(keys, max(levels, key=order.index))


def _number(brand: Brand, key: str) -> int:
    found = [claim.value for claim in brand.about(key) if isinstance(claim.value, int) and not isinstance(claim.value, bool)]
    if not found:
        raise KeyError(f"{brand.id} has no number in {key}")
    return found[0]


def _povo2(povo: Brand) -> tuple[BrandRule, ...]:
    alive = KeepAlive(
        days=_number(povo, "lapse.no_purchase_days"),
        cancel_after=_number(povo, "cancel.after_suspension_days"),
        exempt_over=_number(povo, "lapse.exemption"),
        words="povo_keep_alive",
        stop=_rests(povo, "lapse.no_purchase_days", "lapse.exemption"),
        lost=_rests(povo, "cancel.after_suspension_days", "cancel.number_reusable"),
        lost_words="povo_cancelled",
        after_stop=("chat_only",),
    )
    topping = replace(
        _topping(povo),
        switch_off=time(23, 30),
        switch_off_words="auto_charge",
        switch_off_rests=_rests(povo, "autorenew.auto_charge"),
    )
    return (
        BrandRule("keep_alive", alive, "keep_alive", {"expires": "last_topping"}),
        BrandRule("topping", topping, "topping"),
        BrandRule("subscription", Repeats("subscription", _rests(povo, "autorenew.subscription_topping")), "subscription"),
    )


def _topping(brand: Brand) -> Pack:
    after = ("slow_free",) if brand.about("throttle.base_speed_free") else ("slow",)
    return Pack(Validity.HOURS_THEN_END_OF_DAY, None, "topping_days", _rests(brand, "topping.expiry_rule"), after=after)


def _docomo(docomo: Brand) -> tuple[BrandRule, ...]:
    low = _rests(docomo, "late.suspended_after")
    stages = (
        # the 15th of the next month: the money must be there the day before
        Stage(What.SECOND_DEBIT, "docomo_second", _rests(docomo, "late.redebit"), month_day=15, days=-1, hard=Hard.MONEY),
        Stage(What.SLIP_UNTIL, "docomo_slip", _rests(docomo, "late.pay_channels"), days=60, hard=Hard.MONEY),
        Stage(What.SUSPENSION, "docomo_stop", low, months=1, after=("shop_or_slip",)),
        Stage(What.NUMBER_LOST, "docomo_end", low, months=2, hard=Hard.NUMBER_LOST),
    )
    return (BrandRule("bill", Bill("docomo_due", _rests(docomo, "bill.due"), day=31, bank_day=True, stages=stages), "bill"),)


def _softbank(softbank: Brand) -> tuple[BrandRule, ...]:
    stop = _rests(softbank, "late.suspended_after")
    stages = (
        Stage(What.SUSPENSION, "softbank_stop", stop, days=14, after=("pay_in_my_softbank",)),
        Stage(What.SUSPENSION, "softbank_slip", stop, from_slip=True, after=("pay_in_my_softbank",)),
        Stage(What.NUMBER_LOST, "softbank_end", _rests(softbank, "late.cancelled_after"), months=2, hard=Hard.NUMBER_LOST),
    )
    return (BrandRule("bill", Bill("softbank_due", _rests(softbank, "late.redebit"), stages=stages), "bill"),)


def _au(au: Brand) -> tuple[BrandRule, ...]:
    stop = Stage(What.SUSPENSION, "au_stop", _rests(au, "late.consequences"), from_slip=True, after=("fees_go_on",))
    bill = Bill(
        words="au_due",
        rests=_rests(au, "bill.direct_debit_day"),
        day=_number(au, "bill.direct_debit_day"),
        bank_day=True,
        grace_to_month_end=_rests(au, "late.after_failed_debit"),
        grace_words="au_month_end",
        stages=(stop,),
    )
    charge = Pack(Validity.DAYS_FROM_CHARGE, 62, "au_data", _rests(au, "data.charge"), after=("slow",))
    return BrandRule("bill", bill, "bill"), BrandRule("extra_data", charge, "extra_data", {"bought": "charged"})


def _uq_mobile(uq: Brand) -> tuple[BrandRule, ...]:
    stop = Stage(What.SUSPENSION, "uq_stop", _rests(uq, "late.consequences"), from_slip=True)
    bill = Bill("postpaid_due", _rests(uq, "bill.direct_debit_day"), stages=(stop,))
    charge = Pack(Validity.DAYS_FROM_CHARGE, 90, "uq_data", _rests(uq, "data.charge"), after=("slow",))
    return BrandRule("bill", bill, "bill"), BrandRule("extra_data", charge, "extra_data", {"bought": "charged"})


def _rakuten_mobile(rakuten: Brand) -> tuple[BrandRule, ...]:
    fees = ("fees_go_on",)
    stages = (
        Stage(What.SUSPENSION, "rakuten_stop", _rests(rakuten, "late.suspended_after"), months=1, after=fees),
        Stage(What.SUSPENSION, "rakuten_reminder", _rests(rakuten, "late.suspended_from"), from_slip=True, after=fees),
        Stage(What.NUMBER_LOST, "rakuten_end", _rests(rakuten, "late.cancelled_after"), months=2, hard=Hard.NUMBER_LOST),
    )
    bill = Bill("postpaid_due", _rests(rakuten, "late.suspended_from"), stages=stages)
    abroad = Pack(Validity.CALENDAR_DAYS, 31, "rakuten_abroad", _rests(rakuten, "data.charge_abroad"), after=("slow",))
    return BrandRule("bill", bill, "bill"), BrandRule("data_abroad", abroad, "data_abroad", {"bought": "charged"})


def _nihon_tsushin(nihon: Brand) -> tuple[BrandRule, ...]:
    rests = _rests(nihon, "late.cancelled", "late.trigger")
    rule = EndDate("nihon_card", rests, lost_after=0, on_the_day=True, hard=Hard.NUMBER_LOST)
    return (BrandRule("card_failed", rule, "card_failed", {"expires": "next_charge"}),)


def _sakura_mobile(sakura: Brand) -> tuple[BrandRule, ...]:
    travel = Pack(Validity.CALENDAR_DAYS, None, "sakura_travel", _rests(sakura, "travel_esim.day1"))
    return (
        BrandRule("bill", Bill("sakura_due", _rests(sakura, "pay.konbini", "late.flat_fee"), day=10), "bill"),
        BrandRule("plan_change", Cutoff(25, "sakura_change", _rests(sakura, "plan.change_deadline")), "plan_change"),
        BrandRule("method_change", Cutoff(24, "sakura_method", _rests(sakura, "pay.method_change_blackout")), "method_change"),
        BrandRule("travel_esim", travel, "travel_esim", {"bought": "installed"}),
    )


def _mobal(mobal: Brand) -> tuple[BrandRule, ...]:
    rests = _rests(mobal, "lapse.short_term_end", "renew.extend_days")
    ends = EndDate("mobal_end", rests, lost_after=0, on_the_day=True, hard=Hard.NUMBER_LOST)
    lost = StartWithin(
        "mobal_lost", _rests(mobal, "lost.suspension_days"), days=_number(mobal, "lost.suspension_days"),
        what=What.NUMBER_LOST, hard=Hard.NUMBER_LOST,
    )  # fmt: skip
    return BrandRule("end_date", ends, "end_date", {"expires": "end_date"}), BrandRule(
        "lost_phone", lost, "lost_phone", {"bought": "stopped"}
    )


def _nbk_mobile(nbk: Brand) -> tuple[BrandRule, ...]:
    rests = _rests(nbk, "bill.due")
    stop = Stage(What.SUSPENSION, "nbk_due", rests, after=("new_link",))
    return (BrandRule("bill", Bill("nbk_due", rests, day=20, stages=(stop,)), "bill"),)


def _mineo(mineo: Brand) -> tuple[BrandRule, ...]:
    data = Pack(Validity.MONTH_END, 2, "mineo_data", _rests(mineo, "data.extra_expiry"), after=("slow",))
    return (
        BrandRule("extra_data", data, "extra_data", {"bought": "charged"}),
        BrandRule("plan_change", Cutoff(25, "mineo_change", _rests(mineo, "plan.change_window")), "plan_change"),
    )


def _iijmio(iijmio: Brand) -> tuple[BrandRule, ...]:
    data = Pack(Validity.MONTH_END, 1, "month_data", _rests(iijmio, "data.extra_expiry"), after=("slow",))
    bill = Bill("postpaid_due", _rests(iijmio, "late.process"))
    return BrandRule("bill", bill, "bill"), BrandRule("extra_data", data, "extra_data", {"bought": "charged"})


def _linemo(linemo: Brand) -> tuple[BrandRule, ...]:
    data = Pack(Validity.MONTH_END, 1, "month_data", _rests(linemo, "data.extra_1gb"), after=("slow",))
    bill = Bill("linemo_due", _rests(linemo, "bill.dates"), day=26, bank_day=True)
    return BrandRule("bill", bill, "bill"), BrandRule("extra_data", data, "extra_data", {"bought": "charged"})


def _softbank_simple_style(simple: Brand) -> tuple[BrandRule, ...]:
    gone = _number(simple, "lapse.cancel_after_days")
    lost = _rests(simple, "lapse.cancel_after_days")
    rule = EndDate("simple_style", _rests(simple, "validity.per_card_days"), lost_after=gone, lost=lost, hard=Hard.MONEY)
    return (BrandRule("balance", rule, "balance"),)


def _bmobile_visitor(visitor: Brand) -> tuple[BrandRule, ...]:
    rests = _rests(visitor, "topup.pack", "topup.grace_after_expiry_days")
    grace = _number(visitor, "topup.grace_after_expiry_days")
    return (BrandRule("end_date", EndDate("visitor_end", rests, grace=grace, after=("own_network_only",)), "end_date"),)


def _nomad(nomad: Brand) -> tuple[BrandRule, ...]:
    days = Pack(Validity.DAYS_FROM_CHARGE, None, "nomad_days", _rests(nomad, "validity.rule"))
    start = StartWithin("nomad_start", _rests(nomad, "validity.start"), days=60, hard=Hard.DATA_LOST)
    return BrandRule("travel_esim", days, "travel_esim", {"bought": "first_used"}), BrandRule("start", start, "start", {"bought": "order"})


def _airalo(airalo: Brand) -> tuple[BrandRule, ...]:
    days = Pack(Validity.DAYS_FROM_CHARGE, None, "airalo_days", _rests(airalo, "validity.day_is_24h"))
    unused = StartWithin("airalo_recycled", replace(_rests(airalo, "lapse.recycled_after"), confidence=Confidence.LOW), days=90)
    return BrandRule("travel_esim", days, "travel_esim", {"bought": "first_used"}), BrandRule("start", unused, "start", {"bought": "order"})


def _kkday_esim(kkday: Brand) -> tuple[BrandRule, ...]:
    days = Pack(Validity.ZONE_MIDNIGHT, None, "kkday_day", _rests(kkday, "validity.day_boundary"), boundary_zone=HONG_KONG)
    within = _number(kkday, "validity.activate_within_days")
    start = StartWithin("kkday_start", _rests(kkday, "validity.activate_within_days"), days=within)
    return BrandRule("travel_esim", days, "travel_esim", {"bought": "installed"}), BrandRule("start", start, "start", {"bought": "order"})


def _jet_japan_esim(jet: Brand) -> tuple[BrandRule, ...]:
    within = _number(jet, "validity.activate_within_days")
    start = StartWithin("jet_start", _rests(jet, "validity.activate_within_days"), days=within)
    return (BrandRule("start", start, "start", {"bought": "order"}),)


def _sosim_hk(sosim: Brand) -> tuple[BrandRule, ...]:
    within = _number(sosim, "validity.start_within_days")
    start = StartWithin("sosim_start", _rests(sosim, "validity.start_within_days"), days=within, zone=HONG_KONG)
    return (BrandRule("start", start, "start", {"bought": "order"}),)


_MADE: Mapping[str, Callable[[Brand], tuple[BrandRule, ...]]] = {
    "povo2": _povo2,
    "povo_japan_sim": lambda povo: (BrandRule("topping", _topping(povo), "topping"),),
    "docomo": _docomo,
    "ahamo": lambda ahamo: (
        BrandRule("bill", Bill("ahamo_due", _rests(ahamo, "bill.schedule"), day=31, bank_day=True), "bill"),
    ),
    "softbank": _softbank,
    "softbank_simple_style": _softbank_simple_style,
    "linemo": _linemo,
    "au": _au,
    "uq_mobile": _uq_mobile,
    "rakuten_mobile": _rakuten_mobile,
    "nihon_tsushin": _nihon_tsushin,
    "bmobile_visitor": _bmobile_visitor,
    "iijmio": _iijmio,
    "mineo": _mineo,
    "sakura_mobile": _sakura_mobile,
    "mobal": _mobal,
    "gtn_mobile": lambda gtn: (BrandRule("bill", Bill("gtn_due", _rests(gtn, "pay.konbini"), day=25), "bill"),),
    "nbk_mobile": _nbk_mobile,
    "airalo": _airalo,
    "nomad": _nomad,
    "kkday_esim": _kkday_esim,
    "jet_japan_esim": _jet_japan_esim,
    "sosim_hk": _sosim_hk,
    "cdjapan_esim": lambda cdj: (
        BrandRule("start", StartWithin("cdjapan_start", _rests(cdj, "validity.start"), days=30, hard=Hard.DATA_LOST), "start"),
    ),
    "ubigi": lambda ubigi: (
        BrandRule("start", StartWithin("ubigi_start", _rests(ubigi, "validity.preloaded_qr_months"),
                                       months=_number(ubigi, "validity.preloaded_qr_months")), "start", {"bought": "order"}),
    ),
    "holafly": lambda holafly: (
        BrandRule("end_date", EndDate("holafly_end", _rests(holafly, "topup.when"), on_the_day=True), "end_date"),
    ),
    "tripcom_esim": lambda trip: (BrandRule("end_date", EndDate("trip_end", _rests(trip, "renew.starts")), "end_date"),),
    "three_hk": lambda three: (
        BrandRule("recharge", Pack(Validity.DAYS_FROM_CHARGE, 180, "three_recharge", _rests(three, "validity.topup_extends"),
                                   zone=HONG_KONG), "recharge", {"bought": "charged"}),
    ),
}  # fmt: skip

"""How a brand's claims are laid out for reading: chapters by topic, the three clocks,
the doors by which things are done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..load.claims import UNKNOWN, Brand, Claim

# Each topic of the vocabulary stands in exactly one chapter (tests/parts/test_guide_words.py).
CHAPTERS: Mapping[str, tuple[str, ...]] = {
    "keep": ("lapse", "suspended", "renew", "topup", "validity", "autorenew", "cancel", "pause"),
    "pay": ("pay", "bill", "late", "refund"),
    "fees": ("fee", "plan", "data", "throttle", "voice", "sms", "limit", "surprise"),
    "roaming": ("roam", "roam_in_japan"),
    "papers": ("id", "lang", "support", "app", "sim", "esim", "network"),
}
# Three things run out, each by its own clock; the first keys say it best.
CLOCKS: Mapping[str, tuple[str, ...]] = {
    "line": (
        "lapse.no_purchase_days",
        "lapse.no_use_days",
        "lapse.short_term_end",
        "lapse.cancel_after_days",
        "validity.per_card_days",
        "validity.after_conversion_days",
        "validity.rule",
        "late.suspended_after",
        "late.suspended_from",
        "late.cancelled",
        "late.consequences",
        "lapse.grace",
        "lapse.number",
        "cancel.number_reusable",
        "validity.activate_within_days",
    ),
    "data": (
        "topping.expiry_rule",
        "validity.day_boundary",
        "validity.start",
        "renew.starts",
        "topup.start",
        "data.reset_day",
        "data.extra_expiry",
        "data.extra_1gb_validity",
        "topup.extends_validity",
        "travel_esim.day1",
        "throttle.after_quota",
        "data.rollover",
        "data.charge",
    ),
    "money": (
        "bill.due",
        "bill.direct_debit_day",
        "bill.bank_debit_day",
        "bill.card_charge_day",
        "bill.card_charged",
        "bill.cycles",
        "bill.schedule",
        "bill.dates",
        "pay.konbini",
        "autorenew.auto_charge",
        "autorenew.renewals",
        "autorenew.kaiteki_mode",
        "surprise.extra_option",
    ),
}
SHOWN = 2  # claims a clock shows; the rest stands in the chapters
# By which doors: channels of the steps, and the claims that speak of that door.
DOORS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "app": (
        ("app", "app_scan", "iphone", "android", "wechat"),
        ("suspended.app_purchase_possible", "app.login", "topup.channel", "lang.my_au_payment_change"),
    ),
    "web": (
        ("web", "web_card", "web_zh", "account", "mail_or_web"),
        (
            "lang.online_procedures",
            "lang.my_softbank",
            "lang.web",
            "lang.website",
            "lang.payment_page",
            "fee.web_sim_reissue",
            "fee.online_esim_reissue",
            "late.online_pay_window",
            "late.online_pay_fee",
            "late.web_billing_card_closed",
            "topup.only_over_own_network",
            "topup.needs_internet",
            "plan.change_window",
        ),
    ),
    "shop": (
        (),
        (
            "lang.shop",
            "fee.shop_procedure",
            "id.shop_originals_only",
            "id.single_document_enough",
            "id.residence_card_needs_supplement",
            "id.foreign_national",
            "late.after_failed_debit",
        ),
    ),
    "konbini": (
        ("konbini", "konbini_card", "konbini_familymart", "konbini_lawson_ministop", "atm"),
        (
            "pay.konbini",
            "late.konbini_slip",
            "late.pay_channels",
            "fee.payment_slip",
            "pay.konbini_link_expiry",
            "pay.konbini_card_stores",
            "lang.konbini_terminal",
            "topup.card_form",
        ),
    ),
    "phone": (
        ("phone", "sms", "ussd"),
        (
            "lang.phone",
            "support.phone_hours",
            "support.phone_ja",
            "support.phone_from_other_phones",
            "support.phone_from_abroad",
            "support.abroad_phone",
            "support.roaming_hotline",
            "late.contact_when_suspended",
            "lost.hotline",
            "topup.handset_needed",
        ),
    ),
    "chat": (("chat",), ("support.channels", "support.chat_documents", "support.email")),
}
# What a brand wants of you, for comparing brands.
WANTS: Mapping[str, tuple[str, ...]] = {
    "papers": (
        "id.accepted",
        "id.foreign_national",
        "id.single_document_enough",
        "id.passport_registration",
        "id.real_name",
        "id.passport_name",
        "age.minors_allowed",
        "signup.requires",
    ),
    "money": ("pay.foreign_issued_card", "pay.methods", "pay.setup_needed", "pay.card_brands", "pay.konbini"),
    "language": (
        "lang.phone",
        "lang.service_and_support",
        "lang.online_procedures",
        "lang.support_pages",
        "lang.web",
        "lang.website",
        "lang.support",
        "lang.help",
        "lang.my_softbank",
        "lang.payment_page",
        "lang.notices",
    ),
    "term": (
        "plan.minimum_term",
        "surprise.early_cancel_fee",
        "cancel.deadline",
        "cancel.prorata",
        "sim.ownership",
    ),
    "alive": (
        "lapse.no_purchase_days",
        "lapse.no_use_days",
        "lapse.cancel_after_days",
        "lapse.short_term_end",
        "late.suspended_after",
        "late.suspended_from",
        "validity.rule",
        "validity.per_card_days",
    ),
    "replace": (
        "fee.shop_procedure",
        "fee.sim_reissue",
        "fee.sim_card_reissue",
        "fee.sim_exchange_or_reissue",
        "fee.esim_reissue",
        "fee.online_esim_reissue",
        "fee.web_sim_reissue",
        "fee.esim_issue_or_reissue",
    ),
}
# Whom people ask about first, and the network each brand's own facts name; the others stand by their kind.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "big": ("mno", "mno_sub_brand", "mno_online_brand", "mno_prepaid"),
    "small": ("mvno", "mvno_foreigners", "unknown"),
    "visit": ("visitor_sim", "visitor_esim", "travel_esim"),
    "china": ("foreign_carrier",),
}
FIRST = ("docomo", "ahamo", "au", "uq_mobile", "povo2", "softbank", "ymobile", "linemo", "rakuten_mobile")


def known(brand: Brand, keys: Iterable[str], most: int = 99) -> tuple[Claim, ...]:
    """The brand's claims of these keys that say something, in the order of the keys."""
    return tuple(claim for key in keys for claim in brand.about(key) if claim.value is not UNKNOWN)[:most]


def grouped(brands: Iterable[Brand]) -> Mapping[str, tuple[Brand, ...]]:
    def rank(brand: Brand) -> tuple[int, str]:
        return (FIRST.index(brand.id) if brand.id in FIRST else len(FIRST), brand.names.en.casefold())

    ordered = sorted(brands, key=rank)
    return {
        group: tuple(brand for brand in ordered if brand.kind in kinds) for group, kinds in GROUPS.items()
    }

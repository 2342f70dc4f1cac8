"""What we write to people: one pattern per kind, in lines that are left out when the fact they name is not
known.

Facts are formatted strings: number (masked), plan, starts, ends, amount, code, brand, seller, contact, url,
date, lines, way, expires, pay_by, voucher, why (staff's words), old_start, old_end, tax (each rate a line),
registration. Every mail ends with a human way out. The carrier «accepts»: what it does afterwards is not ours
to promise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .formats import one_line
from .languages import N_, SOURCE, Say, first_sayable, nearest, translator
from .sms import TO_GSM, fits

FACTS = frozenset(
    {
        "number",
        "plan",
        "starts",
        "ends",
        "amount",
        "code",
        "brand",
        "seller",
        "contact",
        "url",
        "account_url",
        "date",
        "lines",
        "way",
        "expires",
        "pay_by",
        "voucher",
        "why",
        "old_start",
        "old_end",
        "tax",
        "registration",
    }
)


@dataclass(frozen=True, slots=True)
class Words:
    subject: str
    text: str
    short: str


@dataclass(frozen=True, slots=True)
class _Pattern:
    """Wordings stand from the one that names most facts to the one that needs none.

    In `text` a tuple is one line in several wordings.
    """

    subject: tuple[str, ...]
    text: tuple[str | tuple[str, ...], ...]
    short: tuple[str, ...]
    tail: tuple[str, ...] = ("url",)  # what an SMS adds if there is room
    act: bool = False  # the reader must act: the way there comes before the details


_NUMBER = N_("Number: %(number)s")
_PLAN = N_("Plan: %(plan)s")
_STARTS = N_("Starts: %(starts)s")
_ENDS = N_("Ends: %(ends)s")
_AMOUNT = N_("Amount: %(amount)s")
_ORDER = N_("Order: %(code)s")
_REFUND_TO = N_("Refund to: %(way)s")
_SEE = N_("Your order: %(url)s")
_NOTHING_TO_DO = N_("There is nothing you need to do.")
_SIGNED = (
    "",
    "%(brand)s",
    (
        N_("Contact: %(contact)s"),
        N_("Questions? Please contact %(seller)s."),
        N_("Questions? Please ask the shop you bought from."),
    ),
)

_PATTERNS = {
    "receipt": _Pattern(
        subject=(N_("Receipt %(code)s: %(amount)s"), N_("Receipt for your payment")),
        text=(
            (
                N_("We have received %(amount)s for %(number)s. Thank you."),
                N_("We have received your payment. Thank you."),
            ),
            "",
            N_("Paid: %(date)s"),
            _NUMBER,
            _PLAN,
            _ORDER,
            "",
            "%(lines)s",
            N_("Total: %(amount)s"),
            "%(tax)s",
            "",
            N_("Seller: %(seller)s"),
            N_("Invoice registration: %(registration)s"),
            _SEE,
            *_SIGNED,
        ),
        short=(
            N_("We have received %(amount)s for %(number)s. Order %(code)s."),
            N_("We have received %(amount)s for %(number)s. Thank you."),
            N_("We have received your payment. Thank you."),
        ),
    ),
    "activating": _Pattern(
        subject=(N_("Paid, activating: %(number)s"), N_("Paid, activating")),
        text=(
            (
                N_("Your payment for %(number)s has arrived, and we are activating your order."),
                N_("Your payment has arrived, and we are activating your order."),
            ),
            _NOTHING_TO_DO,
            "",
            _PLAN,
            _AMOUNT,
            _ORDER,
            "",
            N_("We will write again when the carrier has accepted it."),
            N_("If it cannot be done, we begin your refund without being asked."),
            "",
            _SEE,
            *_SIGNED,
        ),
        short=(
            N_("Payment for %(number)s received, activating now. We will write when it is done."),
            N_("Payment received, activating now."),
        ),
    ),
    "active": _Pattern(
        subject=(
            N_("%(number)s: active until %(ends)s"),
            N_("Active until %(ends)s"),
            N_("Your order is active"),
        ),
        text=(
            (
                N_("The plan for %(number)s is active until %(ends)s."),
                N_("The plan is active until %(ends)s."),
                N_("The order for %(number)s is active."),
                N_("Your order is active."),
            ),
            N_("The carrier has accepted it."),
            "",
            _PLAN,
            _STARTS,
            _ENDS,
            _ORDER,
            "",
            _SEE,
            *_SIGNED,
        ),
        short=(
            N_("The plan for %(number)s is active until %(ends)s."),
            N_("The plan is active until %(ends)s."),
            N_("The order for %(number)s is active."),
            N_("Your order is active."),
        ),
    ),
    "queued": _Pattern(
        subject=(
            N_("%(number)s: next plan starts %(starts)s"),
            N_("%(number)s: next plan is waiting to start"),
            N_("Your next plan is waiting to start"),
        ),
        text=(
            (
                N_("The next plan for %(number)s starts by itself on %(starts)s."),
                N_("The next plan for %(number)s is paid and waiting to start."),
                N_("Your next plan is paid and waiting to start."),
            ),
            "",
            _PLAN,
            _STARTS,
            _ENDS,
            _ORDER,
            "",
            _SEE,
            *_SIGNED,
        ),
        short=(
            N_("The next plan for %(number)s starts by itself on %(starts)s."),
            N_("The next plan for %(number)s is paid and waiting to start."),
            N_("Your next plan is paid and waiting to start."),
        ),
    ),
    # What stood in front of this plan was taken back: what waits is moved, and never gets shorter.
    "dates_moved": _Pattern(
        subject=(N_("%(number)s: your plan has new dates"), N_("Your plan has new dates")),
        text=(
            (
                N_("The dates of a plan for %(number)s have changed."),
                N_("The dates of a plan you paid for have changed."),
            ),
            N_("The plans before it have changed. The time you paid for does not get shorter."),
            _NOTHING_TO_DO,
            "",
            _PLAN,
            N_("New start: %(starts)s"),
            N_("New end: %(ends)s"),
            N_("Start until now: %(old_start)s"),
            N_("End until now: %(old_end)s"),
            _ORDER,
            "",
            _SEE,
            *_SIGNED,
        ),
        short=(
            N_("New dates for the plan of %(number)s: %(starts)s to %(ends)s."),
            N_("The plan of %(number)s has new dates."),
            N_("Your plan has new dates."),
        ),
    ),
    # Deliver or refund: either nothing was delivered for this money, or the carrier took it back.
    "refund_begun": _Pattern(
        subject=(N_("Refund on its way: %(amount)s"), N_("Refund on its way")),
        text=(
            (
                N_("We have begun refunding %(amount)s for %(number)s."),
                N_("We have begun refunding %(amount)s."),
                N_("We have begun your refund."),
            ),
            N_("The order is not in effect."),
            _NOTHING_TO_DO,
            "",
            _REFUND_TO,
            _ORDER,
            "",
            _SEE,
            *_SIGNED,
        ),
        short=(
            N_("Refund of %(amount)s for %(number)s begun."),
            N_("We have begun refunding %(amount)s."),
            N_("We have begun your refund."),
        ),
        tail=("contact", "url"),
    ),
    "refunded": _Pattern(
        subject=(N_("Refunded: %(amount)s"), N_("Refunded")),
        text=(
            (
                N_("We have refunded %(amount)s for %(number)s."),
                N_("We have refunded %(amount)s."),
                N_("We have refunded your payment."),
            ),
            N_("It can take some days until your statement shows it."),
            "",
            _REFUND_TO,
            _ORDER,
            "",
            _SEE,
            *_SIGNED,
        ),
        short=(
            N_("We have refunded %(amount)s for %(number)s."),
            N_("We have refunded %(amount)s."),
            N_("We have refunded your payment."),
        ),
        tail=("contact", "url"),
    ),
    "refund_owed": _Pattern(
        subject=(N_("Where may we send your refund of %(amount)s?"), N_("Where may we send your refund?")),
        text=(
            (
                N_("We have a refund of %(amount)s for %(number)s."),
                N_("We have a refund of %(amount)s for you."),
                N_("We have a refund for you."),
            ),
            N_("It cannot go back the way you paid."),
            (
                N_("Please tell us your bank account here: %(account_url)s"),
                N_("Please tell us where to send it: %(contact)s"),
                N_("Please tell the shop you bought from where to send it."),
            ),
            N_("Give the order's code. You can also collect the money at a counter."),
            "",
            _ORDER,
            N_("What to do, and how it stands: %(url)s"),
            *_SIGNED,
        ),
        short=(
            N_("Refund of %(amount)s for %(number)s: please tell us where to send it."),
            N_("Refund of %(amount)s: please tell us where to send it."),
            N_("Please tell us where to send your refund."),
        ),
        tail=("url", "contact"),
        act=True,
    ),
    "refund_declined": _Pattern(
        subject=(N_("About the refund you asked for: %(code)s"), N_("About the refund you asked for")),
        text=(
            (
                N_(
                    "You asked us to take back the order for %(number)s. We have looked into it and "
                    "cannot refund it."
                ),
                N_("You asked us to take back an order. We have looked into it and cannot refund it."),
            ),
            N_("Why: %(why)s"),
            N_("What you bought stays yours as before."),
            "",
            _PLAN,
            _AMOUNT,
            _ORDER,
            "",
            _SEE,
            *_SIGNED,
        ),
        short=(
            N_("We cannot refund the order for %(number)s. It stays active as before."),
            N_("We cannot refund your order. It stays active as before."),
        ),
        tail=("contact", "url"),
    ),
    "needs_you": _Pattern(
        subject=(N_("%(number)s: the payment did not go through"), N_("The payment did not go through")),
        text=(
            (N_("The payment for %(number)s did not go through."), N_("The payment did not go through.")),
            N_("Please choose another way to pay. Your order is kept."),
            "",
            N_("Choose here: %(url)s"),
            N_("Pay by: %(pay_by)s"),
            "",
            _PLAN,
            _AMOUNT,
            _ORDER,
            *_SIGNED,
        ),
        short=(
            N_("The payment for %(number)s did not go through. Please choose another way to pay."),
            N_("The payment did not go through. Please choose another way."),
            N_("Payment failed: please choose another way."),
        ),
        tail=("url", "contact"),
        act=True,
    ),
    "cancelled": _Pattern(
        subject=(N_("%(number)s: cancelled, nothing charged"), N_("Cancelled, nothing charged")),
        text=(
            (
                N_("The order for %(number)s is cancelled. Nothing was charged."),
                N_("The order is cancelled. Nothing was charged."),
            ),
            "",
            _PLAN,
            _ORDER,
            "",
            _SEE,
            *_SIGNED,
        ),
        short=(
            N_("Order for %(number)s cancelled, nothing charged."),
            N_("The order is cancelled. Nothing was charged."),
        ),
        tail=("contact",),
    ),
    "expired": _Pattern(
        subject=(N_("%(number)s: the order was not paid in time"), N_("The order was not paid in time")),
        text=(
            (
                N_("The order for %(number)s has ended: it was not paid in time."),
                N_("The order has ended: it was not paid in time."),
            ),
            N_("If a payment still arrives, we refund it."),
            "",
            _PLAN,
            _ORDER,
            "",
            N_("Order again: %(url)s"),
            *_SIGNED,
        ),
        short=(
            N_("Order for %(number)s ended, not paid in time."),
            N_("The order has ended: it was not paid in time."),
        ),
        tail=("contact", "url"),
    ),
    "credit_added": _Pattern(
        subject=(
            N_("%(number)s: %(amount)s topped up"),
            N_("%(amount)s topped up"),
            N_("Your top-up is done"),
        ),
        text=(
            (
                N_("%(amount)s has been added to %(number)s."),
                N_("%(amount)s has been added."),
                N_("Your top-up has been added."),
            ),
            N_("Use it by: %(expires)s"),
            "",
            _ORDER,
            "",
            _SEE,
            *_SIGNED,
        ),
        short=(
            N_("%(amount)s added to %(number)s. Use it by %(expires)s."),
            N_("%(amount)s has been added to %(number)s."),
            N_("Your top-up has been added."),
        ),
    ),
    # A voucher is money to whoever reads its code: it goes into the mail, not onto a locked screen.
    "new_voucher": _Pattern(
        subject=(N_("%(number)s: your refund is a new voucher"), N_("Your refund is a new voucher")),
        text=(
            (
                N_("Your refund of %(amount)s for %(number)s is a new voucher."),
                N_("Your refund of %(amount)s is a new voucher."),
                N_("Your refund is a new voucher."),
            ),
            "",
            N_("Voucher code: %(voucher)s"),
            N_("Use it by: %(expires)s"),
            N_("Whoever knows the code can use it. Please show it to nobody."),
            "",
            _ORDER,
            "",
            _SEE,
            *_SIGNED,
        ),
        short=(
            N_("Your refund of %(amount)s for %(number)s is a new voucher."),
            N_("Your refund of %(amount)s is a new voucher."),
            N_("Your refund is a new voucher."),
        ),
        tail=("contact",),
    ),
    # The buyer's bank asks for the money, and nothing is decided: not a word of «taken back» yet.
    "disputed": _Pattern(
        subject=(N_("%(number)s: the payment is disputed"), N_("The payment is disputed")),
        text=(
            (
                N_("The bank or payment company asks for the payment for %(number)s back."),
                N_("The bank or payment company asks for the payment back."),
            ),
            N_(
                "Nothing is decided yet. Until then we cannot refund it, and credit bought with it "
                "cannot be used."
            ),
            N_("If you did not ask your bank for this, please contact us."),
            "",
            _PLAN,
            _ORDER,
            "",
            _SEE,
            *_SIGNED,
        ),
        short=(
            N_("The payment for %(number)s is disputed. Please contact us."),
            N_("The payment is disputed. Please contact us."),
        ),
        tail=("contact", "url"),
        act=True,
    ),
    "dispute_won": _Pattern(
        subject=(N_("%(number)s: the payment dispute is settled"), N_("The payment dispute is settled")),
        text=(
            (
                N_("The dispute about the payment for %(number)s is settled: the payment stands."),
                N_("The dispute about the payment is settled: the payment stands."),
            ),
            N_("What was activated stays yours as before. What could not be activated is refunded."),
            "",
            _PLAN,
            _ORDER,
            "",
            _SEE,
            *_SIGNED,
        ),
        short=(
            N_("The dispute about the payment for %(number)s is settled: the payment stands."),
            N_("The payment dispute is settled: the payment stands."),
        ),
        tail=("contact", "url"),
    ),
    # The dispute is lost; what was delivered stays.
    "reversed": _Pattern(
        subject=(N_("%(number)s: the payment was taken back"), N_("The payment was taken back")),
        text=(
            (
                N_("The payment for %(number)s was taken back by the bank or payment company."),
                N_("The payment was taken back by the bank or payment company."),
            ),
            N_("Please contact us, and we will find a way together."),
            "",
            _PLAN,
            _ORDER,
            "",
            _SEE,
            *_SIGNED,
        ),
        short=(
            N_("The payment for %(number)s was taken back. Please contact us."),
            N_("The payment was taken back. Please contact us."),
        ),
        tail=("contact", "url"),
        act=True,
    ),
}
KINDS = frozenset(_PATTERNS)


def compose(kind: str, language: str, facts: Mapping[str, object]) -> Words:
    """An unknown kind is a bug: KeyError. An unknown or empty fact only leaves its line out."""
    pattern, say = _PATTERNS[kind], translator(language)
    known = {name: text for name, fact in facts.items() if name in FACTS and (text := _cleaned(name, fact))}
    subject = first_sayable(pattern.subject, known, say)
    assert subject is not None  # the last wording of every kind needs no fact
    return Words(subject, _mail(pattern, known, say), _sms(pattern, known, language))


def _cleaned(name: str, fact: object) -> str:
    if fact is None:
        return ""
    if name != "lines":
        return one_line(fact)  # also keeps a line break out of the subject, where it would start a header
    rows = fact if isinstance(fact, list | tuple) else str(fact).splitlines()
    return "\n".join(row for line in rows if (row := one_line(line)))


def _mail(pattern: _Pattern, known: Mapping[str, str], say: Say) -> str:
    lines: list[str] = []
    for wordings in pattern.text:
        line = first_sayable((wordings,) if isinstance(wordings, str) else wordings, known, say)
        # no blank line at the top, and never two: what stood between them was not known
        if line or (line == "" and lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines).strip() + "\n"


def _sms(pattern: _Pattern, known: Mapping[str, str], language: str) -> str:
    """The richest wording that fits into one SMS.

    With the brand if at all possible, since the sender may be a bare number.
    """
    say, latin = translator(language), nearest(language) == SOURCE
    bodies = [sms for wording in pattern.short if (sms := first_sayable((wording,), known, say))]
    for branded in (True, False):
        for body in _with_tails(bodies, pattern, known, say):
            sms = first_sayable((_BRANDED,), {**known, "text": body}, say) if branded else body
            if latin and sms:
                sms = sms.translate(TO_GSM)
            if sms and fits(sms, latin):
                return sms
    return bodies[-1]


_BRANDED = N_("%(brand)s: %(text)s")
_TAILS = {"url": "%(text)s %(url)s", "contact": N_("%(text)s Help: %(contact)s")}


def _with_tails(bodies: list[str], pattern: _Pattern, known: Mapping[str, str], say: Say) -> Iterator[str]:
    def tailed(body: str, tail: str | None) -> str:
        return body if tail is None else say(_TAILS[tail]) % {**known, "text": body}

    tails = [*(tail for tail in pattern.tail if tail in known), None]
    if pattern.act:
        yield from (tailed(body, tail) for tail in tails for body in bodies)
    else:
        yield from (tailed(body, tail) for body in bodies for tail in tails)

"""Stable words of the engine, said to staff in a sentence or two.

And unfold's own sentences, which come without a translation.
"""

from django.utils.translation import gettext as _

from tsuzuki.core.audit import Act
from tsuzuki.core.ledger_event import LedgerEvent, LedgerEventKind
from tsuzuki.records import models
from tsuzuki.ui.languages import N_

ORDER = {
    "awaiting_payment": (N_("Waiting for payment"), "wait"),
    "paid": (N_("Paid, activating"), "wait"),
    "applied": (N_("With the carrier"), "wait"),
    "delivered": (N_("Delivered"), "good"),
    "refunding": (N_("Refund on its way"), "wait"),
    "refund_owed": (N_("Refund owed"), "bad"),
    "refunded": (N_("Refunded"), "plain"),
    "expired": (N_("Not paid in time"), "plain"),
    "cancelled": (N_("Cancelled"), "plain"),
    "reversed": (N_("Payment taken back"), "bad"),
}
TENDER = {
    "waiting": (N_("To be asked"), "wait"),
    "open": (N_("Waiting for the buyer"), "wait"),
    "paid": (N_("Paid"), "good"),
    "refused": (N_("Refused"), "bad"),
    "closing": (N_("Being closed"), "wait"),
    "closed": (N_("Closed, nothing charged"), "plain"),
}
REFUND = {
    "waiting": (N_("To be asked"), "wait"),
    "asked": (N_("Refund on its way"), "wait"),
    "owed": (N_("Refund owed"), "bad"),
    "done": (N_("Refunded"), "good"),
    "contested": (N_("Waits for the end of a dispute"), "wait"),
    "by_dispute": (N_("Returned by a lost dispute"), "plain"),
    "given_up": (N_("Refused because of a dispute"), "plain"),
    "twice": (N_("Went out twice"), "bad"),
}
DISPUTE = {"open": (N_("Not decided yet"), "bad"), "won": (N_("Won"), "good"), "lost": (N_("Lost"), "bad")}
PERIOD = {
    "pending": (N_("With the carrier"), "wait"),
    "confirmed": (N_("Confirmed"), "good"),
    "void": (N_("Void"), "plain"),
}
MESSAGE = {
    "waiting": (N_("Not sent yet"), "wait"),
    "sent": (N_("Sent"), "good"),
    "refused": (N_("Could not be sent"), "bad"),
}
BUYER = {
    "account": N_("Program"),
    "visitor": N_("Customer pages"),
    "staff": N_("Staff"),
    "command_line": N_("Command line"),
    "import": N_("Taken over from the old system"),
    "system": N_("System"),
}
# What is booked.
LEDGER_EVENT = {
    "tender_paid": N_("Payment received"),
    "tender_released": N_("Payment released"),
    "tender_unclaimed": N_("Other amount received"),
    "tender_sent_back": N_("Other amount sent back"),
    "tender_reversed": N_("Payment taken back"),
    "order_delivered": N_("Delivery"),
    "order_undone": N_("Delivery undone"),
    "order_commission": N_("Commission"),
    "refund_begun": N_("Refund begun"),
    "refund_owed": N_("Refund owed"),
    "refund_done": N_("Refund completed"),
    "refund_sent": N_("Refund sent after all"),
    "dispute_changed": N_("Dispute"),
    "lot_disputed": N_("Credit of a disputed payment"),
    "lot_expired": N_("Credit expired"),
    "account_topped_up": N_("Top-up"),
    "revenue_recognised": N_("Revenue recognised"),
    "gross_cutover": N_("Cutover to gross revenue"),
}
ROLE = {
    "owner": (N_("Owner"), "plain"), "manager": (N_("Manager"), "plain"), "clerk": (N_("Clerk"), "plain"),
    "viewer": (N_("Viewer"), "plain"),
}  # fmt: skip
LINE = {
    "active": (N_("Active"), "good"),
    "waiting": (N_("Not started yet"), "wait"),
    "ended": (N_("Ended"), "plain"),
    "suspended": (N_("Cut off"), "bad"),
    "closed": (N_("Closed for good"), "plain"),
}
STEP = {
    "provision": N_("Activate at the carrier"),
    "pay": N_("Take the payment"),
    "refund": N_("Send the refund"),
    "owed": N_("Pay out a refund"),
    "incident": N_("Look into it"),
}
STANDING = {
    "done": N_("Done"),
    "refused": N_("Refused"),
    "waiting": N_("Taken, the answer comes later"),
    "passing": N_("Not now; asked again by itself"),
    "never": N_("Never arrived"),
    "unsure": N_("No answer; being looked up"),
    "cannot_tell": N_("Nobody can tell by machine"),
    "other_amount": N_("Another amount was paid"),
    "": N_("Being asked"),
}
_AT_CARRIER = N_("Look it up in the carrier's portal and answer whether it was done.")
# What is wrong, and what to do about it.
INCIDENT = {
    "overdue": (N_("Not delivered in time"), _AT_CARRIER),
    "delivery_unsure": (N_("Nobody knows whether it was delivered"), _AT_CARRIER),
    "payment_unsure": (
        N_("Nobody knows whether it was paid"),
        N_("Look it up at the payment service and answer whether it was paid."),
    ),
    "payment_other_amount": (
        N_("Another amount was paid"),
        N_("Send the money back at the payment service, then answer that it was refused."),
    ),
    "other_amount": (N_("Another amount was paid"), N_("Compare with the payment service, then close this.")),
    "refund_owed": (
        N_("A refund cannot go back by itself"),
        N_("Ask the buyer where to send it, or pay it out at a shop."),
    ),
    "refund_unsure": (
        N_("Nobody knows whether the refund went out"),
        N_("Look it up at the payment service, then close this."),
    ),
    "refunded_twice": (
        N_("A refund went out twice"),
        N_("Settle it with the payment service or the buyer, then close this."),
    ),
    "paid_twice": (
        N_("A payment was taken twice"),
        N_("Send one of the two back at the payment service, then close this."),
    ),
    "delivered_twice": (
        N_("The carrier delivered twice"),
        N_("Take one of the two off the line in the carrier's portal, then close this."),
    ),
    "refund_asked": (
        N_("Somebody asks to take an order back"),
        N_("Decide: take it back and refund it, or decline and tell the buyer why."),
    ),
    "staff_took_back": (
        N_("An order was taken back"),
        N_("Take the plan off the line in the carrier's portal, then close this."),
    ),
    "carrier_took_back": (
        N_("The carrier took a delivery back"),
        N_("The refund has begun where money was left; tell the customer, then close this."),
    ),
    "delivered_after_refund": (
        N_("The carrier delivered after the refund"),
        N_("Take the plan off the line in the carrier's portal, then close this."),
    ),
    "dates_moved": (
        N_("A paid plan has new dates"),
        N_("Give the carrier the new dates in its portal, then close this."),
    ),
    "delivered_to_closed_line": (
        N_("The carrier delivered to a closed line"),
        N_("The refund has begun. Take the plan off in the carrier's portal, then close this."),
    ),
    "supplier_refuses_us": (
        N_("The supplier refuses us"),
        N_("Check the wallet and the credentials at the supplier, then close this."),
    ),
    "provider_silent": (
        N_("A provider does not answer"),
        N_(
            "Nothing has to be done: it is asked again by itself, and what it cannot deliver is "
            "refunded. If it lasts, call them."
        ),
    ),
    "endpoint_silent": (
        N_("A program does not take its messages"),
        N_(
            "Tell whoever runs it. It is tried again ever more rarely for three days, or at once by "
            "«Send again» on its account."
        ),
    ),
    "provider_broken": (
        N_("A provider cannot be reached with these settings"),
        N_("Check its settings and secrets, then close this."),
    ),
    "money_disputed": (
        N_("A payment is disputed"),
        N_("Answer the dispute at the payment service; this closes by itself when it is decided."),
    ),
    "money_reversed": (
        N_("A payment is lost to a dispute"),
        N_("Decide with the customer what happens to the line, then close this."),
    ),
    "refunded_and_disputed": (
        N_("A payment was refunded and is disputed as well"),
        N_("Answer the dispute at the payment service with the proof of the refund, then close this."),
    ),
    "disputed_credit_spent": (
        N_("Credit bought with a disputed payment was spent already"),
        N_("The amount is your loss if the dispute is lost. Decide with the customer, then close this."),
    ),
    "dispute_unreadable": (
        N_("The amount of a dispute cannot be booked as it is told"),
        N_(
            "In another currency than the payment, it counts as all of it. Settle it with the "
            "payment service, then close this."
        ),
    ),
    "usage_overrun": (
        N_("More was used than was bought"),
        N_("Nothing has to be done; close this when it is noted."),
    ),
    "voucher_not_delivered": (
        N_("The letter with a new voucher did not arrive"),
        N_("Make a voucher and hand it over, then close this."),
    ),
    "event_of_unknown_order": (
        N_("A provider spoke of an order we do not know"),
        N_("Compare with the provider's list, then close this."),
    ),
    "event_claims_other_amount": (
        N_("A message claims another amount"),
        N_("Compare with the payment service, then close this."),
    ),
    "books_do_not_hold": (
        N_("The books do not hold"),
        N_("Stop selling and call whoever runs this installation."),
    ),
}
FILES = {
    "folder_unwritable": (
        N_("A file for the carrier cannot be written"),
        N_("Make its folder writable and see that the disk has room, then close this."),
    ),
    "folder_lost": (
        N_("The carrier's folder is not the one it was"),
        N_("Mount its disk again or bring the folder back, then close this."),
    ),
    "place_unreachable": (
        N_("The carrier's server cannot be reached"),
        N_("Check address, user, key and password with the carrier, then close this."),
    ),
    "template_lacks_a_word": (
        N_("The carrier's file has no word for a plan"),
        N_("Add the plan to the values of its template, then close this."),
    ),
    "file_refused": (
        N_("The carrier threw a file away"),
        N_("Compare the template with the carrier's format, then close this."),
    ),
}
ACT: dict[str, str] = {
    Act.SIGNED_IN: N_("signed in"),
    Act.STAFF_INVITED: N_("invited"),
    Act.STAFF_JOINED: N_("accepted the invitation"),
    Act.STAFF_ENROLLED: N_("set up the second step"),
    Act.STAFF_ROLE: N_("gave a role"),
    Act.STAFF_LEFT: N_("ended an account"),
    Act.PASSWORD_CHANGED: N_("changed the password"),
    Act.RECOVERY_RENEWED: N_("made new recovery codes"),
    Act.TAKE: N_("took a task"),
    Act.TAKE_OVER: N_("took over a task"),
    Act.FINISH: N_("finished a task"),
    Act.REFUSE: N_("answered that it cannot be done"),
    Act.TAKE_BACK: N_("took an order back"),
    Act.REFUND_ASKED: N_("asked to take an order back"),
    Act.BANK_DETAILS: N_("said where a refund shall go"),
    Act.CANCEL: N_("cancelled"),
    Act.BRAND: N_("changed brand, shops or legal texts"),
    Act.SECRET_ACCEPTED: N_("accepted the installation's secret"),
    Act.SECRET_DROPPED: N_("dropped a secret of the installation"),
    Act.RESEALED: N_("sealed secrets anew"),
    Act.CARRIER: N_("changed a carrier"),
    Act.CARRIER_DELETED: N_("deleted a carrier"),
    Act.GATEWAY: N_("changed a gateway"),
    Act.GATEWAY_DELETED: N_("deleted a gateway"),
    Act.GATEWAY_TRIED: N_("tried a gateway"),
    Act.PLAN: N_("changed a plan"),
    Act.PLAN_DELETED: N_("deleted a plan"),
    Act.PRICE_SET: N_("set a price"),
    Act.PRICE_DROPPED: N_("removed a price"),
    Act.ROAMING_TABLE: N_("set prices abroad"),
    Act.ROAMING_TABLE_DROPPED: N_("removed prices abroad"),
    Act.VOUCHERS_MADE: N_("made vouchers"),
    Act.VOUCHERS_DISABLED: N_("disabled vouchers"),
    Act.ACCOUNT_MADE: N_("opened an account"),
    Act.ACCOUNT_LIMIT: N_("set an account's limit"),
    Act.ACCOUNT_TOPPED_UP: N_("booked money for an account"),
    Act.ACCOUNT_CLOSED: N_("closed an account"),
    Act.WEBHOOKS_RESUMED: N_("had messages sent again"),
    Act.COMMISSION: N_("agreed a commission"),
    Act.KEY_MADE: N_("made an API key"),
    Act.KEY_ROTATED: N_("renewed an API key"),
    Act.KEY_REVOKED: N_("revoked an API key"),
    Act.LINE_ADDED: N_("added a line"),
    Act.LINES_IMPORTED: N_("imported lines"),
    Act.LINE_SUSPENDED: N_("marked a line as cut off"),
    Act.LINE_RESUMED: N_("marked a line as serving"),
    Act.LINE_CLOSED: N_("closed a line"),
    Act.LINES_HELD_BACK: N_("held lines back from renewing here"),
    Act.LINES_LET_IN: N_("let lines renew here"),
    Act.GROSS_CUTOVER: N_("switched revenue to gross"),
    Act.CUSTOMER_MADE: N_("added a customer"),
    Act.PHONE_VERIFIED: N_("verified a customer's phone number"),
    Act.SAVING_AGREED: N_("noted that a way to pay may be saved"),
    Act.SAVED_REVOKED: N_("removed a saved way to pay"),
    Act.PHONE_RELEASED: N_("released a customer's phone number"),
    Act.LINE_LETTERS: N_("changed where letters go"),
    Act.LINKS_REVOKED: N_("revoked the links to a line"),
    Act.WEBHOOK_ADDED: N_("added a webhook address"),
    Act.WEBHOOK_REMOVED: N_("removed a webhook address"),
    Act.WEBHOOK_REPLAYED: N_("had one message sent again"),
    Act.EXPORTED: N_("exported the whole database"),
    Act.BACKED_UP: N_("wrote a backup"),
    Act.USAGE_BOOKED: N_("booked a file of usage"),
}
LETTER = {
    "receipt": N_("Receipt"),
    "activating": N_("Paid, activating"),
    "active": N_("Active"),
    "queued": N_("Waiting to start"),
    "needs_you": N_("Payment did not work"),
    "dates_moved": N_("New dates"),
    "refund_begun": N_("Refund begun"),
    "refunded": N_("Refunded"),
    "refund_owed": N_("Refund owed"),
    "refund_declined": N_("Refund declined"),
    "cancelled": N_("Cancelled"),
    "expired": N_("Not paid in time"),
    "reversed": N_("Payment taken back"),
    "disputed": N_("Payment disputed"),
    "dispute_won": N_("Dispute won"),
    "new_voucher": N_("New voucher"),
}
UNFOLD = (
    N_("Filters"),
    N_("Reset filters"),
    N_("Type to search"),
    N_("No results found"),
    N_("Light"),
    N_("Dark"),
    N_("System"),
    N_("Close"),
    N_("This page yielded into no results. Create a new item or reset your filters."),
    N_("Previous"),
    N_("Next"),
    N_("All"),
    N_(" By %(filter_title)s "),
    N_("Toggle password visibility"),
    N_("Log out"),
    N_("Home"),
    N_("From"),
    N_("To"),
    N_("Run"),
)


def said(table: dict[str, tuple[str, str]], word: str) -> tuple[str, str]:
    """(words, tone); a word we do not know is shown as it is."""
    words, tone = table.get(word, (word, "plain"))
    return _(words), tone


def plain(table: dict[str, str], word: str) -> str:
    return _(table[word]) if word in table else word.replace("_", " ")


def buyer(purchase: models.Purchase) -> str:
    name = purchase.account.name if purchase.account else purchase.buyer_id
    return f"{plain(BUYER, purchase.buyer_kind)} {name}".rstrip()


def ledger_event(event: LedgerEvent | None) -> str:
    if event is None:
        return ""
    reference = f" {event.detail}" if event.kind is LedgerEventKind.ACCOUNT_TOPPED_UP else ""
    return plain(LEDGER_EVENT, event.kind) + reference


def incident(kind: str, subject: str = "") -> tuple[str, str]:
    """What is wrong, and what to do.

    Of a carrier that is files the subject ends with the reason, which says more than the kind.
    """
    what, do = FILES.get(subject.rpartition(" ")[2]) or INCIDENT.get(
        kind, (kind.replace("_", " "), N_("Look into it, then close this."))
    )
    return _(what), _(do)

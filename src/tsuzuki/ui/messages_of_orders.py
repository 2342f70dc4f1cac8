"""What we write of an order on its way: paid, active, waiting to start, moved, ended."""

from .languages import N_
from .message_pattern import AMOUNT, ENDS, NOTHING_TO_DO, NUMBER, ORDER, PLAN, SEE, SIGNED, STARTS, Pattern

ORDERS = {
    "receipt": Pattern(
        subject=(N_("Receipt %(code)s: %(amount)s"), N_("Receipt for your payment")),
        text=(
            (
                N_("We have received %(amount)s for %(number)s. Thank you."),
                N_("We have received your payment. Thank you."),
            ),
            "",
            N_("Paid: %(date)s"),
            NUMBER,
            PLAN,
            ORDER,
            "",
            "%(lines)s",
            N_("Total: %(amount)s"),
            "%(tax)s",
            "",
            N_("Seller: %(seller)s"),
            N_("Invoice registration: %(registration)s"),
            SEE,
            *SIGNED,
        ),
        short=(
            N_("We have received %(amount)s for %(number)s. Order %(code)s."),
            N_("We have received %(amount)s for %(number)s. Thank you."),
            N_("We have received your payment. Thank you."),
        ),
    ),
    "activating": Pattern(
        subject=(N_("Paid, activating: %(number)s"), N_("Paid, activating")),
        text=(
            (
                N_("Your payment for %(number)s has arrived, and we are activating your order."),
                N_("Your payment has arrived, and we are activating your order."),
            ),
            NOTHING_TO_DO,
            "",
            PLAN,
            AMOUNT,
            ORDER,
            "",
            N_("We will write again when the carrier has accepted it."),
            N_("If it cannot be done, we begin your refund without being asked."),
            "",
            SEE,
            *SIGNED,
        ),
        short=(
            N_("Payment for %(number)s received, activating now. We will write when it is done."),
            N_("Payment received, activating now."),
        ),
    ),
    "active": Pattern(
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
            PLAN,
            STARTS,
            ENDS,
            ORDER,
            "",
            SEE,
            *SIGNED,
        ),
        short=(
            N_("The plan for %(number)s is active until %(ends)s."),
            N_("The plan is active until %(ends)s."),
            N_("The order for %(number)s is active."),
            N_("Your order is active."),
        ),
    ),
    "queued": Pattern(
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
            PLAN,
            STARTS,
            ENDS,
            ORDER,
            "",
            SEE,
            *SIGNED,
        ),
        short=(
            N_("The next plan for %(number)s starts by itself on %(starts)s."),
            N_("The next plan for %(number)s is paid and waiting to start."),
            N_("Your next plan is paid and waiting to start."),
        ),
    ),
    # What stood in front of this plan was taken back: what waits is moved, and never gets shorter.
    "dates_moved": Pattern(
        subject=(N_("%(number)s: your plan has new dates"), N_("Your plan has new dates")),
        text=(
            (
                N_("The dates of a plan for %(number)s have changed."),
                N_("The dates of a plan you paid for have changed."),
            ),
            N_("The plans before it have changed. The time you paid for does not get shorter."),
            NOTHING_TO_DO,
            "",
            PLAN,
            N_("New start: %(starts)s"),
            N_("New end: %(ends)s"),
            N_("Start until now: %(old_start)s"),
            N_("End until now: %(old_end)s"),
            ORDER,
            "",
            SEE,
            *SIGNED,
        ),
        short=(
            N_("New dates for the plan of %(number)s: %(starts)s to %(ends)s."),
            N_("The plan of %(number)s has new dates."),
            N_("Your plan has new dates."),
        ),
    ),
    "needs_you": Pattern(
        subject=(N_("%(number)s: the payment did not go through"), N_("The payment did not go through")),
        text=(
            (N_("The payment for %(number)s did not go through."), N_("The payment did not go through.")),
            N_("Please choose another way to pay. Your order is kept."),
            "",
            N_("Choose here: %(url)s"),
            N_("Pay by: %(pay_by)s"),
            "",
            PLAN,
            AMOUNT,
            ORDER,
            *SIGNED,
        ),
        short=(
            N_("The payment for %(number)s did not go through. Please choose another way to pay."),
            N_("The payment did not go through. Please choose another way."),
            N_("Payment failed: please choose another way."),
        ),
        tail=("url", "contact"),
        act=True,
    ),
    "cancelled": Pattern(
        subject=(N_("%(number)s: cancelled, nothing charged"), N_("Cancelled, nothing charged")),
        text=(
            (
                N_("The order for %(number)s is cancelled. Nothing was charged."),
                N_("The order is cancelled. Nothing was charged."),
            ),
            "",
            PLAN,
            ORDER,
            "",
            SEE,
            *SIGNED,
        ),
        short=(
            N_("Order for %(number)s cancelled, nothing charged."),
            N_("The order is cancelled. Nothing was charged."),
        ),
        tail=("contact",),
    ),
    "expired": Pattern(
        subject=(N_("%(number)s: the order was not paid in time"), N_("The order was not paid in time")),
        text=(
            (
                N_("The order for %(number)s has ended: it was not paid in time."),
                N_("The order has ended: it was not paid in time."),
            ),
            N_("If a payment still arrives, we refund it."),
            "",
            PLAN,
            ORDER,
            "",
            N_("Order again: %(url)s"),
            *SIGNED,
        ),
        short=(
            N_("Order for %(number)s ended, not paid in time."),
            N_("The order has ended: it was not paid in time."),
        ),
        tail=("contact", "url"),
    ),
    "credit_added": Pattern(
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
            ORDER,
            "",
            SEE,
            *SIGNED,
        ),
        short=(
            N_("%(amount)s added to %(number)s. Use it by %(expires)s."),
            N_("%(amount)s has been added to %(number)s."),
            N_("Your top-up has been added."),
        ),
    ),
}

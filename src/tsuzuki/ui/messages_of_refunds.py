"""What we write of money on its way back: refunds, vouchers instead of money, disputes."""

from .languages import N_
from .message_pattern import AMOUNT, NOTHING_TO_DO, ORDER, PLAN, REFUND_TO, SEE, SIGNED, Pattern

REFUNDS = {
    # Deliver or refund: either nothing was delivered for this money, or the carrier took it back.
    "refund_begun": Pattern(
        subject=(N_("Refund on its way: %(amount)s"), N_("Refund on its way")),
        text=(
            (
                N_("We have begun refunding %(amount)s for %(number)s."),
                N_("We have begun refunding %(amount)s."),
                N_("We have begun your refund."),
            ),
            N_("The order is not in effect."),
            NOTHING_TO_DO,
            "",
            REFUND_TO,
            ORDER,
            "",
            SEE,
            *SIGNED,
        ),
        short=(
            N_("Refund of %(amount)s for %(number)s begun."),
            N_("We have begun refunding %(amount)s."),
            N_("We have begun your refund."),
        ),
        tail=("contact", "url"),
    ),
    "refunded": Pattern(
        subject=(N_("Refunded: %(amount)s"), N_("Refunded")),
        text=(
            (
                N_("We have refunded %(amount)s for %(number)s."),
                N_("We have refunded %(amount)s."),
                N_("We have refunded your payment."),
            ),
            N_("It can take some days until your statement shows it."),
            "",
            REFUND_TO,
            ORDER,
            "",
            SEE,
            *SIGNED,
        ),
        short=(
            N_("We have refunded %(amount)s for %(number)s."),
            N_("We have refunded %(amount)s."),
            N_("We have refunded your payment."),
        ),
        tail=("contact", "url"),
    ),
    "refund_owed": Pattern(
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
            ORDER,
            N_("What to do, and how it stands: %(url)s"),
            *SIGNED,
        ),
        short=(
            N_("Refund of %(amount)s for %(number)s: please tell us where to send it."),
            N_("Refund of %(amount)s: please tell us where to send it."),
            N_("Please tell us where to send your refund."),
        ),
        tail=("url", "contact"),
        act=True,
    ),
    "refund_declined": Pattern(
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
            PLAN,
            AMOUNT,
            ORDER,
            "",
            SEE,
            *SIGNED,
        ),
        short=(
            N_("We cannot refund the order for %(number)s. It stays active as before."),
            N_("We cannot refund your order. It stays active as before."),
        ),
        tail=("contact", "url"),
    ),
    # A voucher is money to whoever reads its code: it goes into the mail, not onto a locked screen.
    "new_voucher": Pattern(
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
            ORDER,
            "",
            SEE,
            *SIGNED,
        ),
        short=(
            N_("Your refund of %(amount)s for %(number)s is a new voucher."),
            N_("Your refund of %(amount)s is a new voucher."),
            N_("Your refund is a new voucher."),
        ),
        tail=("contact",),
    ),
    # The buyer's bank asks for the money, and nothing is decided: not a word of «taken back» yet.
    "disputed": Pattern(
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
            PLAN,
            ORDER,
            "",
            SEE,
            *SIGNED,
        ),
        short=(
            N_("The payment for %(number)s is disputed. Please contact us."),
            N_("The payment is disputed. Please contact us."),
        ),
        tail=("contact", "url"),
        act=True,
    ),
    "dispute_won": Pattern(
        subject=(N_("%(number)s: the payment dispute is settled"), N_("The payment dispute is settled")),
        text=(
            (
                N_("The dispute about the payment for %(number)s is settled: the payment stands."),
                N_("The dispute about the payment is settled: the payment stands."),
            ),
            N_("What was activated stays yours as before. What could not be activated is refunded."),
            "",
            PLAN,
            ORDER,
            "",
            SEE,
            *SIGNED,
        ),
        short=(
            N_("The dispute about the payment for %(number)s is settled: the payment stands."),
            N_("The payment dispute is settled: the payment stands."),
        ),
        tail=("contact", "url"),
    ),
    # The dispute is lost; what was delivered stays.
    "reversed": Pattern(
        subject=(N_("%(number)s: the payment was taken back"), N_("The payment was taken back")),
        text=(
            (
                N_("The payment for %(number)s was taken back by the bank or payment company."),
                N_("The payment was taken back by the bank or payment company."),
            ),
            N_("Please contact us, and we will find a way together."),
            "",
            PLAN,
            ORDER,
            "",
            SEE,
            *SIGNED,
        ),
        short=(
            N_("The payment for %(number)s was taken back. Please contact us."),
            N_("The payment was taken back. Please contact us."),
        ),
        tail=("contact", "url"),
        act=True,
    ),
}

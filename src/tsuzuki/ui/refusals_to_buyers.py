"""Refusals a buyer may meet: numbers, plans, amounts, offers, ways to pay."""

from tsuzuki.core.errors import Code

from .languages import N_, Plural, Wording

TO_BUYERS: dict[Code, tuple[Wording, ...]] = {
    Code.NUMBER_MALFORMED: (
        N_("“%(text)s” does not look like a phone number. Please check it and type it again."),
        N_("That does not look like a phone number. Please check it and type it again."),
    ),
    Code.NUMBER_UNKNOWN: (
        N_(
            "We do not serve the number %(number)s. Please check it; a number of another carrier "
            "is renewed with that carrier."
        ),
        N_(
            "We do not serve this number. Please check it; a number of another carrier is "
            "renewed with that carrier."
        ),
    ),
    Code.ICCID_MALFORMED: (
        N_(
            "“%(text)s” is not a SIM number (ICCID). Please type the 18 to 20 digits printed on the SIM card."
        ),
        N_("That is not a SIM number (ICCID). Please type the 18 to 20 digits printed on the SIM card."),
    ),
    Code.EID_MALFORMED: (N_("That is not an EID. Please dial *#06# and check the 32 digits it shows."),),
    Code.ACTIVATION_CODE_MALFORMED: (
        N_("That is not an eSIM activation code. Please copy it whole; it usually begins with LPA:1$."),
    ),
    Code.AMOUNT_NOT_POSITIVE: (N_("Please enter an amount greater than zero."),),
    Code.AMOUNT_TOO_LARGE: (
        N_("%(amount)s is more than we can take at once. Please enter a smaller amount."),
        N_("That is more than we can take at once. Please enter a smaller amount."),
    ),
    Code.AMOUNT_MALFORMED: (
        N_("We cannot read “%(amount)s” as an amount. Please enter digits only, such as 1980."),
        N_("We cannot read that amount. Please enter digits only, such as 1980."),
    ),
    Code.CURRENCY_UNKNOWN: (
        N_("We do not take the currency %(currency)s. Please choose another."),
        N_("We do not take this currency. Please choose another."),
    ),
    Code.CURRENCY_MISMATCH: (
        N_("The amount must be in %(expected)s, not in %(got)s. Please enter it again."),
        N_("The amount is in the wrong currency. Please enter it again."),
    ),
    Code.PLAN_UNKNOWN: (
        N_("There is no plan “%(plan)s”. Please choose one from the list."),
        N_("This plan cannot be found. Please choose one from the list."),
    ),
    Code.PLAN_RETIRED: (
        N_("The plan “%(plan)s” is no longer sold. Please choose another."),
        N_("This plan is no longer sold. Please choose another."),
    ),
    Code.PLAN_NOT_FOR_LINE: (N_("This plan cannot be used with this number. Please choose another."),),
    Code.PLAN_NOT_PRICED: (
        N_("This plan has no price at the moment. Please choose another, or contact us."),
    ),
    Code.LINE_CLOSED: (
        N_("The contract for this number has ended, so it cannot be renewed. Please contact us."),
    ),
    Code.START_NOT_OFFERED: (N_("This plan cannot start then. Please choose one of the start times shown."),),
    Code.START_WOULD_SHORTEN: (
        N_(
            "Starting now would cut short what is already paid for. Please choose to start when "
            "the current plan ends."
        ),
    ),
    Code.VALIDITY_CAP_REACHED: (
        N_("This number already runs as long as this plan allows. It can be bought again from %(again_at)s."),
        N_("This number already runs as long as this plan allows. Please renew nearer to its end date."),
    ),
    Code.ADDON_NEEDS_PLAN: (N_("Extra data or calls need a running plan. Please renew the plan first."),),
    Code.QUOTE_EMPTY: (N_("Nothing is chosen yet. Please choose a plan."),),
    Code.QUOTE_TOO_LONG: (
        Plural(
            "One order takes at most %(most)s item. Please divide them into several orders.",
            "One order takes at most %(most)s items. Please divide them into several orders.",
            "most",
        ),
        N_("These are too many for one order. Please divide them into several orders."),
    ),
    Code.QUOTE_UNKNOWN: (N_("We cannot find this offer any more. Please choose the plan again."),),
    Code.QUOTE_EXPIRED: (
        N_("This price was valid until %(at)s. Please choose the plan again to see the current price."),
        N_("This price is no longer valid. Please choose the plan again to see the current price."),
    ),
    Code.QUOTE_USED: (N_("This order has already been placed. Please look at it before ordering again."),),
    Code.KEY_REUSED: (N_("This order was already sent with different contents. Please start a new order."),),
    Code.METHOD_UNKNOWN: (N_("This way to pay is not available. Please choose another."),),
    Code.METHOD_AMOUNT: (
        N_("This way to pay takes from %(least)s to %(most)s. Please choose another."),
        N_("This way to pay does not take this amount. Please choose another."),
    ),
    Code.EMAIL_NEEDED: (N_("This way to pay needs an e-mail address. Please enter yours."),),
    Code.BANK_DETAILS_MALFORMED: (N_("Please check this against your bank book or card and type it again."),),
    Code.REFUND_NOT_OWED: (N_("This refund is on its way or was paid already. Please wait for our letter."),),
    Code.TENDERS_DO_NOT_COVER: (
        N_("%(missing)s is still missing from the total. Please add another way to pay."),
        N_("The payments chosen do not add up to the total. Please check the amounts."),
    ),
    Code.PURCHASE_NOT_WAITING: (
        N_("This order is not waiting for payment any more. Please look at its status before you pay."),
    ),
    Code.ORDER_UNKNOWN: (
        N_("We cannot find the order %(id)s. Please check the order number."),
        N_("We cannot find this order. Please check the order number."),
    ),
    Code.ORDER_NOT_CANCELLABLE: (N_("This order can no longer be cancelled here. Please contact us."),),
    Code.TOO_MANY_UNPAID: (
        N_(
            "Orders for this number already waiting to be paid this way: %(count)s. Please "
            "choose another way to pay, or contact us."
        ),
        N_(
            "Several orders for this number are already waiting to be paid this way. Please "
            "choose another way to pay, or contact us."
        ),
    ),
    Code.CREDIT_SHORT: (
        N_("The balance is %(missing)s short. Please top up, or choose another way to pay."),
        N_("The balance is too low. Please top up, or choose another way to pay."),
    ),
    Code.VOUCHER_MALFORMED: (N_("This voucher code is not right. Please check it and type it again."),),
    Code.VOUCHER_UNKNOWN: (
        N_("We cannot find this voucher. Please check the code, or ask the shop that sold it."),
    ),
    Code.VOUCHER_USED: (N_("This voucher has already been used. If it was not you, please contact us."),),
    Code.VOUCHER_EXPIRED: (N_("This voucher has expired. Please choose another way to pay, or contact us."),),
    Code.LINE_NOT_YET: (
        N_(
            "This number cannot be renewed here yet. Nothing changes for you: please renew as "
            "before until we tell you."
        ),
    ),
    Code.LINK_EXPIRED: (
        N_("This link is no longer valid. Please enter the number below; nothing has been charged."),
    ),
    Code.EMAIL_MALFORMED: (N_("That is not an e-mail address. Please check it, or leave the field empty."),),
    Code.TOO_MANY_TRIES: (
        Plural(
            "Too many tries. Please wait %(minutes)s minute, then try again, or contact us.",
            "Too many tries. Please wait %(minutes)s minutes, then try again, or contact us.",
            "minutes",
        ),
        N_("Too many tries. Please wait a little, then try again, or contact us."),
    ),
    Code.PHONE_TAKEN: (
        N_("This number is verified by another customer. Please use another number or contact us."),
    ),
}

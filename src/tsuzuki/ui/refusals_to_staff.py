"""Refusals only staff meet: files, work, settings, their own accounts, secrets."""

from tsuzuki.core.errors import Code

from .languages import N_, Wording

TO_STAFF: dict[Code, tuple[Wording, ...]] = {
    Code.IMSI_MALFORMED: (N_("That is not an IMSI. Please check its 14 or 15 digits."),),
    Code.LINE_THERE_ALREADY: (
        N_("A line with this number or SIM is there already. Please look it up instead."),
    ),
    Code.EVENT_FORGED: (
        N_(
            "The sender of this message could not be verified; it was ignored. Please check the "
            "signing key in the settings."
        ),
    ),
    Code.PROVIDER_UNKNOWN: (
        N_("There is no provider named “%(name)s”. Please check the settings."),
        N_("There is no such provider. Please check the settings."),
    ),
    Code.FILE_UNREADABLE: (
        N_("The file cannot be read (%(reason)s). Please check it and send it again."),
        N_("The file cannot be read. Please check it and send it again."),
    ),
    Code.ROWS_REFUSED: (
        N_(
            "Rows with mistakes: %(count)s. Nothing was imported; please correct them and send "
            "the file again."
        ),
        N_("Some rows have mistakes. Nothing was imported; please correct them and send the file again."),
    ),
    Code.PLAN_FILE_WRONG: (
        N_("The plan file has a mistake at %(where)s (%(reason)s). Please correct it and load it again."),
        N_("The plan file has a mistake at %(where)s. Please correct it and load it again."),
        N_("The plan file has a mistake (%(reason)s). Please correct it and load it again."),
        N_("The plan file has a mistake. Please correct it and load it again."),
    ),
    Code.USAGE_MALFORMED: (
        N_(
            "The usage report cannot be read at “%(record)s”. Nothing of this batch was booked; "
            "please correct it and send it again."
        ),
        N_("This usage report cannot be read. Please check its format and send it again."),
    ),
    Code.WORK_UNKNOWN: (
        N_("There is no task %(id)s in the work list. Please reload the list."),
        N_("This task is not in the work list. Please reload the list."),
    ),
    Code.WORK_DONE_ALREADY: (N_("This task has already been closed. Please reload the list."),),
    Code.REFERENCE_MISSING: (N_("Please enter the reference number the carrier gave you."),),
    Code.REFERENCE_REUSED: (
        N_("The reference “%(reference)s” is already booked with another amount. Please check both."),
        N_("This reference is already booked with another amount. Please check both."),
    ),
    Code.COLOUR_MALFORMED: (
        N_("Please write the colour as # and six digits or letters a to f, such as #1f3f77."),
    ),
    Code.COLOUR_TOO_PALE: (
        N_("Text in the colour %(colour)s would be hard to read. Please choose a darker one."),
        N_("Text in this colour would be hard to read. Please choose a darker one."),
    ),
    Code.LOGO_REFUSED: (
        N_(
            "This logo cannot be used. Please upload an SVG drawing of at most 4,000 characters, "
            "with shapes only."
        ),
    ),
    Code.LINK_REFUSED: (
        N_(
            "The link “%(link)s” cannot be used here. Please enter one that begins with "
            "https://, tel: or mailto:."
        ),
        N_("This link cannot be used here. Please enter one that begins with https://, tel: or mailto:."),
    ),
    Code.SENDER_MALFORMED: (
        N_(
            "Letters cannot come from “%(sender)s”. Please write a name and, in pointed brackets "
            "<>, one mail address."
        ),
        N_(
            "Letters cannot come from this. Please write a name and, in pointed brackets <>, one "
            "mail address."
        ),
    ),
    Code.BRAND_INCOMPLETE: (
        N_("“%(what)s” is missing or not known. Please fill it in."),
        N_("Something is missing. Please fill it in."),
    ),
    Code.SETUP_WRONG: (
        N_("An answer cannot be used. %(what)s Please mend it and run this again; nothing is done twice."),
        N_("An answer cannot be used. Please mend it and run this again; nothing is done twice."),
    ),
    Code.MAP_WRONG: (
        N_("The map of the columns is wrong. %(what)s Please mend it and try again."),
        N_("The map of the columns is wrong. Please mend it and try again."),
    ),
    Code.MONEY_DISPUTED: (
        N_(
            "%(amount)s is not paid out: the buyer disputes this payment. Please wait until the "
            "dispute is decided."
        ),
        N_(
            "This is not paid out: the buyer disputes this payment. Please wait until the dispute is decided."
        ),
    ),
    Code.TIMES_UNSOUND: (
        N_(
            "These times cannot work. Please make the time-out more than 0 seconds, the lease more than 2.5 "
            "times as long, and ask 1 to 1000 at once."
        ),
    ),
    Code.NAME_TAKEN: (
        N_("The name “%(name)s” is already used. Please choose another."),
        N_("This name is already used. Please choose another."),
    ),
    Code.SIGN_IN_WRONG: (N_("The name or the password is not right. Please check both and try again."),),
    Code.CODE_WRONG: (
        N_(
            "This code is not right, or was used before. Please wait for the next one in the app and type it."
        ),
    ),
    Code.INVITATION_OVER: (
        N_("This invitation was used or is too old. Please ask the owner for a new one."),
    ),
    Code.PASSWORD_WEAK: (
        N_(
            "This password is easy to guess. Please choose one of at least 12 characters that is "
            "not a common word."
        ),
    ),
    Code.STAFF_NAME_MALFORMED: (
        N_("Please choose a name of 3 to 40 small letters, digits, dots or hyphens."),
    ),
    Code.STAFF_UNKNOWN: (
        N_("Nobody named “%(name)s” works here. Please check the list."),
        N_("This person does not work here. Please check the list."),
    ),
    Code.LAST_OWNER: (N_("Somebody must stay owner. Please make another person owner first."),),
    Code.WORK_TAKEN: (
        N_("%(who)s is working on this. Please ask them first, or take it over."),
        N_("Somebody else is working on this. Please ask them first, or take it over."),
    ),
    Code.SECOND_PERSON_NEEDED: (N_("You asked for this yourself. Please let a second person decide."),),
    Code.STILL_USED: (
        N_(
            "“%(what)s” was sold or is in use and cannot be deleted. Please retire it or "
            "switch it off instead: what was sold stays as it is."
        ),
        N_(
            "This was sold or is in use and cannot be deleted. Please retire it or switch it "
            "off instead: what was sold stays as it is."
        ),
    ),
    Code.PRICE_DATE_PAST: (N_("A price cannot begin in the past. Please choose a moment from now on."),),
    Code.PRICE_DATE_TAKEN: (
        N_("Another price begins at that very moment. Please remove it first, or choose another moment."),
    ),
    Code.TERMS_CONTRADICT: (
        N_(
            "These rules contradict each other: “%(one)s” cannot go with “%(other)s”. Please "
            "change one of them."
        ),
        N_("These rules contradict each other. Please change one of them."),
    ),
    Code.METHOD_RESERVED: (
        N_(
            "The gateway “%(gateway)s” uses the name “%(method)s”, which is reserved for payments from "
            "our own books. Please have it renamed; until then it is not offered."
        ),
        N_(
            "The gateway uses a name that is reserved for payments from our own books. Please have "
            "it renamed; until then it is not offered."
        ),
    ),
    Code.OWNER_NEEDED: (
        N_("Only the owner changes how a carrier or a gateway is reached (%(names)s). Please ask the owner."),
        N_("Only the owner changes how a carrier or a gateway is reached. Please ask the owner."),
    ),
    Code.METHOD_NOT_KEPT: (
        N_("This way to pay cannot be saved for later. Please choose another, or pay without saving it."),
    ),
    Code.SAVED_METHOD_UNKNOWN: (
        N_("This saved way to pay is not there any more. Please choose another way to pay."),
    ),
    Code.GATEWAY_SILENT: (
        N_("The gateway did not answer as it should (%(why)s). Please check its settings and its secret."),
        N_("The gateway did not answer as it should. Please check its settings and its secret."),
    ),
    Code.SECRET_NAME_REFUSED: (
        N_(
            "The setting %(name)s can only name a variable that begins with %(prefix)s. Please "
            "rename it there and here."
        ),
        N_("A setting can only name a variable made for its provider. Please rename it there and here."),
    ),
    Code.CUSTOMER_UNKNOWN: (N_("This customer cannot be found. Please check the link or ask us."),),
    Code.SECRET_NEEDED: (
        N_(
            "Secret %(id)s is still needed by sealed values (%(sealed)s), vouchers (%(vouchers)s), API keys "
            "(%(keys)s), recovery codes of staff (%(staff)s) and links (until %(links)s). Please wait, or "
            "force it if the secret has leaked."
        ),
        N_("This secret is still needed. Please wait, or force it if the secret has leaked."),
    ),
    Code.SECRET_CURRENT: (N_("This secret is the current one. Please make another one current first."),),
    Code.SECRET_UNKNOWN: (
        N_("No secret has the id %(id)s. Please look at the list of secrets."),
        N_("No secret has this id. Please look at the list of secrets."),
    ),
    Code.CATALOGUE_CODE_MALFORMED: (
        N_("Please make the code of small letters a to z, digits and hyphens, at most 40 of them."),
    ),
    Code.BATCH_MADE_ALREADY: (
        N_(
            "These vouchers were made already, and their codes are shown only once. Please start a new batch."
        ),
    ),
}

"""What fits into one SMS."""

SMS_GSM, SMS_WIDE = 160, 70  # characters of one SMS: GSM 03.38 alphabet, UCS-2
# GSM 03.38 without its yen sign, which we never show. Those of the second table cost two.
GSM = frozenset(
    "@£$èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ "
    "!\"#¤%&'()*+,-./0123456789:;<=>?¡ÄÖÑÜ§¿äöñüàABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)
GSM_TWICE = frozenset("^{}\\[~]|€")
# One sign outside the alphabet more than halves an SMS: the dots of a masked number, typographic quotes.
TO_GSM = str.maketrans(
    {"•": "*", "·": "-", "・": "-", "’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."}
)


def fits(sms: str, latin: bool) -> bool:
    if latin and all(sign in GSM or sign in GSM_TWICE for sign in sms):
        return len(sms) + sum(sign in GSM_TWICE for sign in sms) <= SMS_GSM
    return len(sms.encode("utf-16-le")) // 2 <= SMS_WIDE

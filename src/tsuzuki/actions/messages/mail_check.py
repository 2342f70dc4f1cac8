"""Does mail work? Asked while setting up and whenever somebody doubts it."""

import secrets

from tsuzuki.actions.engine.providers import channel
from tsuzuki.channels.port import Message, ReachCheck, SendStatus
from tsuzuki.core.errors import ProviderUnsure, Refused
from tsuzuki.records import queries
from tsuzuki.ui.languages import N_, OFFICE, translator

SUBJECT = N_("Test letter")
TEXT = N_("This is a test letter from %(brand)s. Mail works: letters to your customers leave the same way.")


def send_test(to: str, brand: str, language: str) -> str:
    """Send a letter to an address of the operator's own; empty, or why it did not leave."""
    say = translator(language, OFFICE)
    text = say(TEXT) % {"brand": brand}
    message = Message(
        f"test-{secrets.token_hex(8)}", to, language, say(SUBJECT), text, sender=queries.brand().mail_from
    )
    try:
        answer = channel("email").send(message)
    except (Refused, LookupError, ValueError, ProviderUnsure) as why:
        return f"{type(why).__name__}: {why}"
    return "" if answer.status is SendStatus.SENT else answer.reason or answer.status.value


def reached() -> str:
    """Would the mail server listen? Nothing is sent; empty, or why not."""
    try:
        email = channel("email")
    except (Refused, LookupError, ValueError) as why:
        return str(why)
    if not isinstance(email, ReachCheck):
        return ""
    answer = email.reach()
    return "" if answer.status is SendStatus.SENT else answer.reason or answer.status.value

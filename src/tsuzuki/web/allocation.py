"""To whom a Japanese mobile number was first given out.

Numbers move between carriers, so it is only ever a guess.
"""

import re

from phonenumbers import PhoneNumber, carrier

# 090-123: enough to ask, not enough to be somebody's number.
PREFIX = re.compile(r"81[6-9]0\d{2,3}", re.ASCII)


def first_holder(prefix: str) -> str:
    """The name by phonenumbers, such as «KDDI»; empty where it knows none."""
    if not PREFIX.fullmatch(prefix):
        return ""
    return carrier.name_for_number(
        PhoneNumber(country_code=81, national_number=int(prefix[2:].ljust(10, "0"))), "en"
    )


def prefix_of(msisdn: str) -> str:
    """What of a number may stand in an address: of a Japanese one as much as `first_holder` needs, of others
    the country at most.
    """
    return msisdn[1:8] if msisdn.startswith("+81") else msisdn[1:3]

"""Phone numbers, ICCIDs, EIDs and codes: parsed leniently, stored in one form, masked for display.

Accepted everywhere: digits of any script and width, blanks and hyphens of every kind, the invisible marks
phones copy along. Refused everywhere: text around the number. A guess about which digits were meant would
renew a stranger's line.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneNumberFormat
from stdnum import imsi as plmn
from stdnum import luhn
from stdnum.iso7064 import mod_97_10

from .errors import Code, Refused
from .typed import compact, plain

# 020-0 and ten digits: machine lines. phonenumbers 9.0 knows their length as possible, not the range.
_JAPAN_M2M = re.compile(r"\+81200\d{10}", re.ASCII)
# What a spreadsheet makes of a long number: 8.98E+18, 8981100000000000000.0
_SPREADSHEET = re.compile(r"\d+[.,]\d*(E\+?\d+)?|\d+E\+?\d+", re.ASCII)
_HOST = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*(:\d{1,5})?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Iccid:
    digits: str  # without its F pad
    check_ok: bool  # False warns and no more: some issuers leave the Luhn digit out or count it differently


class Imsi(NamedTuple):
    mcc: str
    mnc: str
    msin: str


@dataclass(frozen=True, slots=True)
class ActivationCode:
    """Whoever installs it takes the line: the matching id never reaches a repr, hence no log."""

    smdp: str
    matching_id: str = field(repr=False)
    oid: str = ""
    needs_confirmation: bool = False

    def text(self) -> str:
        """What a QR code holds: prefixed, as short as it can be (SGP.22 §4.1)."""
        options = f"${self.oid}$1" if self.needs_confirmation else f"${self.oid}" if self.oid else ""
        return f"LPA:1${self.smdp}${self.matching_id}{options}"


def msisdn(text: str, region: str = "JP") -> str:
    """E.164.

    Without a country code it is read as dialled in `region`; a length or range no network has is refused.
    """
    bare = plain(text)
    if not re.fullmatch(r"\+?[\d ().\-/]{3,40}", bare, re.ASCII):
        raise Refused(Code.NUMBER_MALFORMED, text=text[:24])
    # 00 for the plus is what most of the world dials; no number begins so inside a country.
    bare = re.sub(r"^00", "+", bare)
    try:
        number = phonenumbers.parse(bare, region)
    except phonenumbers.NumberParseException:
        raise Refused(Code.NUMBER_MALFORMED, text=text[:24]) from None
    result = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if not (
        phonenumbers.is_possible_number(number)
        and (phonenumbers.is_valid_number(number) or _JAPAN_M2M.fullmatch(result))
    ):
        raise Refused(Code.NUMBER_MALFORMED, text=text[:24])
    return result


def iccid(text: str) -> Iccid:
    """18-20 digits that begin with 89 (ITU-T E.118; SGP.22 Table 21: 19 digits with and without the trailing
    F are one profile).
    """
    bare = compact(text).upper()
    if _SPREADSHEET.fullmatch(bare):
        raise Refused(Code.ICCID_MALFORMED, text=text[:24], reason="spreadsheet")
    if not re.fullmatch(r"(?=.{18,20}$)\d{18,20}F*", bare, re.ASCII):
        raise Refused(Code.ICCID_MALFORMED, text=text[:24], reason="form")
    if not bare.startswith("89"):
        raise Refused(Code.ICCID_MALFORMED, text=text[:24], reason="prefix")
    digits = bare.rstrip("F")
    return Iccid(digits, luhn.is_valid(digits))


def eid(text: str) -> str:
    """32 digits whose remainder by 97 is 1 (SGP.22 §6.5.2; SGP.29 §10, ISO 7064 mod 97-10)."""
    bare = compact(text).upper()
    if _SPREADSHEET.fullmatch(bare):
        raise Refused(Code.EID_MALFORMED, text=text[:24], reason="spreadsheet")
    if not re.fullmatch(r"\d{32}", bare, re.ASCII):
        raise Refused(Code.EID_MALFORMED, text=text[:24], reason="form")
    if not mod_97_10.is_valid(bare):
        raise Refused(Code.EID_MALFORMED, text=text[:24], reason="check_digits")
    return bare


def imsi(text: str) -> Imsi:
    """14 or 15 digits, divided by the table of known networks.

    Where it is silent the network code has 2 digits, under Japan's 441 3.
    """
    bare = compact(text)
    if not re.fullmatch(r"\d{14,15}", bare, re.ASCII):
        raise Refused(Code.IMSI_MALFORMED, text=text[:24])
    match plmn.split(bare):
        case (mcc, mnc, msin):
            return Imsi(mcc, mnc, msin)
        case _:
            ends = 6 if bare.startswith("441") else 5
            return Imsi(bare[:3], bare[3:ends], bare[ends:])


def activation_code(text: str) -> ActivationCode:
    """`LPA:1$host$matching id[$oid[$1]]`, at most 255 characters, further fields ignored (SGP.22 §4.1,
    §4.1.1). Refusals never quote it.

    Read as leniently as phones do: any case of LPA:, or none; a matching id in lower case, or none (default
    SM-DP+, bound by EID).
    """
    bare = unicodedata.normalize("NFKC", text).strip()
    code = bare[4:] if bare[:4].upper() == "LPA:" else bare
    form, smdp, matching_id, oid, flag, *_ = [*code.split("$"), "", "", "", ""]
    if len(code) > 255 or code.count("$") < 2:
        raise Refused(Code.ACTIVATION_CODE_MALFORMED, reason="form")
    if form != "1":
        raise Refused(Code.ACTIVATION_CODE_MALFORMED, reason="version")
    if not _HOST.fullmatch(smdp):
        raise Refused(Code.ACTIVATION_CODE_MALFORMED, reason="host")
    if (
        not re.fullmatch(r"[0-9A-Za-z-]*", matching_id)
        or not re.fullmatch(r"[0-9.]*", oid)
        or flag not in ("", "1")
    ):
        raise Refused(Code.ACTIVATION_CODE_MALFORMED, reason="form")
    return ActivationCode(smdp, matching_id, oid, flag == "1")


def voucher_code(text: str) -> str:
    """16 digits, the last a Luhn digit, which tells a slip of the finger from a used voucher.

    A voucher is money: never quoted.
    """
    bare = compact(text)
    if not re.fullmatch(r"\d{16}", bare, re.ASCII):
        raise Refused(Code.VOUCHER_MALFORMED, reason="form")
    if not luhn.is_valid(bare):
        raise Refused(Code.VOUCHER_MALFORMED, reason="check_digit")
    return bare


def voucher_from(fifteen_digits: str) -> str:
    if not re.fullmatch(r"\d{15}", fifteen_digits, re.ASCII):
        raise ValueError("a voucher is made from fifteen digits")
    return fifteen_digits + luhn.calc_check_digit(fifteen_digits)


def mask_msisdn(number: str) -> str:
    """«+81 90-****-5678»: country, first group and last four.

    At least three digits are hidden; what is no number is hidden whole.
    """
    try:
        shown = phonenumbers.format_number(phonenumbers.parse(number), PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return "****"
    country, _, rest = shown.partition(" ")
    count = sum(char.isdigit() for char in rest)
    first_group = re.match(r"\d*", rest)
    head = max(0, min(len(first_group.group()) if first_group else 0, 3, count - 7))
    seen, masked = 0, ""
    for char in rest:
        hidden = char.isdigit() and (head <= seen < count - 4 or count < 7)
        seen += char.isdigit()
        masked += "*" if hidden else char
    return f"{country} {masked}"


def mask_iccid(digits: str) -> str:
    """«898110*********3456»: issuer and last four; what is too short for an ICCID is hidden whole."""
    return digits[:6] + "*" * (len(digits) - 10) + digits[-4:] if len(digits) >= 18 else "****"


def mask_email(address: str) -> str:
    """«m***@example.com»: always three stars, so that the length says nothing."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}***@{domain}" if at and name else "***"

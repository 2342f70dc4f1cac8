"""The operator's brand: what appears about the operator on every page, mail and receipt."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from xml.etree import ElementTree

from .colour import LARGE, TEXT, colour, contrast
from .errors import Code, Refused
from .mailbox import sender

Words = dict[str, str]  # {language: text}
PAPER = "#fffdf9"  # what the main colour is read on; ui/look.css has the same
LONGEST_LOGO, SVG = 4000, "{http://www.w3.org/2000/svg}"
SHAPES = frozenset(
    ("svg", "g", "path", "circle", "rect", "ellipse", "line", "polyline", "polygon", "title", "text", "tspan")
)
STROKES = frozenset(
    "viewBox width height d x y x1 y1 x2 y2 cx cy r rx ry dx dy points fill stroke stroke-width "
    "stroke-linecap stroke-linejoin fill-rule clip-rule opacity fill-opacity font-size font-weight "
    "font-family text-anchor role aria-label aria-hidden".split()
)
CONTACT_KINDS = ("phone", "mail", "line", "wechat", "web")
# What Japan's Act on Specified Commercial Transactions wants said of a seller by mail order (Art. 11 and the
# final screen of Art. 12-6).
STATUTORY = ("seller", "address", "representative", "payment_time", "delivery_time", "cancellation")


@dataclass(frozen=True, slots=True)
class Contact:
    """A human way out.

    `value`: as people read it; `link`: tel:, mailto: or https:, empty if there is none.
    """

    kind: str
    value: str
    hours: Words = field(default_factory=dict)
    link: str = ""


@dataclass(frozen=True, slots=True)
class Shop:
    names: Words
    address: Words
    hours: Words = field(default_factory=dict)
    map_link: str = ""


@dataclass(frozen=True, slots=True)
class Brand:
    """`colour`: buttons and links; `accent`: the mark beside the name; `logo`:
    SVG or nothing; `legal`: {topic: words}.
    """

    name: str
    colour: str = "#1f3f77"
    accent: str = "#c13a22"
    logo: str = ""
    domain: str = ""  # under which customers know the pages; `doctor` compares it with where they are
    mail_from: str = ""  # «Shop <renew@example.jp>»
    sms_from: str = ""
    invoice_number: str = ""  # of a qualified invoice issuer: T and 13 digits
    legal: dict[str, Words] = field(default_factory=dict)
    contacts: tuple[Contact, ...] = ()
    shops: tuple[Shop, ...] = ()

    def missing(self, languages: tuple[str, ...]) -> list[str]:
        """Statutory words not written yet, as `topic.language`.

        And `phone`, if no contact is a telephone number: Art. 11 wants one.
        """
        gaps = [
            f"{topic}.{tag}"
            for topic in STATUTORY
            for tag in languages
            if not self.legal.get(topic, {}).get(tag)
        ]
        return gaps + ([] if any(contact.kind == "phone" for contact in self.contacts) else ["phone"])


def check(brand: Brand) -> Brand:
    """The same with tidy colours.

    Refused where it could not be read, or would bring a script onto the page.
    """
    main, accent = colour(brand.colour), colour(brand.accent)
    for ground, least in ((PAPER, TEXT), ("#ffffff", TEXT)):
        if contrast(main, ground) < least:
            raise Refused(Code.COLOUR_TOO_PALE, colour=main)
    if contrast(accent, PAPER) < LARGE:
        raise Refused(Code.COLOUR_TOO_PALE, colour=accent)
    if not brand.name.strip():
        raise Refused(Code.BRAND_INCOMPLETE, what="name")
    if brand.mail_from and sender(brand.mail_from) is None:
        raise Refused(Code.SENDER_MALFORMED, sender=brand.mail_from[:60])
    _check_logo(brand.logo)
    for contact in brand.contacts:
        _check_link(contact.link, ("tel:", "mailto:", "https://", "weixin:"))
        if contact.kind not in CONTACT_KINDS:
            raise Refused(Code.BRAND_INCOMPLETE, what=contact.kind[:20])
    for shop in brand.shops:
        _check_link(shop.map_link, ("https://", "geo:"))
    return replace(brand, colour=main, accent=accent)


def _check_logo(svg: str) -> None:
    """Drawn inside our own page: shapes only.

    What could run, fetch or point elsewhere is not on the list, so it is refused.
    """
    if not svg:
        return
    if len(svg) > LONGEST_LOGO or "<!" in svg or "<?" in svg or "&" in svg:
        raise Refused(Code.LOGO_REFUSED)
    try:
        drawing = ElementTree.fromstring(svg)  # noqa: S314 (no DTD, no entity and no more than 4,000 characters get here)
    except ElementTree.ParseError:
        raise Refused(Code.LOGO_REFUSED) from None
    parts = list(drawing.iter())
    names = {attribute for part in parts for attribute in part.attrib}
    tags = {part.tag.removeprefix(SVG) for part in parts}
    reaches_out = any("(" in value or ":" in value for part in parts for value in part.attrib.values())
    if parts[0].tag.removeprefix(SVG) != "svg" or not tags <= SHAPES or not names <= STROKES or reaches_out:
        raise Refused(Code.LOGO_REFUSED)


def _check_link(link: str, starts: tuple[str, ...]) -> None:
    if link and not link.startswith(starts):
        raise Refused(Code.LINK_REFUSED, link=link[:60])

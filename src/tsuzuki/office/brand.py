"""The operator's own words: brand, contacts, shops, legal texts."""

import hashlib
from datetime import datetime
from typing import Any

import msgspec
from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from tsuzuki.actions.catalogue.brand import save_brand
from tsuzuki.core.brand import CONTACT_KINDS, STATUTORY, Brand
from tsuzuki.core.staff import Permission
from tsuzuki.records import queries
from tsuzuki.ui import contacts, seller
from tsuzuki.ui.languages import OWN_NAMES, SHIPPED

from .action_form import ActionForm, run
from .detail_page import DetailPage, Link, Table, language, show
from .permissions import permission_required

Content = dict[str, Any]
IN = {"en": __("in English"), "ja": __("in Japanese"), "zh-Hans": __("in Chinese")}


class _OfBrand(ActionForm):
    """Changes one part; the rest stays. Refused if anything of it was changed meanwhile."""

    may = Permission.HOUSE
    about: Brand

    @property
    def seen(self) -> str:
        return super().seen + hashlib.sha256(msgspec.json.encode(queries.brand())).hexdigest()[:16]

    def content(self) -> Content:
        result: Content = msgspec.to_builtins(queries.brand())
        return result

    def put(self, content: Content, by: str, now: datetime) -> str:
        save_brand(content, by, now)
        return _("Saved. Customers see it at once.")

    def words(self, prefix: str) -> dict[str, str]:
        return {
            tag: self.cleaned_data[f"{prefix}_{tag}"]
            for tag in SHIPPED
            if self.cleaned_data[f"{prefix}_{tag}"]
        }

    def ask_in_all(self, prefix: str, label: Any, required: bool = False, area: bool = False) -> None:
        for tag in SHIPPED:
            widget = forms.Textarea({"rows": 5}) if area else forms.TextInput()
            text = _("%(what)s %(in_language)s") % {"what": label, "in_language": IN[tag]}
            self.fields[f"{prefix}_{tag}"] = forms.CharField(
                label=text, required=required, max_length=8000 if area else 200, widget=widget
            )


class Look(_OfBrand):
    name, title, button = "look", __("Name and look"), __("Save")
    wide = True
    called = forms.CharField(label=__("Name"), max_length=60)
    colour = forms.CharField(
        label=__("Colour of buttons and links"), max_length=7, widget=forms.TextInput({"type": "color"})
    )
    accent = forms.CharField(
        label=__("Colour of the mark"), max_length=7, widget=forms.TextInput({"type": "color"})
    )
    domain = forms.CharField(label=__("Domain"), required=False, max_length=120)
    mail_from = forms.CharField(label=__("Letters come from"), required=False, max_length=120)
    sms_from = forms.CharField(label=__("SMS come from"), required=False, max_length=20)
    invoice_number = forms.RegexField(
        r"\AT\d{13}\Z", label=__("Number as invoice issuer"), required=False, help_text=__("T and 13 digits")
    )
    logo = forms.CharField(
        label=__("Logo as SVG"),
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 3, "wide": True}),
        help_text=__("Shapes only, at most 4,000 characters; empty: the name alone."),
    )
    PARTS = ("colour", "accent", "domain", "mail_from", "sms_from", "invoice_number", "logo")

    def first(self) -> Content:
        return {"called": self.about.name, **{part: getattr(self.about, part) for part in self.PARTS}}

    def act(self, by: str, now: datetime) -> str:
        changed = {
            "name": self.cleaned_data["called"],
            **{part: self.cleaned_data[part] for part in self.PARTS},
        }
        return self.put(self.content() | changed, by, now)


class AddContact(_OfBrand):
    name, title, button, tone = "contact", __("Add a contact"), __("Add"), "plain"
    wide = True
    folded = True
    field_order = ("kind", "value", "link")
    value = forms.CharField(label=__("As people read it"), max_length=120)
    link = forms.CharField(
        label=__("Link"),
        required=False,
        max_length=200,
        help_text=__("Begins with tel:, mailto: or https://"),
    )

    def prepare(self) -> None:
        kinds = [(kind, contacts.kind(kind, language())) for kind in CONTACT_KINDS]
        self.fields["kind"] = forms.ChoiceField(label=__("Kind"), choices=kinds)
        self.ask_in_all("hours", __("Hours"))

    def act(self, by: str, now: datetime) -> str:
        content, given = self.content(), self.cleaned_data
        content["contacts"] = [
            *content["contacts"],
            {
                "kind": given["kind"],
                "value": given["value"],
                "link": given["link"],
                "hours": self.words("hours"),
            },
        ]
        return self.put(content, by, now)


class AddShop(_OfBrand):
    name, title, button, tone = "shop", __("Add a shop"), __("Add"), "plain"
    wide = True
    folded = True
    map_link = forms.CharField(label=__("Link to a map"), required=False, max_length=300)

    def prepare(self) -> None:
        self.ask_in_all("names", __("Name"), required=True)
        self.ask_in_all("address", __("Address"), required=True)
        self.ask_in_all("hours", __("Hours"))

    def act(self, by: str, now: datetime) -> str:
        content = self.content()
        content["shops"] = [
            *content["shops"],
            {
                "names": self.words("names"),
                "address": self.words("address"),
                "hours": self.words("hours"),
                "map_link": self.cleaned_data["map_link"],
            },
        ]
        return self.put(content, by, now)


class Remove(_OfBrand):
    name, title, button, tone = "remove", __("Remove a contact or a shop"), __("Remove"), "plain"
    folded = True

    def prepare(self) -> None:
        ways = [
            (f"contacts {place}", way.value)
            for place, way in enumerate(contacts.ways(self.about, language()))
        ]
        shops = [
            (f"shops {place}", shop.name) for place, shop in enumerate(contacts.shops(self.about, language()))
        ]
        self.fields["which"] = forms.ChoiceField(label=__("Which"), choices=[*ways, *shops])

    def act(self, by: str, now: datetime) -> str:
        content = self.content()
        kind, place = self.cleaned_data["which"].split()
        content[kind] = [entry for at, entry in enumerate(content[kind]) if at != int(place)]
        return self.put(content, by, now)


@permission_required(Permission.HOUSE)
def brand(request: HttpRequest) -> HttpResponse:
    ours = queries.brand()
    ways = [[way.kind, way.value, way.link, way.hours] for way in contacts.ways(ours, language())]
    shops = [[shop.name, shop.address, shop.hours] for shop in contacts.shops(ours, language())]
    sheets: list[ActionForm] = [Look(about=ours), AddContact(about=ours), AddShop(about=ours)]
    if ours.contacts or ours.shops:
        sheets.append(Remove(about=ours))
    tables = [
        Table(
            _("Contacts"),
            (_("Kind"), _("As people read it"), _("Link"), _("Hours")),
            ways,
            _("None yet. Customers need a human way out."),
        ),
        Table(_("Shops"), (_("Name"), _("Address"), _("Hours")), shops, _("No shop.")),
    ]
    card = DetailPage(
        _("Brand and shops"),
        tables=tables,
        sheets=sheets,
        links=[Link(_("See the customers' pages"), "/", True)],
    )
    return run(request, sheets) or show(request, card)


class Text(_OfBrand):
    """One topic in every language. `topic` is set by the page."""

    button, tone = __("Save"), "plain"
    wide = True
    topic: str

    def prepare(self) -> None:
        self.ask_in_all("text", "", area=True)
        for tag in SHIPPED:
            self.fields[f"text_{tag}"].label = OWN_NAMES[tag]

    def first(self) -> Content:
        return {f"text_{tag}": self.about.legal.get(self.topic, {}).get(tag, "") for tag in SHIPPED}

    def act(self, by: str, now: datetime) -> str:
        content = self.content()
        content["legal"] = content["legal"] | {self.topic: self.words("text")}
        return self.put(content, by, now)


TOPICS = seller.TOPICS | seller.LONGER
TEXTS = [
    type(f"Text_{topic}", (Text,), {"topic": topic, "name": topic, "title": __(title)})
    for topic, title in TOPICS.items()
]


@permission_required(Permission.HOUSE)
def legal(request: HttpRequest) -> HttpResponse:
    ours = queries.brand()
    sheets: list[ActionForm] = [sheet(about=ours) for sheet in TEXTS]
    lead = _(
        "What Japan's Act on Specified Commercial Transactions wants said before an order, in "
        "every language you sell in."
    )
    gaps: dict[str, list[str]] = {}
    for gap in ours.missing(SHIPPED):
        topic, _dot, tag = gap.partition(".")
        gaps.setdefault(topic, []).append(OWN_NAMES.get(tag, tag))
    texts = {topic: ", ".join(tags) for topic, tags in gaps.items() if topic in STATUTORY}
    warnings = [
        _("Missing: %(what)s (%(where)s)") % {"what": _(TOPICS[topic]), "where": where}
        for topic, where in texts.items()
    ]
    card = DetailPage(_("Legal texts"), lead=lead, sheets=sheets, warnings=warnings)
    if "phone" in gaps:
        card.warnings = [*warnings, _("Missing: a telephone number")]
        card.links = [Link(_("Add a contact"), reverse("admin:brand") + "#contact")]
    return run(request, sheets) or show(request, card)

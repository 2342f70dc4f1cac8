"""The same answers, asked at a terminal in plain words, each judged when it is given.

Everything can be changed later.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from msgspec import UNSET

from tsuzuki.cli.postgres import EMBEDDED
from tsuzuki.core.brand import STATUTORY, Brand, Contact, Words
from tsuzuki.core.brand import check as check_brand
from tsuzuki.core.errors import Refused

from .answers import Answers, Look, Mail, Owner, faults

if TYPE_CHECKING:
    from .existing import ExistingSetup

CARRIER_WAYS = {
    "hand": "byhand",  # people act in the carrier's own portal
    "files": "csvbatch",  # a file out, a file back
    "sandbox": "sandbox",
}
TOPICS = {
    "seller": "Who sells (the company's full name)",
    "address": "Its address and telephone number",
    "representative": "Who is responsible (a person's name)",
    "payment_time": "When and how customers pay",
    "delivery_time": "When the service begins after payment",
    "cancellation": "Cancelling and refunds",
}
assert tuple(TOPICS) == STATUTORY


def ask_database() -> str:
    """Until it can be reached."""
    import psycopg

    def judge(said: str) -> str:
        if said == EMBEDDED:
            return ""
        wrong = [why for _, why in faults(Answers(database_url=said))]
        if wrong or not said:
            return "postgresql://USER:PASSWORD@HOST/NAME, or embedded"
        try:
            psycopg.connect(said, connect_timeout=10).close()
        except psycopg.Error as why:
            return str(why).strip().splitlines()[0]
        return ""

    return _judged(
        "Which PostgreSQL? (postgresql://USER:PASSWORD@HOST/NAME; or embedded: one of our own, "
        "to try things out)",
        "",
        judge,
    )


def ask(languages: Sequence[str], there: "ExistingSetup") -> Answers:
    """Ask until it makes sense. Empty answers leave a part for later, or as it is."""
    typer.echo(
        "A few questions. Return takes what stands in brackets; what you leave empty can be "
        "written later, or stays as it is.\n"
    )
    brand = there.brand or Brand("")
    answers = Answers()
    answers.name = _judged("What is your shop called?", brand.name, _field(answers, "name"))
    if not there.is_real:
        answers.sandbox = not typer.confirm(
            "Is this for real business? (No: try things out, nothing is real)", default=False
        )
    address = there.settings.get("TSUZUKI_URL") or (
        "http://127.0.0.1:8000" if answers.sandbox else "https://"
    )
    answers.url = _judged("Where will customers reach it?", address, _field(answers, "url"))
    if not there.carriers:
        answers.zone = _judged(
            "In which time zone do you do business?", "Asia/Tokyo", _field(answers, "zone")
        )
    if answers.url.startswith("https"):
        question, proxies = (
            "How many reverse proxies of your own stand before it?",
            there.settings.get("TSUZUKI_PROXIES", "1"),
        )
        answers.proxies = int(
            _judged(
                question, proxies, lambda text: "" if text in tuple("0123456789") else "a number, 0 if none"
            )
        )
    answers.brand = _look(brand)
    mail = "" if brand.contacts else _contacts(answers)
    typer.echo(
        "\nWhat Japanese law wants on the pages of a shop, in each language. Without it the shop "
        "stays in sandbox mode."
    )
    for topic, question in TOPICS.items():
        answers.legal[topic] = _in_all(question, languages, brand.legal.get(topic, {}))
    gaps = answers.as_brand(Path(), there.brand).missing(tuple(languages))
    if gaps and answers.sandbox is False:
        typer.echo(f"  Still missing: {', '.join(gaps)}. It stays in sandbox mode until they are written.")
    if not there.carriers:
        answers.carriers = [_carrier(languages, answers)]
    answers.plans = _judged(
        "\nA file with your plans (YAML; or empty, the office has a form)", "", _plan_file
    )
    if there.brand is None:
        answers.gateways = (
            {"byhand": {}} if typer.confirm("Do you take cash or transfers?", default=True) else {}
        )
    answers.mail = _mail(mail)
    if not there.owners:
        answers.owner = _owner(languages)
    return answers


def _look(brand: Brand) -> Look:
    return Look(
        colour=_judged(
            "Main colour, as #rrggbb",
            brand.colour,
            lambda text: _refusal(lambda: check_brand(Brand("x", colour=text))),
        ),
        accent=_judged(
            "Second colour", brand.accent, lambda text: _refusal(lambda: check_brand(Brand("x", accent=text)))
        ),
    )


def _judged(question: str, default: str, judge: Callable[[str], str]) -> str:
    """Asked again until `judge` has nothing to say against the answer."""
    while True:
        text: str = typer.prompt(question, default=default, show_default=bool(default)).strip()
        why = judge(text)
        if not why:
            return text
        typer.echo(f"  {why}")


def _field(answers: Answers, name: str) -> Callable[[str], str]:
    def judge(said: str) -> str:
        setattr(answers, name, said)
        return next((why for field, why in faults(answers) if field == name), "")

    return judge


def _refusal(act: Callable[[], object]) -> str:
    from tsuzuki.ui.refusals import sentence

    try:
        act()
    except Refused as why:
        return sentence(why.code, why.facts, "en")
    return ""


def _plan_file(said: str) -> str:
    from tsuzuki.actions.catalogue.import_plans import parse

    from .answers import text_of

    return _refusal(lambda: parse(text_of(Path(said)))) if said else ""


def _contacts(answers: Answers) -> str:
    """Ways out for customers; returns the mail address."""

    def judge(said: str) -> str:
        return "" if not said or "@" in said.strip("@") else "an address like help@example.jp"

    phone = typer.prompt("A telephone number customers may call (or empty)", default="", show_default=False)
    mail = _judged("A mail address customers may write to (or empty)", "", judge)
    contacts = (
        [Contact("phone", phone, link="tel:" + "".join(c for c in phone if c.isdigit() or c == "+"))]
        if phone
        else []
    )
    contacts += [Contact("mail", mail, link=f"mailto:{mail}")] if mail else []
    answers.contacts = contacts or UNSET
    return mail


def _carrier(languages: Sequence[str], answers: Answers) -> dict[str, object]:
    from tsuzuki.actions.catalogue.plans import require_code

    typer.echo(
        "\nWho makes the lines live? hand: your staff, in the carrier's own portal. files: by "
        "files. sandbox: a toy, for trying."
    )
    way = _choose("Your first carrier", list(CARRIER_WAYS), "hand")
    question = "A short name for it (small letters, digits, -)"
    code = _judged(question, "carrier", lambda text: _refusal(lambda: require_code(text)))
    shown = typer.prompt("Its name as customers read it", default=code)
    carrier: dict[str, object] = {
        "code": code,
        "names": dict.fromkeys(languages, shown),
        "network": code,
        "provider": CARRIER_WAYS[way],
        "zone": answers.zone,
    }
    if way == "files":
        carrier["settings"] = {"folder": _judged("The folder for its files, from / on", "", _folder)}
    return carrier


def _folder(said: str) -> str:
    return "" if Path(said).is_absolute() else "a whole path, such as /var/lib/tsuzuki/carrier"


def _in_all(question: str, languages: Sequence[str], there: Words) -> Words:
    answer = {}
    for tag in languages:
        kept = ", empty: stays as it is" if there.get(tag) else ""
        answer[tag] = typer.prompt(f"{question} [{tag}{kept}]", default="", show_default=False).strip()
    return {tag: words for tag, words in answer.items() if words}


def _mail(default: str) -> Mail | None:
    host = typer.prompt("\nYour mail server's name (or empty)", default="", show_default=False)
    if not host:
        return None
    return Mail(
        host,
        typer.prompt("Letters come from", default=default),
        typer.prompt("Port (0: the usual one)", default=0, type=int),
        user := typer.prompt("User (or empty)", default="", show_default=False),
        typer.prompt("Its password", default="", show_default=False, hide_input=True) if user else "",
        test=typer.prompt("An address for a test letter (or empty)", default=default),
    )


def _owner(languages: Sequence[str]) -> Owner:
    from tsuzuki.actions.people.staff import require_name, require_password

    question = "\nThe first of your staff, who may do everything: a name to sign in with"
    name = _judged(question, "owner", lambda text: _refusal(lambda: require_name(text)))
    while True:
        question = "A password (12 characters or more; empty: one is made up)"
        password = typer.prompt(question, default="", show_default=False, hide_input=True)
        why = _refusal(lambda answer=password: require_password(name, answer)) if password else ""  # type: ignore[misc]  # a default
        if not why:
            return Owner(name, password, _choose("Their language", languages, "ja"))
        typer.echo(f"  {why}")


def _choose(question: str, words: Sequence[str], default: str) -> str:
    return _judged(
        f"{question} ({', '.join(words)})",
        default,
        lambda text: "" if text in words else "One of these words, please.",
    )

"""The same answers, asked at a terminal in plain words. Everything can be changed later by running it again or in the office."""

from collections.abc import Sequence

import typer

from tsuzuki.core.brand import STATUTORY, Contact, Words
from tsuzuki.core.errors import Refused

from .answers import Answers, Look, Mail, Owner, check

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


def ask(languages: Sequence[str]) -> Answers:
    """Ask until it makes sense. Empty answers leave a part for later."""
    say, line = typer.echo, typer.prompt
    say("A few questions. Return takes what stands in brackets; what you leave empty can be written later.\n")
    name = line("What is your shop called?").strip()
    answers = Answers(name, "http://127.0.0.1:8000")
    answers.sandbox = not typer.confirm("Is this for real business? (No: try things out, nothing is real)", default=False)
    _until_right(answers, "url", "Where will customers reach it?", "http://127.0.0.1:8000" if answers.sandbox else "https://")
    _until_right(answers, "zone", "In which time zone do you do business?", "Asia/Tokyo")
    if answers.url.startswith("https"):
        answers.proxies = line("How many reverse proxies of your own stand before it?", default=1, type=int)
    answers.brand = Look(colour=line("Main colour, as #rrggbb", default="#1f3f77"), accent=line("Second colour", default="#c13a22"))
    phone = line("A telephone number customers may call (or empty)", default="", show_default=False)
    mail = line("A mail address customers may write to (or empty)", default="", show_default=False)
    found = [Contact("phone", phone, link="tel:" + "".join(c for c in phone if c.isdigit() or c == "+"))] if phone else []
    answers.contacts = found + ([Contact("mail", mail, link=f"mailto:{mail}")] if mail else [])
    say("\nWhat Japanese law wants on the pages of a shop, in each language of the pages. Without it the shop stays in sandbox mode.")
    for topic, question in TOPICS.items():
        answers.legal[topic] = _in_all(question, languages)
    say("\nWho makes the lines live? hand: your staff, in the carrier's own portal. files: by files. sandbox: a toy, for trying.")
    way = _choose("Your first carrier", list(CARRIER_WAYS), "hand")
    code = line("A short name for it (small letters, digits, -)", default="carrier")
    shown = line("Its name as customers read it", default=code)
    carrier = {"code": code, "names": dict.fromkeys(languages, shown), "network": code, "provider": CARRIER_WAYS[way], "zone": answers.zone}
    if way == "files":
        carrier["settings"] = {"folder": line("The folder for its files")}
    answers.carriers = [carrier]
    answers.plans = line("\nA file with your plans (YAML; or empty, the office has a form)", default="", show_default=False)
    answers.gateways = {"byhand": {}} if typer.confirm("Do you take cash or transfers?", default=True) else {}
    answers.mail = _mail(mail)
    owner = line("\nThe first of your staff, who may do everything: a name to sign in with", default="owner")
    password = line("A password (12 characters or more; empty: one is made up)", default="", show_default=False, hide_input=True)
    answers.owner = Owner(owner, password, _choose("Their language", languages, "ja"))
    return check(answers)


def _until_right(answers: Answers, field: str, question: str, default: str) -> None:
    while True:
        setattr(answers, field, typer.prompt(question, default=default).strip())
        try:
            check(answers)
            return
        except Refused as why:
            typer.echo(f"  {why.facts['what']}")


def _in_all(question: str, languages: Sequence[str]) -> Words:
    said = {tag: typer.prompt(f"{question} [{tag}]", default="", show_default=False).strip() for tag in languages}
    return {tag: words for tag, words in said.items() if words}


def _mail(default: str) -> Mail | None:
    host = typer.prompt("\nYour mail server's name (or empty)", default="", show_default=False)
    if not host:
        return None
    return Mail(
        host, typer.prompt("Letters come from", default=default), typer.prompt("Port (0: the usual one)", default=0, type=int),
        user := typer.prompt("User (or empty)", default="", show_default=False),
        typer.prompt("Its password", default="", show_default=False, hide_input=True) if user else "",
        test=typer.prompt("An address for a test letter (or empty)", default=default),
    )  # fmt: skip


def _choose(question: str, words: Sequence[str], default: str) -> str:
    while True:
        said: str = typer.prompt(f"{question} ({', '.join(words)})", default=default).strip()
        if said in words:
            return said
        typer.echo("  One of these words, please.")

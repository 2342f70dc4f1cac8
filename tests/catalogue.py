"""The catalogues of words, held complete. Run: python -m tests.catalogue [--add]

Extracts every marked sentence of src/tsuzuki (Python and templates), says what is missing, obsolete or
untranslated in each domain and language, and compiles the .mo files. `--add` also writes missing sentences
into the .po files, empty, and drops obsolete ones. A sentence that customers and staff share stands in
`shop`.
"""

import gettext
import io
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from tsuzuki.ui.languages import DOMAINS, OFFICE, SHOP

SOURCE = Path(__file__).parent.parent / "src" / "tsuzuki"
LOCALES = SOURCE / "ui" / "locale"
LANGUAGES = ("ja", "zh_Hans")
# What only staff and their programs read; everything else is a customer's.
OFFICE_FILES = (
    "office/",
    "actions/messages/mail_check.py",
    "ui/refusals_to_programs.py",
    "ui/refusals_to_staff.py",
)
KEYWORDS = {
    "_": None, "__": None, "N_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2), "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3), "npgettext_lazy": ((1, "c"), 2, 3), "Plural": (1, 2),
}  # fmt: skip
HEADER = """\
msgid ""
msgstr ""
"Project-Id-Version: tsuzuki\\n"
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""
Key = tuple[str | None, str]


def wanted(root: Path = SOURCE) -> dict[str, Catalog]:
    """Every marked sentence under `root`, by domain."""
    everything = Catalog()
    for path, text in _sources(root):
        for _, message, _, context in extract(
            "python", io.BytesIO(text.encode()), KEYWORDS, options={"encoding": "utf-8"}
        ):
            if message and message != ("", ""):
                everything.add(message, context=context, locations=[(path.relative_to(root).as_posix(), 1)])
    found = {domain: Catalog() for domain in DOMAINS}
    for message in everything:
        if message.id:
            places = sorted(message.locations)
            of_staff = all(place.startswith(OFFICE_FILES) for place, _ in places)
            found[OFFICE if of_staff else SHOP].add(message.id, context=message.context, locations=places)
    return found


def _sources(root: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(root.rglob("*.py")):
        yield path, path.read_text("utf-8")
    for path in sorted(path for path in root.rglob("templates/**/*") if path.suffix in {".html", ".txt"}):
        # Django turns a template into Python calls among filler; the filler's indentation would stop Python's
        # tokenizer.
        filler = templatize(path.read_text("utf-8"), origin=str(path))
        yield path, "\n".join(line.strip() for line in filler.splitlines())


def po(language: str, domain: str, locales: Path = LOCALES) -> Path:
    return locales / language / "LC_MESSAGES" / f"{domain}.po"


def written(language: str, domain: str, locales: Path = LOCALES) -> Catalog:
    with po(language, domain, locales).open("rb") as file:
        return read_po(file, locale=language)


def sentences(catalog: Catalog) -> dict[Key, Message]:
    return {(message.context, _singular(message)): message for message in catalog if message.id}


def _singular(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def problems(root: Path = SOURCE, locales: Path = LOCALES) -> list[str]:
    """What keeps a language from being complete; empty when nothing does."""
    found, all_needed = [], wanted(root)
    for language, domain in product(LANGUAGES, DOMAINS):
        needed, catalog = sentences(all_needed[domain]), written(language, domain, locales)
        here, name = sentences(catalog), f"{language}/{domain}"
        found += [
            f"{name}: missing: {key[1]!r} ({needed[key].locations[0][0]})"
            for key in needed.keys() - here.keys()
        ]
        found += [f"{name}: obsolete: {key[1]!r}" for key in here.keys() - needed.keys()]
        found += [f"{name}: obsolete, commented out: {one.id!r}" for one in catalog.obsolete.values()]
        for key, message in here.items():
            if key in needed and needed[key].id != message.id:
                found.append(f"{name}: another plural: {key[1]!r}")
            if not all(text.strip() for text in forms(message)):
                found.append(f"{name}: untranslated: {key[1]!r}")
            if message.pluralizable and len(forms(message)) != catalog.num_plurals:
                found.append(f"{name}: {len(forms(message))} of {catalog.num_plurals} forms: {key[1]!r}")
            if message.fuzzy:
                found.append(f"{name}: fuzzy: {key[1]!r}")
    return sorted(found)


def forms(message: Message) -> tuple[str, ...]:
    """The translation, in each form that the language has."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def compiled(language: str, domain: str, locales: Path = LOCALES) -> bytes:
    out = io.BytesIO()
    write_mo(out, written(language, domain, locales))
    return out.getvalue()


def entries(mo: bytes) -> dict[object, str]:
    """What a .mo says, without its header: that one names the Babel which wrote it."""
    read = gettext.GNUTranslations(io.BytesIO(mo))
    return {key: text for key, text in read._catalog.items() if key != ""}  # type: ignore[attr-defined]


def stale(locales: Path = LOCALES) -> list[str]:
    """The .mo that do not say what their .po says."""
    return [
        f"{language}/{domain}"
        for language, domain in product(LANGUAGES, DOMAINS)
        if not (mo := po(language, domain, locales).with_suffix(".mo")).exists()
        or entries(mo.read_bytes()) != entries(compiled(language, domain, locales))
    ]


def compile_all(locales: Path = LOCALES) -> None:
    for language, domain in product(LANGUAGES, DOMAINS):
        mo = po(language, domain, locales).with_suffix(".mo")
        mo.write_bytes(compiled(language, domain, locales))


def add_missing(root: Path = SOURCE, locales: Path = LOCALES) -> None:
    """What is known in the other domain comes along: a sentence moves when somebody else reads it too."""
    all_needed = wanted(root)
    for language in LANGUAGES:
        known = {
            key: message
            for domain in DOMAINS
            for key, message in sentences(written(language, domain, locales)).items()
        }
        for domain in DOMAINS:
            catalog = Catalog(locale=language)
            for key, message in sentences(all_needed[domain]).items():
                there = known.get(key)
                text = there.string if there and there.id == message.id else None
                catalog.add(message.id, text, locations=message.locations, context=message.context)
            write(language, domain, catalog, locales)


def write(language: str, domain: str, catalog: Catalog, locales: Path = LOCALES) -> None:
    """Places without line numbers, and no moments: they would change with every commit."""
    out = io.BytesIO()
    write_po(out, catalog, width=120, include_lineno=False, omit_header=True)
    po(language, domain, locales).write_bytes(HEADER.format(language=language).encode() + out.getvalue())


def main() -> int:
    if "--add" in sys.argv[1:]:
        add_missing()
    compile_all()
    found, counts = problems(), {domain: len(sentences(catalog)) for domain, catalog in wanted().items()}
    said = ", ".join(f"{domain} {count}" for domain, count in counts.items())
    print("\n".join(found) or f"complete in {len(LANGUAGES)} languages and English: {said}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

"""The catalogue of words, held complete. Run: python -m tests.catalogue [--add]

Extracts every marked sentence of src/tsuzuki (Python and templates), says what is missing, obsolete or
untranslated in each language, and compiles the .mo files. `--add` also writes missing sentences into the .po
files, empty, and drops obsolete ones.
"""

import gettext
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

SOURCE = Path(__file__).parent.parent / "src" / "tsuzuki"
LOCALES = SOURCE / "ui" / "locale"
LANGUAGES = ("ja", "zh_Hans")
KEYWORDS = {
    "_": None, "__": None, "N_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2), "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3), "npgettext_lazy": ((1, "c"), 2, 3),
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


def wanted(root: Path = SOURCE) -> Catalog:
    """Every marked sentence under `root`."""
    catalog = Catalog()
    for path, text in _sources(root):
        for _, message, _, context in extract(
            "python", io.BytesIO(text.encode()), KEYWORDS, options={"encoding": "utf-8"}
        ):
            if message and message != ("", ""):
                catalog.add(message, context=context, locations=[(str(path.relative_to(root)), 1)])
    return catalog


def _sources(root: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(root.rglob("*.py")):
        yield path, path.read_text("utf-8")
    for path in sorted(path for path in root.rglob("templates/**/*") if path.suffix in {".html", ".txt"}):
        # Django turns a template into Python calls among filler; the filler's indentation would stop Python's
        # tokenizer.
        filler = templatize(path.read_text("utf-8"), origin=str(path))
        yield path, "\n".join(line.strip() for line in filler.splitlines())


def po(language: str, locales: Path = LOCALES) -> Path:
    return locales / language / "LC_MESSAGES" / "django.po"


def written(language: str, locales: Path = LOCALES) -> Catalog:
    with po(language, locales).open("rb") as file:
        return read_po(file, locale=language)


def sentences(catalog: Catalog) -> dict[Key, Message]:
    return {(message.context, _singular(message)): message for message in catalog if message.id}


def _singular(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def problems(root: Path = SOURCE, locales: Path = LOCALES) -> list[str]:
    """What keeps a language from being complete; empty when nothing does."""
    found, needed = [], sentences(wanted(root))
    for language in LANGUAGES:
        catalog = written(language, locales)
        here = sentences(catalog)
        found += [
            f"{language}: missing: {key[1]!r} ({needed[key].locations[0][0]})"
            for key in needed.keys() - here.keys()
        ]
        found += [f"{language}: obsolete: {key[1]!r}" for key in here.keys() - needed.keys()]
        found += [
            f"{language}: obsolete, commented out: {message.id!r}" for message in catalog.obsolete.values()
        ]
        for key, message in here.items():
            translations = (message.string,) if isinstance(message.string, str) else tuple(message.string)
            if not all(text.strip() for text in translations) or not translations:
                found.append(f"{language}: untranslated: {key[1]!r}")
            if message.fuzzy:
                found.append(f"{language}: fuzzy: {key[1]!r}")
    return sorted(found)


def compiled(language: str, locales: Path = LOCALES) -> bytes:
    out = io.BytesIO()
    write_mo(out, written(language, locales))
    return out.getvalue()


def entries(mo: bytes) -> dict[object, str]:
    """What a .mo says, without its header: that one names the Babel which wrote it."""
    read = gettext.GNUTranslations(io.BytesIO(mo))
    return {key: text for key, text in read._catalog.items() if key != ""}  # type: ignore[attr-defined]


def stale(locales: Path = LOCALES) -> list[str]:
    """Languages whose .mo does not say what the .po says."""
    return [
        language
        for language in LANGUAGES
        if not po(language, locales).with_suffix(".mo").exists()
        or entries(po(language, locales).with_suffix(".mo").read_bytes())
        != entries(compiled(language, locales))
    ]


def compile_all(locales: Path = LOCALES) -> None:
    for language in LANGUAGES:
        po(language, locales).with_suffix(".mo").write_bytes(compiled(language, locales))


def add_missing(root: Path = SOURCE, locales: Path = LOCALES) -> None:
    needed = sentences(wanted(root))
    for language in LANGUAGES:
        catalog = written(language, locales)
        here = sentences(catalog)
        for context, text in here.keys() - needed.keys():
            catalog.delete(text, context)
        catalog.obsolete.clear()
        for key, message in needed.items():
            if key not in here:
                catalog.add(message.id, context=message.context)
        write(language, catalog, locales)


def write(language: str, catalog: Catalog, locales: Path = LOCALES) -> None:
    """Without places and moments, so that a .po changes only where its words do."""
    out = io.BytesIO()
    write_po(out, catalog, width=120, no_location=True, omit_header=True)
    po(language, locales).write_bytes(HEADER.format(language=language).encode() + out.getvalue())


def main() -> int:
    if "--add" in sys.argv[1:]:
        add_missing()
    compile_all()
    found = problems()
    print(
        "\n".join(found)
        or f"complete: {len(sentences(wanted()))} sentences in {len(LANGUAGES)} languages and English"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

"""export: everything this installation knows, in files any program reads: a CSV and a JSON Lines file for
every table, and what their columns are. One moment of all tables together.

Nothing that lets anyone in: no passwords, no second factors, no digests of keys, no code of a voucher, no
address of an order or of a payment page, whatever column it stands in. In CSV, text that a spreadsheet would
run has an apostrophe before it; JSON has it as it is.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import tsuzuki
from tsuzuki.actions.write.spreadsheet import SIGNS

from .orders import Json, actor
from .output import REFUSED, as_json, bar, err, out
from .private_files import private
from .start import boot

if TYPE_CHECKING:
    from django.db.models import Model

APPS = ("records", "ledger")
PAGE = "next"
LEFT_OUT = frozenset({"password", "salt", "recovery", "digest", "old_digest", "token", PAGE})
# The secret part of addresses that open a line, a quote, an order or an invitation, in what was said and
# written; some write a slash in JSON as \/.
ADDRESS = r"(/(?:[rqpb]|join)\\*/)[A-Za-z0-9_.:-]{16,}"
# Where a provider speaks in its own words, any address may open a page, and any value may be one that its
# name says it is.
IN_THEIR_WORDS = frozenset({"body", "answers"})
PATHS = r"(https?:(?:\\*/){2}[^][[:space:]\"'\\/<>?#]+)(?:\\*/|[?#])(?:\\*/|[^][[:space:]\"'\\<>])*"
VALUES = (
    r"(\"[A-Za-z_-]*(?:secret|token|password|passwd|signature)[A-Za-z_-]*\\*\""
    r"[[:space:]]*:[[:space:]]*\\*\")[^\"\\]+"
)


def export(
    folder: Annotated[Path, typer.Argument(help="a folder that is empty or not there yet")],
    json: Json = False,
) -> None:
    """Write every table as CSV and JSON, with the meaning of their columns:
    to move out, or to look into elsewhere.
    """
    boot()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        err.print(f"{folder} is there and not empty.")
        raise typer.Exit(REFUSED)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    from django.utils import timezone

    from tsuzuki.actions.installation.copies import note_export
    from tsuzuki.records.queries import gross_since

    note_export(str(folder), actor(), timezone.now())
    with bar(json) as progress:
        task = progress.add_task("Tables", total=None)
        tables = {}
        for name, about, total in write(folder):
            tables[name] = about
            progress.update(task, advance=1, total=total)
    facts = {
        "version": tsuzuki.__version__,
        "at": timezone.now().isoformat(),
        "revenue_is_gross_since": gross_since(),
        "tables": tables,
    }
    with private(folder / "export.json", "x", "utf-8") as words:
        words.write(_dump(facts))
    if json:
        as_json({"folder": str(folder), "rows": {name: about["rows"] for name, about in tables.items()}})
    else:
        rows = sum(about["rows"] for about in tables.values())
        out.print(f"{folder}: {len(tables)} tables, {rows:,} rows. export.json says what each column is.")


def write(folder: Path) -> Iterator[tuple[str, dict[str, Any], int]]:
    """Each table as it is written: (name, what it is, how many tables there are)."""
    from django.apps import apps
    from django.db import connection, transaction

    models = [model for app in APPS for model in apps.get_app_config(app).get_models() if model._meta.managed]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for model in models:
            columns = [_column(field) for field in model._meta.concrete_fields]
            name = model._meta.db_table
            _copy(
                cursor,
                f"COPY ({_rows(model, _guarded)}) TO STDOUT WITH (FORMAT csv, HEADER)",
                folder / f"{name}.csv",
            )
            # As CSV with a quotation mark and a delimiter that JSON cannot hold, a line comes out as it is.
            plain = r"FORMAT csv, QUOTE E'\001', DELIMITER E'\002'"
            lines = f"SELECT row_to_json(t) FROM ({_rows(model, _harmless)}) t"  # noqa: S608
            count = _copy(cursor, f"COPY ({lines}) TO STDOUT WITH ({plain})", folder / f"{name}.jsonl")
            yield name, {"about": _about(model), "rows": count, "columns": columns}, len(models)


def _rows(model: "type[Model]", said: Callable[[Any], str]) -> str:
    """The question for a table, each column as `said` puts it."""
    kept = ", ".join(
        f'{said(field)} AS "{field.column}"'
        for field in model._meta.concrete_fields
        if not _is_left_out(field)
    )
    return f'SELECT {kept} FROM "{model._meta.db_table}" t ORDER BY t."{model._meta.pk.column}"'  # noqa: S608 (names of our own tables)


def _harmless(field: Any) -> str:
    """Without a secret inside."""
    name, kind = f't."{field.column}"', field.get_internal_type()
    if kind == "JSONField":
        name = f"{name}::text"
    # An answer word for word: what is in it would stand there all the same, in figures.
    elif kind == "BinaryField":
        name = f"convert_from({name}, 'UTF8')"
    elif kind != "TextField":
        return name
    text = _without_pages(field, f"regexp_replace({name}, '{ADDRESS}', '\\1…', 'g')")
    if field.name in IN_THEIR_WORDS:
        for pattern, kept in ((PATHS, "\\1/…"), (VALUES, "\\1…")):
            text = f"regexp_replace({text}, '{pattern.replace(chr(39), chr(39) * 2)}', '{kept}', 'gi')"
    return f"({text})::jsonb" if kind == "JSONField" else text


def _without_pages(field: Any, said: str) -> str:
    r"""Without the payment page the row knows.

    A slash the gateway wrote as \/ has two backslashes in our JSON around what it said.
    """
    if PAGE not in (concrete_field.name for concrete_field in field.model._meta.concrete_fields):
        return said
    page = f"coalesce(t.{PAGE}->>'url', '…')"
    return rf"replace(replace({said}, {page}, '…'), replace({page}, '/', '\\/'), '…')"


def _guarded(field: Any) -> str:
    text = _harmless(field)
    if field.get_internal_type() not in ("CharField", "TextField", "SlugField", "EmailField"):
        return text
    return f"CASE WHEN {text} ~ '^([[:space:]]*[{SIGNS}]|[\\t\\r\\n])' THEN '''' || {text} ELSE {text} END"


def _copy(cursor: Any, question: str, file: Path) -> int:
    with private(file, "xb") as raw, cursor.copy(question) as copy:
        for block in copy:
            raw.write(block)
    return int(cursor.rowcount)


def _column(field: Any) -> dict[str, Any]:
    about: dict[str, Any] = {"name": field.column, "type": field.get_internal_type(), "null": field.null}
    if field.remote_field:
        about["references"] = field.related_model._meta.db_table
    if _is_left_out(field):
        about["left_out"] = True
    return about


def _is_left_out(field: Any) -> bool:
    from tsuzuki.records.models.sealed import SealedField

    return field.name in LEFT_OUT or isinstance(field, SealedField)


def _about(model: "type[Model]") -> str:
    words = " ".join((model.__doc__ or "").split())
    return "" if words.startswith(f"{model.__name__}(") else words


def _dump(facts: Any) -> str:
    import json

    return json.dumps(facts, ensure_ascii=False, indent=1, default=str) + "\n"

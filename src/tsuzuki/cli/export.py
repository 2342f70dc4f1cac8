"""export: everything this installation knows, in files any program reads: a CSV and a JSON Lines file for every table, and what their
columns are. One moment of all tables together. Nothing that lets anyone in: no passwords, no second factors, no digests of keys."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import tsuzuki

from .sell import Json
from .show import REFUSED, as_json, bar, err, out
from .start import boot

if TYPE_CHECKING:
    from django.db.models import Model

APPS = ("records", "ledger")
LEFT_OUT = frozenset({"password", "salt", "recovery", "digest", "old_digest"})


def export(folder: Annotated[Path, typer.Argument(help="a folder that is empty or not there yet")], json: Json = False) -> None:
    """Write every table as CSV and JSON, with the meaning of their columns: to move out, or to look into elsewhere."""
    boot()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        err.print(f"{folder} is there and not empty.")
        raise typer.Exit(REFUSED)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    from django.utils import timezone

    with bar(json) as progress:
        task = progress.add_task("Tables", total=None)
        tables = {}
        for name, about, total in write(folder):
            tables[name] = about
            progress.update(task, advance=1, total=total)
    facts = {"version": tsuzuki.__version__, "at": timezone.now().isoformat(), "tables": tables}
    (folder / "export.json").write_text(_dump(facts), encoding="utf-8")
    if json:
        as_json({"folder": str(folder), "rows": {name: about["rows"] for name, about in tables.items()}})
    else:
        rows = sum(about["rows"] for about in tables.values())
        out.print(f"{folder}: {len(tables)} tables, {rows:,} rows. export.json says what each column is.")


def write(folder: Path) -> Iterator[tuple[str, dict[str, Any], int]]:
    """Each table as it is written: (name, what it is, how many tables there are)."""
    from django.apps import apps
    from django.db import connection, transaction

    models = [model for app in APPS for model in apps.get_app_config(app).get_models()]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for model in models:
            columns = [_column(field) for field in model._meta.concrete_fields]
            kept = ", ".join(f'"{one["name"]}"' for one in columns if not one.get("left_out"))
            rows = f'SELECT {kept} FROM "{model._meta.db_table}" ORDER BY "{model._meta.pk.column}"'  # noqa: S608 (names of our own tables)
            name = model._meta.db_table
            _copy(cursor, f"COPY ({rows}) TO STDOUT WITH (FORMAT csv, HEADER)", folder / f"{name}.csv")
            # As CSV with a quotation mark and a delimiter that JSON cannot hold, a line comes out as it is.
            plain = r"FORMAT csv, QUOTE E'\001', DELIMITER E'\002'"
            lines = f"SELECT row_to_json(t) FROM ({rows}) t"  # noqa: S608
            count = _copy(cursor, f"COPY ({lines}) TO STDOUT WITH ({plain})", folder / f"{name}.jsonl")
            yield name, {"about": _about(model), "rows": count, "columns": columns}, len(models)


def _copy(cursor: Any, question: str, file: Path) -> int:
    with file.open("wb") as raw, cursor.copy(question) as copy:
        for block in copy:
            raw.write(block)
    return int(cursor.rowcount)


def _column(field: Any) -> dict[str, Any]:
    about: dict[str, Any] = {"name": field.column, "type": field.get_internal_type(), "null": field.null}
    if field.remote_field:
        about["references"] = field.related_model._meta.db_table
    if field.name in LEFT_OUT:
        about["left_out"] = True
    return about


def _about(model: "type[Model]") -> str:
    words = " ".join((model.__doc__ or "").split())
    return "" if words.startswith(f"{model.__name__}(") else words


def _dump(facts: Any) -> str:
    import json

    return json.dumps(facts, ensure_ascii=False, indent=1, default=str) + "\n"

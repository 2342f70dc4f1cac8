"""migrate, work, usage, verify, vouchers, import-plans: running the day."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .orders import Json, actor
from .output import REFUSED, as_json, bar, err, money, out, refusals
from .start import boot

if TYPE_CHECKING:  # importable only after boot
    from tsuzuki.actions.order.usage import UsageRecord

# records.work_list.List, importable only after boot.
LISTS = ("by_hand", "unsure", "owed", "incidents", "unpaid")
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]


def migrate(json: Json = False) -> None:
    """Bring the database, and what the search knows of the guide, to this version."""
    boot()
    from django.core.management import call_command
    from django.utils import timezone

    from tsuzuki.actions.catalogue.search import index
    from tsuzuki.actions.installation import secret_mark

    call_command("migrate", verbosity=0 if json else 1)
    index()
    secret_mark.keep(actor(), timezone.now())
    if json:
        as_json({"ok": True})


def accept_secret(json: Json = False) -> None:
    """TSUZUKI_SECRET was replaced under its id: what was made or sealed with the one before is dead.

    Better: tsuzuki secret rotate.
    """
    boot()
    from django.utils import timezone

    from tsuzuki.actions.installation import secret_mark

    changed = secret_mark.keep(actor(), timezone.now(), replace=True)
    as_json({"ok": True, "changed": changed}) if json else out.print(
        "This database lives with the secret as it is now."
    )


def work(
    id: Annotated[str | None, typer.Argument(help="an item of the list")] = None,
    done: Annotated[str | None, typer.Option(help="it was done; the other side's reference")] = None,
    refused: Annotated[str | None, typer.Option(help="it cannot be done; why")] = None,
    take: Annotated[bool, typer.Option("--take", help="I begin: the clock no longer withdraws it")] = False,
    only: Annotated[str | None, typer.Option("--list", help=f"one list alone: {', '.join(LISTS)}")] = None,
    search: Annotated[
        str, typer.Option(help="an order's code, a number or its last digits, a reference")
    ] = "",
    carrier: Annotated[str, typer.Option(help="of this carrier alone")] = "",
    json: Json = False,
) -> None:
    """What waits for people, what is paid for first; with an id, answer it."""
    boot()
    with refusals(json):
        from django.utils import timezone

        from tsuzuki.actions.engine.clock import Clock
        from tsuzuki.actions.order.advance import advance_until_still
        from tsuzuki.actions.work import work_items as actions

        if id is None:
            _list_work(only, search, carrier, json)
            return
        if (done is None) == (refused is None) and not take:
            raise typer.BadParameter("say --done REFERENCE, --refused WHY or --take")
        if take:
            actions.take(id, actor(), timezone.now())
        if done is not None:
            actions.finish(id, done, actor(), timezone.now())
        if refused is not None:
            actions.refuse(id, refused, actor(), timezone.now())
        advance_until_still(Clock.read(), rounds=5)
        as_json({"ok": id}) if json else out.print(f"{id}: noted.")


def _list_work(only: str | None, search: str, carrier: str, json: bool) -> None:
    from tsuzuki.actions.work.work_items import waiting
    from tsuzuki.records.work_list import WorkList

    if only is not None and only not in LISTS:
        raise typer.BadParameter(f"--list is one of {', '.join(LISTS)}")
    work_items = waiting([WorkList(only)] if only else list(WorkList), search, carrier)
    items = [
        {"id": i.id, "kind": i.kind, "since": i.since, "due": i.due, "purchase": i.purchase, **i.facts}
        for i in work_items
    ]
    if json:
        as_json(items)
        return
    if not items:
        out.print("Nothing waits for people.")
    for item in items:
        head = f"{item.pop('kind'):10} {item.pop('purchase'):8} {item.pop('id')}"
        out.print(
            head, "    " + ", ".join(f"{name}: {value}" for name, value in item.items() if value), sep="\n"
        )


def usage(file: File, json: Json = False) -> None:
    """Book usage reports: CSV with the columns record, number, good (data, voice, sms),
    amount, at (ISO 8601 with zone).
    """
    boot()
    with refusals(json):
        from django.utils import timezone

        from tsuzuki.actions.order.usage import report

        records = _records(file, timezone.now())
        booked = seen = overrun = 0
        unknown: list[str] = []
        with bar(json) as progress:
            task = progress.add_task("Usage", total=len(records))
            for start in range(0, len(records), 1000):
                batch = records[start : start + 1000]
                done = report(batch, timezone.now(), actor())
                booked, seen, overrun = booked + done.booked, seen + done.seen, overrun + done.overrun
                unknown += done.unknown
                progress.advance(task, len(batch))
        result = {"booked": booked, "seen": seen, "overrun": overrun, "unknown": unknown}
        as_json(result) if json else out.print(
            f"Booked {booked}, known already {seen}, beyond every allowance {overrun}, numbers "
            f"not ours {len(unknown)}."
        )


def _records(file: Path, now: datetime) -> "list[UsageRecord]":
    """Every row is read before any is booked; the first wrong one refuses the file, with its number."""
    from tsuzuki.actions.order.usage import UsageRecord, check
    from tsuzuki.actions.write import csv_file
    from tsuzuki.core.errors import Code, Refused
    from tsuzuki.core.identifiers import msisdn
    from tsuzuki.core.plan import AllowanceKind

    columns, records = ("record", "number", "good", "amount", "at"), []
    _, rows = csv_file.table(csv_file.read(file), columns, columns)
    for row_number, row in rows:
        try:
            at = datetime.fromisoformat(row["at"])
            record = UsageRecord(
                row["record"],
                msisdn(row["number"]),
                AllowanceKind(csv_file.word(row["good"])),
                int(row["amount"]),
                at,
            )
            records.append(check(record, now))
        except (KeyError, TypeError, ValueError, OverflowError, Refused) as error:
            raise Refused(Code.USAGE_MALFORMED, record=f"row {row_number}") from error
    if not records:
        raise csv_file.unreadable("there is no row in it")
    return records


def verify(json: Json = False) -> None:
    """Prove the books: every yen that came in is somewhere, and the records say the same."""
    boot()
    from django.utils import timezone

    from tsuzuki.actions.money.check_books import check

    proof = check(timezone.now())
    if json:
        as_json(
            {"ok": not proof.faults, "counts": proof.counts, "totals": proof.totals, "faults": proof.faults}
        )
    else:
        for name, count in proof.counts.items():
            out.print(f"  {name:28} {count:>12,}")
        for family, amounts in sorted(proof.totals.items()):
            for currency, minor in amounts.items():
                out.print(f"  {family:28} {money(minor, currency):>16}")
        for fault in proof.faults:
            err.print(f"FAULT {fault}")
        out.print("The books hold." if not proof.faults else f"{len(proof.faults)} faults.")
    if proof.faults:
        raise typer.Exit(REFUSED)


def vouchers(
    amount: Annotated[str, typer.Argument(help="1000 or JPY:1000")], count: int, json: Json = False
) -> None:
    """Make a batch of vouchers; the codes are shown this once."""
    boot()
    with refusals(json):
        from django.utils import timezone

        from tsuzuki.actions.money.vouchers import make_batch
        from tsuzuki.core.money import parse

        currency, _, digits = amount.rpartition(":")
        batch, codes = make_batch(
            parse(digits, (currency or "JPY").upper()), count, timezone.now(), actor=actor()
        )
        if json:
            as_json({"batch": str(batch.id), "expires_at": batch.expires_at, "codes": codes})
        else:
            out.print(*(" ".join(code[i : i + 4] for i in (0, 4, 8, 12)) for code in codes), sep="\n")


def import_plans(file: File, json: Json = False) -> None:
    """Carriers, plans and prices from a YAML file; all or nothing."""
    boot()
    with refusals(json):
        from django.utils import timezone

        from tsuzuki.actions.catalogue.import_plans import import_plans as put
        from tsuzuki.actions.write import csv_file

        report = put(csv_file.decoded(csv_file.read(file)), timezone.now(), actor())
        result = {"carriers": report.carriers, "plans": report.plans, "new_prices": report.new_prices}
        as_json(result) if json else out.print(
            f"{report.carriers} carriers, {report.plans} plans, {report.new_prices} new prices."
        )

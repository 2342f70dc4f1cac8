"""income: revenue and the cost of sales of some days."""

from datetime import datetime, timedelta
from typing import Annotated

import typer

from .orders import Json
from .output import REFUSED, as_json, err, money, out
from .start import boot

ZONE = "Asia/Tokyo"
Day = Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"])]


def income(first: Day, last: Day, json: Json = False) -> None:
    """Revenue, cost of sales and gross profit by plan, from the first to the last day,
    both included, in Tokyo.
    """
    boot()
    from zoneinfo import ZoneInfo

    from tsuzuki.ledger.income import income as of
    from tsuzuki.records.queries import gross_since

    if last < first:
        err.print("The last day is before the first.")
        raise typer.Exit(REFUSED)
    since, until = (moment.replace(tzinfo=ZoneInfo(ZONE)) for moment in (first, last + timedelta(days=1)))
    rows, gross = of(since, until), gross_since()
    net = gross is not None and since < gross
    if json:
        plans = [
            {
                "plan": row.plan,
                "revenue": row.revenue,
                "carriers": row.carriers,
                "commissions": row.commissions,
                "gross_profit": row.gross_profit,
            }
            for row in rows
        ]
        as_json({"since": since, "until": until, "gross_since": gross, "plans": plans})
        return
    out.print(f"{first:%Y-%m-%d} to {last:%Y-%m-%d}, {ZONE}")
    _line("", "revenue", "carriers", "commissions", "gross profit")
    for row in rows:
        _line(
            row.plan,
            *(
                money(cell.minor, cell.currency)
                for cell in (row.revenue, row.carriers, row.commissions, row.gross_profit)
            ),
        )
    if net and gross:
        at = gross.astimezone(ZoneInfo(ZONE))
        out.print(
            f"Revenue earned before {at:%Y-%m-%d %H:%M} is net of the carriers' share, which "
            "stands in no column; after it, gross."
        )


def _line(plan: str, *cells: str) -> None:
    out.print(f"{plan:20}" + "".join(f"{cell:>15}" for cell in cells))

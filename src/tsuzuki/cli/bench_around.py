"""`tsuzuki bench usage` and `tsuzuki bench read`: what goes on beside the road."""

import random
from typing import Annotated, Any

import typer

from .bench_lines import (
    Answers,
    Load,
    Shop,
    fresh_name,
    line_id,
    load,
    medians,
    number_of,
    pgbench,
    serve,
    shop,
)
from .orders import Json
from .output import as_json, bar, out

BATCH = 1000
TRIED = 2000  # different lines asked for in a run
Runs = Annotated[int, typer.Option(min=1, max=99, help="how many times each is measured; told is the median")]
Seconds = Annotated[int, typer.Option(min=1, max=600, help="how long each of them runs")]


def usage(
    lines: Annotated[int, typer.Option(min=BATCH, max=10**6, help="lines there are")] = 100_000,
    runs: Runs = 5,
    seconds: Seconds = 5,
    json: Json = False,
) -> None:
    """Usage records a second, in batches of 1,000: by a command, by the API on one connection, and the bare
    reads and writes by pgbench.
    """
    with shop() as opened, bar(json) as progress:
        task = progress.add_task("Preparing lines", total=2)
        opened.grow(lines)
        serve(opened, workers=1)
        progress.update(task, description="Reporting", advance=1)
        _book(opened)  # the first one prepares
        command, by_api, bare = medians(
            runs,
            lambda: _booked_in(opened, seconds),
            lambda: _by_api(opened, seconds),
            lambda: BATCH * pgbench("bench_usage.sql", 1, seconds, lines=lines),
        )
        progress.advance(task)
    result = {"command": command, "api": by_api, "bare": bare}
    if json:
        as_json(result)
        return
    for name, per_second in result.items():
        out.print(f"  {name:8} {per_second:>10,.0f} records/s   {per_second / bare:4.0%} of bare")


def _booked_in(shop: Shop, seconds: int) -> float:
    import time

    begun, booked = time.perf_counter(), 0
    while (took := time.perf_counter() - begun) < seconds:
        booked += _book(shop)
    return booked / took


def _book(shop: Shop) -> int:
    from django.utils import timezone

    from tsuzuki.actions.order.usage import UsageRecord, report
    from tsuzuki.core.plan import AllowanceKind

    now, name = timezone.now(), fresh_name()
    places = random.choices(range(shop.lines), k=BATCH)  # noqa: S311 (no secret)
    records = [
        UsageRecord(f"{name}-{n}", number_of(place), AllowanceKind.DATA, 1000, now)
        for n, place in enumerate(places)
    ]
    done = report(records, now)
    assert (done.booked, done.overrun) == (BATCH, 0)
    return done.booked


def _by_api(shop: Shop, seconds: int) -> float:
    """More batches are ready than are sent, so that none is sent twice."""
    import msgspec
    from django.utils import timezone

    now = timezone.now().isoformat()
    bodies = []
    for _ in range(seconds * 30):
        name = fresh_name()
        places = random.choices(range(shop.lines), k=BATCH)  # noqa: S311 (no secret)
        records: list[dict[str, Any]] = [
            {"record": f"{name}-{n}", "msisdn": number_of(place), "good": "data", "amount": 1000, "at": now}
            for n, place in enumerate(places)
        ]
        bodies.append(("/api/v1/usage", msgspec.json.encode({"records": records}).decode()))
    headers = {"Authorization": f"Bearer {shop.secret}", "Content-Type": "application/json"}
    answers = load(Load(shop.demo.port, 1, seconds, "POST", headers, bodies))
    assert not answers.refused
    return BATCH * answers.per_second


def read(
    lines: Annotated[
        list[int] | None, typer.Option(min=1, max=10**6, help="lines there are; several in turn")
    ] = None,
    million: Annotated[bool, typer.Option("--million", help="also with 1,000,000 lines")] = False,
    connections: Annotated[int, typer.Option(min=1, max=256)] = 16,
    runs: Runs = 5,
    seconds: Seconds = 5,
    json: Json = False,
) -> None:
    """Answers a second to GET /lines/{id}, by two web processes, and the bare reads by pgbench."""
    counts = sorted({*(lines or (10_000, 100_000)), *([10**6] if million else [])})
    result: dict[str, dict[str, float]] = {}
    with shop() as opened, bar(json) as progress:
        task = progress.add_task("Reading", total=len(counts))
        for count in counts:
            progress.update(task, description=f"{count:,} lines")
            opened.grow(count)
            if not result:
                serve(opened)
            _answered(opened, connections, 1)  # caches and sessions
            result[f"{count:,} lines"] = _measured(opened, connections, runs, seconds)
            progress.advance(task)
    if json:
        as_json(result)
        return
    for name, results in result.items():
        out.print(
            f"  {name:16} {results['api']:>8,.0f} answers/s   {results['api'] / results['bare']:4.0%} of bare"
            f"   p50 {results['p50']:.1f} ms   p99 {results['p99']:.1f} ms"
        )


def _measured(shop: Shop, connections: int, runs: int, seconds: int) -> dict[str, float]:
    p50s: list[float] = []
    p99s: list[float] = []

    def answers() -> float:
        answers = _answered(shop, connections, seconds)
        p50s.append(answers.p50)
        p99s.append(answers.p99)
        return answers.per_second

    import statistics

    api, bare = medians(
        runs,
        answers,
        lambda: pgbench("bench_read.sql", connections, seconds, prepared=True, lines=shop.lines),
    )
    return {"api": api, "p50": statistics.median(p50s), "p99": statistics.median(p99s), "bare": bare}


def _answered(shop: Shop, connections: int, seconds: int) -> Answers:
    places = random.choices(range(shop.lines), k=TRIED)  # noqa: S311 (no secret)
    paths = [(f"/api/v1/lines/{line_id(place)}", "") for place in places]
    answers = load(
        Load(shop.demo.port, connections, seconds, "GET", {"Authorization": f"Bearer {shop.secret}"}, paths)
    )
    assert not answers.refused
    return answers

"""The carriers of the answers: what one names, over what is there of it."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import yaml

from tsuzuki.core.errors import Code, Refused

from .answers import Answers, wrong
from .places import line_of, path_at

if TYPE_CHECKING:  # importable only after boot
    from tsuzuki.records import models

Rows = list[dict[str, Any]]


def merged(found: Answers, zone: str) -> Rows:
    """As a plan file would say them, whole."""
    there = seen()
    return [_over(there.get(str(carrier.get("code")), {"zone": zone}), carrier) for carrier in found.carriers]


def _over(there: Mapping[str, Any], named: Mapping[str, Any]) -> dict[str, Any]:
    both = {**there, **named}
    for name in ("names", "settings"):  # by language, and by setting
        if (
            isinstance(there.get(name), dict)
            and isinstance(named.get(name), dict)
            and there.get("provider") == both.get("provider")
        ):
            both[name] = {**there[name], **named[name]}
    return both


def as_file(row: "models.Carrier") -> dict[str, Any]:
    hours = {
        day: spans if isinstance(spans, str) else [f"{start}-{end}" for start, end in spans]
        for day, spans in row.hours.items()
    }
    more = {"settings": row.settings, "hours": hours}
    return {
        "code": row.code,
        "names": row.names,
        "network": row.network,
        "provider": row.provider,
        "zone": row.zone,
        "refund_after": f"{row.refund_after_seconds} s",
        **{name: value for name, value in more.items() if value},
    }


def put(rows: Rows, text: str, now: datetime, actor: str = "", write: bool = True) -> None:
    """Refused(SETUP_WRONG), by the lines of the answers' own `text` where there is one.

    Without `write`: only look.
    """
    from tsuzuki.actions.catalogue.import_plans import import_plans, parse

    if not rows:
        return
    dumped = yaml.safe_dump({"carriers": rows}, allow_unicode=True, sort_keys=False)
    try:
        if write:
            import_plans(dumped, now, actor)
        else:
            parse(dumped)
    except Refused as why:
        if why.code is not Code.PLAN_FILE_WRONG:
            raise
        raise wrong(_ours(dumped, text, str(why.facts["where"]), str(why.facts["reason"]))) from None


def _ours(dumped: str, text: str, where: str, reason: str) -> str:
    match = re.match(r"line (\d+)(?:, (.*))?", where)
    place = path_at(dumped, int(match[1])) if match else ()
    about = f"{match[2] or 'carriers'}: {reason}" if match else reason
    return f"line {line_of(text, place)}: {about}" if text else about


def seen() -> dict[str, dict[str, Any]]:
    from tsuzuki.records import models

    return {row.code: as_file(row) for row in models.Carrier.objects.all()}


def changes(before: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What of carriers that were there is another now."""
    return [
        f"{code}: {name}: {before[code].get(name, 'nothing')} → {now.get(name, 'nothing')}"
        for code, now in seen().items()
        if code in before
        for name in now.keys() | before[code].keys()
        if before[code].get(name) != now.get(name)
    ]

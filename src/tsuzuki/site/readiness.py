"""Whether this installation may do business.

Outside sandbox mode not before everything is said that the law wants said.
"""

from django.conf import settings
from django.db import ProgrammingError, connection, connections

from tsuzuki.records import queries
from tsuzuki.ui.languages import SHIPPED

_MISSING = (
    "tsuzuki does not start outside sandbox mode: Japan's Act on Specified Commercial Transactions wants "
    "these on its pages, and they are not written yet: {gaps}. Write them with `tsuzuki init --answers "
    "FILE`, or start with TSUZUKI_SANDBOX=1 and write them in the office."
)


def why_closed() -> str:
    """What to tell whoever starts a process; empty: it may start."""
    if settings.SANDBOX:
        return ""
    try:
        gaps = queries.brand().missing(SHIPPED)
    except ProgrammingError:
        return "The database has no tables of this version yet. Run: tsuzuki migrate"
    return _MISSING.format(gaps=", ".join(gaps)) if gaps else ""


def limit_sessions(limits: str) -> None:
    """Every session this process opens from now on keeps to these.

    What stands in DATABASE_URL itself wins.
    """
    connection.close()
    options = connections.settings["default"]["OPTIONS"]
    options["options"] = options["options"].replace(settings.COMMANDS, limits)

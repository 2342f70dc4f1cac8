"""The command line: `tsuzuki --help`."""

import typer

import tsuzuki

from . import migration, operations, orders
from .accounts import ACCOUNT, KEY
from .backup import backup, restore
from .bench import BENCH
from .demo.run import demo
from .doctor.run import doctor
from .export import export
from .guide import GUIDE
from .income import income
from .init.run import init
from .output import as_json
from .saved import SAVED
from .secret import SECRET
from .staff import STAFF
from .tariffs import import_tariffs

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="tsuzuki renews mobile lines.",
)
for command in (
    orders.quote,
    orders.link,
    orders.renew,
    orders.order,
    operations.work,
    operations.usage,
    operations.verify,
    operations.vouchers,
):
    app.command()(command)
app.command("new-link")(orders.new_link)
app.command("import-plans")(operations.import_plans)
app.command("import-lines")(migration.import_lines)
app.command("import-tariffs")(import_tariffs)
app.command("compare-lines")(migration.compare_lines)
app.command()(migration.pilot)
app.command()(operations.migrate)
app.command("accept-secret")(operations.accept_secret)
app.command()(init)
app.command()(doctor)
app.command()(backup)
app.command()(restore)
app.command()(export)
app.command()(income)
app.command()(demo)
app.add_typer(BENCH, name="bench")
app.add_typer(GUIDE, name="guide")
app.add_typer(KEY, name="api-key")
app.add_typer(SAVED, name="saved")
app.add_typer(ACCOUNT, name="account")
app.add_typer(STAFF, name="staff")
app.add_typer(SECRET, name="secret")


@app.command()
def version(json: orders.Json = False) -> None:
    """The version, read from the changelog when the package was built."""
    as_json({"version": tsuzuki.__version__}) if json else typer.echo(tsuzuki.__version__)

"""The command line: `tsuzuki --help`."""

import typer

import tsuzuki

from . import moving, operate, sell
from .backup import backup, restore
from .bench import BENCH
from .demo.run import demo
from .doctor.run import doctor
from .export import export
from .guide import GUIDE
from .income import income
from .init.run import init
from .programs import ACCOUNT, KEY
from .saved import SAVED
from .secret import SECRET
from .show import as_json
from .staff import STAFF
from .tariffs import import_tariffs

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="tsuzuki renews mobile lines.",
)
for command in (
    sell.quote,
    sell.link,
    sell.renew,
    sell.order,
    operate.work,
    operate.usage,
    operate.verify,
    operate.vouchers,
):
    app.command()(command)
app.command("new-link")(sell.new_link)
app.command("import-plans")(operate.import_plans)
app.command("import-lines")(moving.import_lines)
app.command("import-tariffs")(import_tariffs)
app.command("compare-lines")(moving.compare_lines)
app.command()(moving.pilot)
app.command()(operate.migrate)
app.command("accept-secret")(operate.accept_secret)
app.command()(init)
app.command()(doctor)
app.command()(backup)
app.command()(restore)
app.command()(export)
app.command()(income)
app.command()(demo)
app.add_typer(BENCH, name="bench")
app.add_typer(GUIDE, name="guide")
app.add_typer(KEY, name="key")
app.add_typer(SAVED, name="saved")
app.add_typer(ACCOUNT, name="account")
app.add_typer(STAFF, name="staff")
app.add_typer(SECRET, name="secret")


@app.command()
def version(json: sell.Json = False) -> None:
    """The version, read from the changelog when the package was built."""
    as_json({"version": tsuzuki.__version__}) if json else typer.echo(tsuzuki.__version__)

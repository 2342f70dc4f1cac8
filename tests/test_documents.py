"""What the documents say of settings and files is what the code reads."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "tsuzuki"
NAME = re.compile(r"\b(?:TSUZUKI_[A-Z0-9_]*[A-Z0-9]|DATABASE_URL|GRANIAN_[A-Z_]+[A-Z])\b")


def example(marked: str) -> str:
    """The block of docs/setup.md that begins with this comment."""
    found = re.findall(
        r"```yaml\n# (\w+)\n(.*?)```", (ROOT / "docs" / "setup.md").read_text(encoding="utf-8"), re.DOTALL
    )
    return dict(found)[marked]


def test_every_setting_is_listed_and_none_that_nobody_reads():
    code = {name for path in SOURCE.rglob("*.py") for name in NAME.findall(path.read_text(encoding="utf-8"))}
    # Beginnings, and an example.
    code -= {"TSUZUKI_SMTP", "TSUZUKI_SFTP", "TSUZUKI_STRIPE_KEY", "DATABASE_URL"}
    code -= {"TSUZUKI_GUIDE_ALONE"}  # one process of ours tells itself
    code |= {"TSUZUKI_SMTP_USER", "DATABASE_URL"}
    told = set(NAME.findall((ROOT / "docs" / "settings.md").read_text(encoding="utf-8"))) - {"TSUZUKI_SFTP"}
    both = {name.removesuffix("_FILE") for name in told}
    assert code - told == set()
    assert {name.removesuffix("_FILE") for name in both} - {
        name.removesuffix("_FILE") for name in code
    } == set()


def test_the_answers_are_ones(tmp_path):
    from tsuzuki.cli.init.answers import Answers, read

    file = tmp_path / "answers.yaml"
    file.write_text(example("answers"), encoding="utf-8")
    found = read(file)
    assert found.as_brand(tmp_path, None).name == "Hikari Mobile"
    shown = set(re.findall(r"(?m)^(?:# )?(\w+):", example("answers")))
    assert shown == set(Answers.__struct_fields__)


def test_the_plans_are_ones(database):
    from tsuzuki.actions.catalogue.import_plans import parse
    from tsuzuki.core.plan import Stacking, Start, Validity
    from tsuzuki.core.tax import TaxRule

    carriers, plans = parse(example("plans"))
    assert ([one.code for one in carriers], [one.code for one in plans]) == (
        ["docomo-line"],
        ["data-3gb", "credit-3000"],
    )
    text = (ROOT / "docs" / "setup.md").read_text(encoding="utf-8")
    for words in (Validity, Start, Stacking, TaxRule):
        for word in words:
            assert re.search(rf"\b{word.value}\b", text), word


def test_the_files_of_a_carrier_are_ones(tmp_path):
    from tsuzuki.carriers import registry
    from tsuzuki.carriers.csvbatch import PROVIDER
    from tsuzuki.carriers.csvbatch.layout import BACK, FROM

    settings = yaml.safe_load(example("csvbatch"))
    registry.load("csvbatch", {"TSUZUKI_SFTP_DOCOMO": "x"}, settings | {"folder": str(tmp_path)})
    assert set(settings) | {"sftp_key", "portal"} == set(PROVIDER.settings)
    assert set(FROM) <= set(re.findall(r"\w+", example("csvbatch")))
    assert set(settings["template"]["back"]["columns"]) == set(BACK)

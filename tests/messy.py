"""An old system's export as it really comes: a workbook with titles above the header, text where numbers
should be and the other way round, four ways to write a date, doubled lines, plans nobody sells any more. What
each row must become is known beforehand.
"""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from stdnum import luhn

AS_OF = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)  # midnight in Tokyo, the 22nd begins
TODAY = date(2026, 11, 22)
HEADERS = [
    "管理No", "電話番号", "ICCID\n(SIM)", "SIM種別", "料金プラン", "有効期限", "残データ(MB)", "残高（円）",
    "残高期限", "前受金", "メール", "備考",
]  # fmt: skip
MAP = """
sheet: 契約一覧
header: 4
credit_plan: credit-open
columns:
  number: 電話番号
  iccid: ICCID (SIM)
  carrier: {constant: hand}
  sim: {column: SIM種別, values: {物理SIM: physical, ナノ: physical, eSIM: esim}}
  language: {constant: ja}
  email: メール
  plan: {column: 料金プラン, values: {3ギガ30日: data-3gb, 20ギガ30日: data-20gb, 旧プラン: data-3gb}}
  ends: {column: 有効期限, date: ["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y/%m/%d %H:%M"]}
  data_left: {column: 残データ(MB), unit: MB}
  credit: 残高（円）
  credit_until: 残高期限
  paid: 前受金
"""


KINDS = (
    "lost_zero",
    "number",
    "iccid",
    "spreadsheet",
    "unknown_value",
    "plan",
    "date",
    "amount",
    "needs",
    "over",
    "email",
    "missing",
    "doubled",
)


@dataclass
class Truth:
    """Reasons by row; and what must have come along."""

    rows: int = 0
    bad: dict[int, str] = field(default_factory=dict)
    good: int = 0
    credit: int = 0
    paid: int = 0
    megabytes: int = 0
    periods: int = 0
    ended: int = 0


def iccid(n: int) -> str:
    body = f"898199{n:012d}"
    return body + luhn.calc_check_digit(body)


def _date(chance: random.Random, day: date) -> object:
    return chance.choice(
        [
            datetime(day.year, day.month, day.day),
            f"{day:%Y/%m/%d}",
            f"{day:%Y年%m月%d日}",
            f"{day:%Y-%m-%d}",
            f"{day:%Y/%m/%d} 23:59",
        ]
    )


def _amount(chance: random.Random, amount: int) -> object:
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in str(amount))
    return chance.choice([amount, float(amount), str(amount), f"{amount:,}", f"{amount:,}円", wide])


def _number(chance: random.Random, n: int) -> str:
    digits = f"070{n + 10_000_000:08d}"
    return chance.choice(
        [
            digits,
            f"{digits[:3]}-{digits[3:7]}-{digits[7:]}",
            "+81" + digits[1:],
            f"+81 {digits[1:3]} {digits[3:7]} {digits[7:]}",
            "".join(chr(ord(c) + 0xFEE0) for c in digits),
            "'" + digits,
            f"（{digits[:3]}）{digits[3:7]}-{digits[7:]}",
        ]
    )


class Maker:
    def __init__(self, seed: int) -> None:
        self.chance, self.truth, self._doubles = random.Random(seed), Truth(), 0

    def cells(self, row: int, n: int) -> list[list[object]]:
        """One line of the old system: mostly one row, sometimes two that contradict each other."""
        chance = self.chance
        ends = TODAY + timedelta(days=chance.randint(-20, 60))
        megabytes, paid = chance.randint(0, 20_000), chance.choice([0, 0, 455, 1230])
        credit = chance.choice([0, 0, 300, 1980, 5000])
        cells: list[object] = [
            n,
            _number(chance, n),
            iccid(n),
            chance.choice(["物理SIM", "eSIM", "ナノ", " eSIM "]),
            chance.choice(["3ギガ30日", "20ギガ30日", "旧プラン"]),
            _date(chance, ends),
            _amount(chance, megabytes) if megabytes else chance.choice([0, "", "－"]),
            _amount(chance, credit) if credit else "",
            _date(chance, TODAY + timedelta(days=chance.randint(1, 170))) if credit else "",
            _amount(chance, paid) if paid else "なし",
            chance.choice(["", f"holder-{n}@example.com"]),
            chance.choice(["", "要確認", "解約予定\n電話済み"]),
        ]
        if chance.random() < 0.06:
            return self._spoil(row, n, cells, credit)
        over = ends < TODAY
        self._good(credit, 0 if over else paid, 0 if over else megabytes, over)
        return [cells]

    def _good(self, credit: int, paid: int, megabytes: int, over: bool) -> None:
        truth = self.truth
        truth.good += 1
        truth.credit += credit
        truth.paid += paid
        truth.megabytes += megabytes
        truth.periods += not over
        truth.ended += over

    def _spoil(self, row: int, n: int, cells: list[object], credit: int) -> list[list[object]]:
        kind = self.chance.choice(KINDS)
        bad = self.truth.bad
        bad[row] = kind
        match kind:
            case "lost_zero":
                cells[1] = float(f"70{n + 10_000_000:08d}")
            case "number":
                cells[1] = "調査中"
            case "iccid":
                cells[2] = iccid(n)[:-4]
            case "spreadsheet":
                cells[2] = "8.98199E+18"
            case "unknown_value":
                cells[3] = "?"
            case "plan":
                cells[4], cells[5] = "", f"{TODAY + timedelta(days=5):%Y/%m/%d}"
            case "date":
                cells[5] = "2026年2月30日"
            case "amount":
                cells[6] = -5
            case "needs":
                cells[7], cells[8] = 500, ""
            case "over":
                cells[7], cells[8] = 500, "2026/11/01"
            case "email":
                cells[10] = "holder at example"
            case "missing":
                cells[1] = ""
            case "doubled":
                other = list(cells)
                other[6] = 77 if cells[6] != 77 else 78
                bad[row + 1] = kind
                return [cells, other]
        return [cells]


def rows(how_many: int, seed: int = 1) -> tuple[list[list[object]], Truth]:
    maker, made = Maker(seed), list[list[object]]()
    first, n = 5, 0
    while len(made) < how_many:
        n += 1
        made += maker.cells(first + len(made), n)
    maker.truth.rows = len(made)
    return made, maker.truth


def workbook(file: Path, how_many: int, seed: int = 1) -> Truth:
    import xlsxwriter

    made, truth = rows(how_many, seed)
    with xlsxwriter.Workbook(str(file), {"constant_memory": True}) as book:
        book.add_worksheet("表紙").write(0, 0, "このファイルについて")
        sheet = book.add_worksheet("契約一覧")
        day = book.add_format({"num_format": "yyyy/mm/dd"})
        sheet.write(1, 0, "契約一覧（社外秘）")  # nothing in the first row: it counts all the same
        sheet.write(1, 2, "出力日 2026/11/22")
        for column, name in enumerate(HEADERS):
            sheet.write(3, column, name)
        for row, cells in enumerate(made, 4):
            for column, cell in enumerate(cells):
                if isinstance(cell, datetime):
                    sheet.write_datetime(row, column, cell, day)
                elif isinstance(cell, int | float):
                    sheet.write_number(row, column, cell)
                else:
                    sheet.write_string(row, column, str(cell))
    return truth


def as_csv(file: Path, how_many: int, encoding: str, delimiter: str = ",", seed: int = 1) -> Truth:
    made, truth = rows(how_many, seed)
    with file.open("w", encoding=encoding, newline="", errors="strict") as raw:
        sheet = csv.writer(raw, delimiter=delimiter)
        sheet.writerows([["契約一覧"], [], ["出力日"], HEADERS])
        for cells in made:
            sheet.writerow([f"{cell:%Y/%m/%d}" if isinstance(cell, datetime) else cell for cell in cells])
    return truth

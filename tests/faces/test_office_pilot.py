# ruff: noqa: F811 (a test names the fixture it asks for)
"""Lines that move in and out: who may renew here already, and a line that is closed."""

from __future__ import annotations

from tests import cast
from tests.faces import desk
from tests.faces.test_office_forms import done, now, office, refused  # noqa: F401 (fixtures)

PAGE = "/office/pilot/"


def held() -> set:
    from tsuzuki.records.models import Line

    return set(Line.objects.filter(held_back=True).values_list("id", flat=True))


def acts() -> list[str]:
    from tsuzuki.records.models import AuditEntry

    return list(AuditEntry.objects.filter(actor="staff owner").order_by("id").values_list("act", flat=True))


def numbers(lines) -> list[str]:
    """As people in the country write them."""
    from tsuzuki.records import queries

    found = queries.numbers_of(lines)
    return ["0" + found[line].removeprefix("+81") for line in lines]


def wide(text: str) -> str:
    return "".join(chr(ord(one) + 0xFEE0) for one in text)


def test_a_pilot_from_its_beginning_to_its_end(office, now):
    lines = cast.lines(3)
    first, second, _ = numbers(lines)
    assert "Everybody may renew here" in desk.text(office.get(PAGE))
    refused(desk.post(office, PAGE, "hold_all_back"), "required")
    assert held() == set()
    done(desk.post(office, PAGE, "hold_all_back", sure="on"))
    assert held() == set(lines)
    page = desk.text(office.get(PAGE))
    assert "A pilot is running" in page
    assert "Nobody yet." in page

    wrong = desk.post(office, PAGE, "let_in", numbers=f"{first}\nhello\n07099998888")
    refused(wrong, "hello: That does not look like a phone number.")
    assert "07099998888: We do not serve this number." in desk.text(wrong)
    assert held() == set(lines)  # the good one neither

    typed = f"{wide(first)}\r\n\r\n {second[:3]} {second[3:7]} {second[7:]} , {first}"
    done(desk.post(office, PAGE, "let_in", numbers=typed))
    page = office.get(PAGE)
    assert "Lines changed: 2." in desk.text(page)
    assert held() == {lines[2]}
    assert f"/office/lines/{lines[0]}/" in page.content.decode()
    assert f"/office/lines/{lines[2]}/" not in page.content.decode()
    done(desk.post(office, PAGE, "hold_back", numbers=second))
    assert held() == {lines[1], lines[2]}

    refused(desk.post(office, PAGE, "open_to_all"), "required")
    done(desk.post(office, PAGE, "open_to_all", sure="on"))
    assert held() == set()
    assert "Everybody may renew here" in desk.text(office.get(PAGE))
    assert acts() == ["signed_in", "lines_held_back", "lines_let_in", "lines_held_back", "lines_let_in"]


def test_an_address_longer_than_the_table_holds_is_refused_not_cut(office, now):
    from tsuzuki.records.models import Line

    line = cast.line(now=now)
    before = Line.objects.get(id=line).email
    refused(
        desk.post(office, f"/office/lines/{line}/", "letters", email="a" * 250 + "@example.com"),
        "at most 254 characters",
    )
    assert Line.objects.get(id=line).email == before


def test_letters_about_a_line_go_only_where_they_can(office, now):
    from tsuzuki.records.models import Line

    line = cast.line(now=now)
    for typed in ('"a@b"@example.com', "user@[127.0.0.1]", "a@localhost", "a..b@b.co"):
        refused(
            desk.post(office, f"/office/lines/{line}/", "letters", email=typed),
            "That is not an e-mail address",
        )
    assert (
        desk.post(
            office, f"/office/lines/{line}/", "letters", email='"docomo..user."@docomo.ne.jp'
        ).status_code
        == 302
    )
    assert Line.objects.get(id=line).email == "docomo..user.@docomo.ne.jp"
    assert desk.post(office, f"/office/lines/{line}/", "letters", email="a@faß.de").status_code == 302
    assert Line.objects.get(id=line).email == "a@xn--fa-hia.de"


def test_a_line_is_closed_for_good(office, now):
    """With its eyes open: what is lost is said, and a box is ticked."""
    from tsuzuki.records.models import Line, Number

    line = cast.line("hand", now=now)
    (number,) = numbers([line])
    cast.give_credit(line, 3000, now)
    page = f"/office/lines/{line}/"
    assert "Lost with it: Credit JPY 3,000." in desk.text(office.get(page))
    refused(desk.post(office, page, "close"), "required")
    assert Line.objects.get(id=line).closed_at is None
    done(desk.post(office, page, "close", sure="on"))
    assert Line.objects.get(id=line).closed_at is not None
    assert not Number.objects.filter(line=line, until=None).exists()
    assert acts()[-1] == "line_closed"
    assert desk.forms_of(office.get(page).content.decode()) == []
    refused(desk.post(office, PAGE, "hold_back", numbers=number), "We do not serve this number.")


def test_what_is_paid_and_at_the_carrier_is_not_nothing(office, now):
    line = cast.line("hand", now=now)
    cast.buy(line, "data-3gb", cast.voucher(990, now), now=now)
    cast.go(now)
    assert "Paid and not delivered yet, so it is refunded: data-3gb." in desk.text(
        office.get(f"/office/lines/{line}/")
    )

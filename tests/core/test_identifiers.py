"""Numbers as people, phones, spreadsheets and suppliers write them."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.identifiers import (
    ActivationCode,
    Iccid,
    activation_code,
    eid,
    iccid,
    imsi,
    mask_email,
    mask_iccid,
    mask_msisdn,
    msisdn,
    voucher_code,
    voucher_from,
)

HYPHENS = "-‐‑‒–—―−－ー─﹣"


def refused(read: Callable[[str], object], text: str) -> Refused:
    with pytest.raises(Refused) as caught:
        read(text)
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        "09012345678",
        "090-1234-5678",
        " 090 1234 5678\n",
        "(090)1234-5678",
        "０９０−１２３４−５６７８",
        "090　1234　5678",
        "090ー1234ー5678",
        "+81 (0)90-1234-5678",
        "+81 90 1234 5678",
        "＋８１９０１２３４５６７８",
        "+8109012345678",
        "819012345678",
        "81-90-1234-5678",
        "0081 90 1234 5678",
        "010 81 90 1234 5678",
        "\u202a+81 90\u20111234\u20115678\u202c",
        "090\u200b12345678",
        "٠٩٠١٢٣٤٥٦٧٨",
    ],
)
def test_a_japanese_mobile_number_however_written(text: str) -> None:
    assert msisdn(text) == "+819012345678"


@pytest.mark.parametrize("hyphen", HYPHENS)
def test_every_hyphen(hyphen: str) -> None:
    assert msisdn(hyphen.join(("090", "1234", "5678"))) == "+819012345678"
    assert voucher_code(hyphen.join(("4111", "1111", "1111", "1111"))) == "4111111111111111"


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("020-1234-5678", "JP", "+812012345678"),  # M2M, 11 digits
        ("0200-12345-67890", "JP", "+812001234567890"),  # M2M, 14 digits
        ("080-1234-5678", "JP", "+818012345678"),
        ("070-1234-5678", "JP", "+817012345678"),
        ("03-1234-5678", "JP", "+81312345678"),
        ("+86 138 0013 8000", "JP", "+8613800138000"),
        ("0086 138 0013 8000", "JP", "+8613800138000"),
        ("138 0013 8000", "CN", "+8613800138000"),
        ("(415) 555-2671", "US", "+14155552671"),
    ],
)
def test_other_numbers(text: str, region: str, number: str) -> None:
    assert msisdn(text, region) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "+",
        "110",
        "0901234567",
        "090123456789",
        "0200123456789",
        "020012345678901",
        "13800138000",
        "+81",
        "+0",
        "tel:09012345678",
        "my number is 090-1234-5678",
        "090-1234-5678 ext 5",
        "090-1234-5678;5",
        "090-1234-567a",
        "0９０-1234-56七8",
        "090-1234-5678, 080-1234-5678",
        "+81+9012345678",
        "8.19012E+11",
        "0" * 60,
        "1" * 5000,
    ],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    no = refused(msisdn, text)
    assert no.code is Code.NUMBER_MALFORMED
    assert no.facts == {"text": text[:24]}


@given(st.text(max_size=40))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    try:
        found = msisdn(text)
    except Refused as no:
        found = str(no)
    assert found == Code.NUMBER_MALFORMED or (
        found.startswith("+") and found[1:].isdecimal() and msisdn(found) == found
    )


GOOD_ICCID = "8981100012345678905"  # 18 digits and their Luhn digit


@pytest.mark.parametrize(
    "text",
    [
        "8981100012345678905",
        "8981100012345678905F",
        "8981100012345678905f",
        "8981 1000 1234 5678 905",
        "８９８１１０００１２３４５６７８９０５",
        "8981-1000-1234-5678-905F",
    ],
)
def test_an_iccid_with_and_without_its_pad_is_one(text: str) -> None:
    assert iccid(text) == Iccid(GOOD_ICCID, True)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("8981100012345678901F", "8981100012345678901"),
        ("898110001234567890FF", "898110001234567890"),
        ("89811000123456789012", "89811000123456789012"),
    ],
)
def test_a_failing_luhn_digit_only_warns(text: str, digits: str) -> None:
    assert iccid(text) == Iccid(digits, False)


@given(st.text("0123456789", min_size=16, max_size=17))
def test_every_computed_iccid_checks(body: str) -> None:
    digits = "89" + body + luhn.calc_check_digit("89" + body)
    assert iccid(digits) == Iccid(digits, True)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("8.98E+18", "spreadsheet"),
        ("8,98E+18", "spreadsheet"),
        ("8.98e18", "spreadsheet"),
        ("898E+16", "spreadsheet"),
        ("8981100012345678905.0", "spreadsheet"),
        ("7981100012345678909", "prefix"),
        ("89811000123456789", "form"),
        ("898110001234567890512", "form"),
        ("8981100012345678905FF", "form"),
        ("89811F00012345678909", "form"),
        ("ICCID 8981100012345678905", "form"),
        ("", "form"),
        ("89８" * 40, "form"),
    ],
)
def test_what_is_no_iccid_is_refused(text: str, reason: str) -> None:
    no = refused(iccid, text)
    assert (no.code, no.facts) == (Code.ICCID_MALFORMED, {"text": text[:24], "reason": reason})


GOOD_EID = "89049032123451234512345678901235"  # pySim's test vector


def test_an_eid_has_its_check_digits() -> None:
    assert (
        eid(GOOD_EID)
        == eid("8904 9032 1234 5123 4512 3456 7890 1235")
        == eid("８９" + GOOD_EID[2:])
        == GOOD_EID
    )
    assert eid("89882119900000000000000000001654") == "89882119900000000000000000001654"
    wrong = {
        GOOD_EID[:-1] + "4": "check_digits",
        GOOD_EID[:-1]: "form",
        GOOD_EID + "0": "form",
        "8.9E+31": "spreadsheet",
        "": "form",
    }
    for text, reason in wrong.items():
        no = refused(eid, text)
        assert (no.code, no.facts["reason"]) == (Code.EID_MALFORMED, reason)


@given(st.text("0123456789", min_size=30, max_size=30), st.integers(0, 31), st.integers(1, 9))
def test_one_wrong_digit_of_an_eid_is_always_seen(body: str, where: int, shift: int) -> None:
    good = body + f"{98 - int(body) * 100 % 97:02}"
    assert eid(good) == good
    wrong = good[:where] + str((int(good[where]) + shift) % 10) + good[where + 1 :]
    assert refused(eid, wrong).facts["reason"] == "check_digits"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("440101234567890", ("440", "10", "1234567890")),  # docomo
        ("440 51 1234567890", ("440", "51", "1234567890")),  # au
        ("441201234567890", ("441", "201", "234567890")),  # in the table
        ("441001234567890", ("441", "001", "234567890")),  # not in it: stdnum's info() fails here
        ("460001234567890", ("460", "00", "1234567890")),  # China Mobile
        ("310150123456789", ("310", "150", "123456789")),  # AT&T
        ("000111234567890", ("000", "11", "1234567890")),  # nobody's
        ("44010123456789", ("440", "10", "123456789")),
    ],
)
def test_an_imsi_is_divided_by_the_networks_table(text: str, parts: tuple[str, str, str]) -> None:
    assert imsi(text) == parts
    assert imsi(text).mnc == parts[1]


@pytest.mark.parametrize("text", ["", "4401012345678", "4401012345678901", "44010123456789x", "4.40E+14"])
def test_what_is_no_imsi_is_refused(text: str) -> None:
    assert refused(imsi, text).code is Code.IMSI_MALFORMED


MATCHING = "04386-AGYFT-A74Y8-3F815"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"LPA:1$SMDP.GSMA.COM${MATCHING}", ActivationCode("SMDP.GSMA.COM", MATCHING)),
        (f" lpa:1$SMDP.GSMA.COM${MATCHING}\n", ActivationCode("SMDP.GSMA.COM", MATCHING)),
        (f"1$SMDP.GSMA.COM${MATCHING}$$1", ActivationCode("SMDP.GSMA.COM", MATCHING, "", True)),
        (
            f"1$SMDP.GSMA.COM${MATCHING}$1.3.6.1.4.1.31746$1",
            ActivationCode("SMDP.GSMA.COM", MATCHING, "1.3.6.1.4.1.31746", True),
        ),
        ("1$SMDP.GSMA.COM$$1.3.6.1.4.1.31746", ActivationCode("SMDP.GSMA.COM", "", "1.3.6.1.4.1.31746")),
        (
            "LPA:1$smdp.example.com$abc-1$$1$more$fields",
            ActivationCode("smdp.example.com", "abc-1", "", True),
        ),
        ("ＬＰＡ：１＄smdp.example.com＄ABC", ActivationCode("smdp.example.com", "ABC")),
    ],
)
def test_activation_codes_of_the_specification(text: str, code: ActivationCode) -> None:
    assert activation_code(text) == code
    assert activation_code(code.text()) == code


def test_an_activation_code_is_written_for_a_qr() -> None:
    assert ActivationCode("smdp.example.com", "ABC").text() == "LPA:1$smdp.example.com$ABC"
    assert ActivationCode("smdp.example.com", "ABC", "", True).text() == "LPA:1$smdp.example.com$ABC$$1"
    assert (
        ActivationCode("smdp.example.com", "ABC", "1.3.6", False).text() == "LPA:1$smdp.example.com$ABC$1.3.6"
    )
    assert activation_code(ActivationCode("smdp.example.com", "").text()) == ActivationCode(
        "smdp.example.com", ""
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "form"),
        ("https://example.com/?q=SECRET", "form"),
        ("LPA:1$smdp.example.com", "form"),
        ("LPA:2$smdp.example.com$SECRET", "version"),
        ("LPA:1$$SECRET", "host"),
        ("LPA:1$smdp_x.example.com$SECRET", "host"),
        ("LPA:1$-x.example.com$SECRET", "host"),
        ("LPA:1$smdp.example.com$SECRET_1", "form"),
        ("LPA:1$smdp.example.com$SECRET 1", "form"),
        ("LPA:1$smdp.example.com$SECRET$x", "form"),
        ("LPA:1$smdp.example.com$SECRET$$2", "form"),
        ("LPA:1$smdp.example.com$" + "SECRET" * 50, "form"),
    ],
)
def test_what_is_no_activation_code_is_refused_without_quoting_it(text: str, reason: str) -> None:
    no = refused(activation_code, text)
    assert (no.code, no.facts) == (Code.ACTIVATION_CODE_MALFORMED, {"reason": reason})
    assert "SECRET" not in repr(no)


def test_the_matching_id_is_in_no_repr() -> None:
    code = activation_code(f"LPA:1$smdp.example.com${MATCHING}")
    assert "smdp.example.com" in repr(code)
    for shown in (repr(code), str(code), f"{code}", repr([code])):
        assert "AGYFT" not in shown


@given(st.text("0123456789", min_size=15, max_size=15), st.integers(0, 15), st.integers(1, 9))
def test_vouchers_round_trip_and_show_one_wrong_digit(body: str, where: int, shift: int) -> None:
    code = voucher_from(body)
    assert voucher_code(" ".join((code[:4], code[4:8], code[8:12], code[12:]))) == code
    assert code[:15] == body
    wrong = code[:where] + str((int(code[where]) + shift) % 10) + code[where + 1 :]
    no = refused(voucher_code, wrong)
    assert (no.code, no.facts) == (Code.VOUCHER_MALFORMED, {"reason": "check_digit"})


@pytest.mark.parametrize(
    "text", ["", "411111111111111", "41111111111111111", "4111 1111 1111 111x", "code 4111111111111111"]
)
def test_what_is_no_voucher_is_refused_without_quoting_it(text: str) -> None:
    no = refused(voucher_code, text)
    assert (no.code, no.facts) == (Code.VOUCHER_MALFORMED, {"reason": "form"})


def test_a_voucher_is_made_from_fifteen_digits() -> None:
    assert voucher_from("411111111111111") == "4111111111111111"
    for text in ("41111111111111", "4111111111111111", "41111111111111x", "٤11111111111111"):
        with pytest.raises(ValueError, match="fifteen"):
            voucher_from(text)


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+819012345678", "+81 90-****-5678"),
        ("+8613800138000", "+86 138 **** 8000"),
        ("+14155552671", "+1 415-***-2671"),
        ("+812001234567890", "+81 200******7890"),
        ("+4712345678", "+47 1***5678"),
        ("+2904123", "+290 ****"),
        ("not a number", "****"),
        ("", "****"),
    ],
)
def test_a_masked_number(number: str, masked: str) -> None:
    assert mask_msisdn(number) == masked


@given(
    st.sampled_from(["+8190{:08}", "+86138{:08}", "+1415555{:04}", "+81200{:010}", "+659{:07}"]),
    st.integers(0, 9_999),
)
def test_a_mask_hides_at_least_three_digits_and_keeps_the_length(pattern: str, tail: int) -> None:
    number = pattern.format(tail)
    masked = mask_msisdn(number)
    assert masked.count("*") >= 3
    assert sum(char.isdigit() or char == "*" for char in masked) == len(number) - 1
    assert masked.endswith(number[-4:])


def test_other_masks() -> None:
    assert mask_iccid(GOOD_ICCID) == "898110*********8905"
    assert mask_iccid("89811000123456789012") == "898110**********9012"
    assert mask_iccid("8981100") == "****"
    assert mask_email("mei@example.com") == "m***@example.com"
    assert mask_email('"a@b"@example.com') == '"***@example.com'
    assert mask_email("@example.com") == mask_email("mei") == mask_email("") == "***"

"""Pages for those who do not buy: a number that is not ours, help, slow, APN, the seller; and the living page
of all components.
"""

from __future__ import annotations

import re
from html import unescape
from importlib.resources import files

import pytest
import yaml
from django.test import override_settings

from tests.language import YEN_SIGNS
from tsuzuki.core.brand import STATUTORY
from tsuzuki.guide.other_carriers.apns import apns
from tsuzuki.guide.other_carriers.company_pages import pages
from tsuzuki.ui.languages import SHIPPED, translator
from tsuzuki.web.advice import HAPPENED, gaps, sections

ADDRESSES = (
    "elsewhere",
    "elsewhere?prefix=8190123",
    "help",
    "slow",
    "slow/sand",
    "apn",
    "apn/sand",
    "apn/iijmio",
    "seller",
    "sandbox/look",
)
LINK = re.compile(r'href="(/[^"#]*)"')


def text(response) -> str:
    assert response.status_code == 200, response.status_code
    return unescape(response.content.decode())


def write(**other: object) -> None:
    """The operator says who it is: the demo's words, with changes."""
    from django.utils import timezone

    from tsuzuki.actions.catalogue.brand import save_brand

    words = yaml.safe_load(files("tsuzuki.cli.demo").joinpath("brand.yaml").read_text("utf-8"))
    save_brand(words | other, "test", timezone.now())


@pytest.mark.parametrize("language", SHIPPED)
def test_every_page_in_every_language_leads_on_and_stays_small(client, language):
    write()
    for address in ADDRESSES:
        response = client.get(f"/{language}/{address}", headers={"Accept-Encoding": "gzip"})
        assert response.status_code == 200, address
        if address != "sandbox/look":
            assert len(response.content) < 14_000, address
        page = text(client.get(f"/{language}/{address}"))
        assert f'<html lang="{language}">' in page
        assert not any(sign in page for sign in YEN_SIGNS)
        assert "style=" not in page.replace("<style>", ""), "the policy forbids inline styles"
        assert "<script" not in page
        for link in set(LINK.findall(page)):
            assert client.get(link).status_code == 200, (address, link)


@pytest.mark.parametrize("language", SHIPPED)
@pytest.mark.parametrize("code", pages())
def test_each_network_and_each_happening_has_its_page_with_sources(client, language, code):
    for happened in HAPPENED:
        page = text(client.get(f"/{language}/elsewhere/{code}/{happened}"))
        for _, title, facts in sections(pages()[code], happened, language):
            assert title in page
            assert all(one.source in page and one.as_of in page for one in facts)
        for gap in gaps(pages()[code], happened, language):
            assert gap in page
        assert f"/{language}/elsewhere/{code}/" in page.replace(f"/elsewhere/{code}/{happened}", ""), (
            "what else may have happened"
        )


def test_japanese_labels_stand_apart_from_the_readers_words(client):
    page = text(client.get("/en/elsewhere/rakuten/unpaid"))
    assert '<b lang="ja">未払い料金を支払う</b>' in page
    assert 'open <b lang="ja">利用料金</b> and press' in page
    assert '<b lang="en">TOP UP</b>' in text(client.get("/ja/elsewhere/travel/data"))


@pytest.mark.parametrize(
    "address", ["elsewhere/nobody/data", "elsewhere/docomo/eaten", "slow/nobody", "apn/nobody"]
)
def test_what_is_not_there_is_said_so(client, address):
    response = client.get(f"/ja/{address}")
    assert response.status_code == 404
    assert 'href="/ja/"' in response.content.decode()


def test_a_strange_number_is_guessed_by_its_prefix_and_goes_into_no_address(client):
    response = client.post("/en/", {"number": "090-1234-4417"})
    assert response["Location"] == "/en/elsewhere?prefix=8190123"
    page = text(client.get(response["Location"]))
    assert "first given to au. That is a guess only" in page
    assert page.index("/en/elsewhere/au/") < page.index("/en/elsewhere/docomo/"), "the guess stands first"
    assert "4417" not in page
    assert client.post("/en/", {"number": "+86 138 1234 5678"})["Location"] == "/en/elsewhere?prefix=86"


@pytest.mark.parametrize("prefix", ["", "8190123456789", "<script>alert(1)</script>", "81٩0", "9" * 5000])
def test_a_prefix_that_is_none_is_no_guess(client, prefix):
    page = text(client.get("/en/elsewhere", {"prefix": prefix}))
    assert "guess" not in page
    assert "alert(1)" not in page
    assert "This number is not ours" in page


def test_without_a_prefix_nobody_is_told_that_their_number_is_wrong(client):
    assert "This number is not ours" not in text(client.get("/en/elsewhere"))


def test_slow_and_apn_show_the_lines_own_apn(client):
    from tsuzuki.actions.catalogue.plans import NewCarrier, save_carriers

    assert "We have no APN on file" in text(client.get("/en/apn/sand"))
    named = {"apn": "d.sakura.example", "apn_user": "mei", "apn_password": "sim", "apn_auth": "CHAP"}
    save_carriers(
        [
            NewCarrier(
                "sand",
                {"en": "Sand", "ja": "砂", "zh-Hans": "沙"},
                "docomo",
                "sandbox",
                settings={"timeout": 2, **named},
            )
        ]
    )
    assert "d.sakura.example" in text(client.get("/zh-Hans/slow/sand"))
    page = text(client.get("/zh-Hans/apn/sand"))
    assert all(f"<dd>{value}</dd>" in page for value in named.values())
    assert "沙" in page
    assert "設定 → モバイル通信 → モバイルデータ通信ネットワーク" in page
    assert text(client.get("/ja/apn/sand")).count("設定 → モバイル通信") == 1


def test_every_apn_of_others_says_where_it_is_from(client):
    for code, apn in apns().items():
        page = text(client.get(f"/en/apn/{code}"))
        for said in filter(None, (apn.apn, apn.user, apn.password, apn.auth)):
            assert f"<dd>{said.to('en')}</dd>" in page
        assert f'href="{apn.source.url}"' in page
        assert f"as of {apn.source.as_of}" in page


@pytest.mark.parametrize("language", SHIPPED)
def test_the_seller_says_all_the_law_asks_and_how_to_reach_a_person(client, language):
    write()
    words = yaml.safe_load(files("tsuzuki.cli.demo").joinpath("brand.yaml").read_text("utf-8"))
    page = text(client.get(f"/{language}/seller"))
    for topic in (*STATUTORY, "terms"):
        assert words["legal"][topic][language] in page, topic
    for contact in words["contacts"]:
        assert f'href="{contact["link"]}"' in page
        assert contact["hours"][language] in page
    for shop in words["shops"]:
        assert shop["address"][language] in page
        assert shop["map_link"] in page
    assert translator(language)("The operator has not written this yet.") not in page


def test_what_the_operator_has_not_written_is_said_in_practice_and_left_out_for_real(client):
    write(legal={"seller": {"en": "Sakura SIM Co."}})
    assert (
        text(client.get("/en/seller")).count("The operator has not written this yet.") == len(STATUTORY) - 1
    )
    with override_settings(SANDBOX=False):
        page = text(client.get("/en/seller"))
    assert "has not written" not in page
    assert "Sakura SIM Co." in page


def test_words_of_the_operator_cannot_become_part_of_the_page(client):
    write(legal={"seller": {"en": "<script>alert(1)</script>\nTokyo"}})
    page = client.get("/en/seller").content.decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_the_living_page_is_for_practice_only(client):
    assert "All parts of a page" in text(client.get("/en/sandbox/look"))
    with override_settings(SANDBOX=False):
        assert client.get("/en/sandbox/look").status_code == 404


def test_help_stays_up_when_the_operator_has_said_nothing(client):
    for address in ("help", "seller", "slow"):
        assert "Talk to a person" in text(client.get(f"/en/{address}"))

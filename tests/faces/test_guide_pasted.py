"""A carrier's message that a reader pastes: what the page makes of it."""

from __future__ import annotations

import gzip

import pytest

from tests.faces.markup import Markup
from tests.faces.test_guide_pages import HEAVIEST, at
from tsuzuki.ui.languages import SHIPPED


def test_a_pasted_message_is_read_and_forgotten(client, monkeypatch):
    at(monkeypatch, "2026-11-22T03:00:00+00:00")
    text = (
        "【povo】トッピングの有効期限は2026年11月30日です。お客さま番号 080-1234-5678 "
        "<script>alert(1)</script>"
    )
    answer = client.post("/en/guide/paste", {"text": text})
    page = Markup(answer.content.decode())
    assert "/en/guide/povo2/dates?rule=keep_alive&expires=2026-11-30" in page.links
    assert "Mon 30 November 2026" in page.said()
    assert answer["Cache-Control"] == "private, no-store"
    assert not page.wrong
    for kept in ("1234", "alert", "お客さま"):
        assert kept not in answer.content.decode()


@pytest.mark.parametrize("language", SHIPPED)
def test_a_message_with_a_link_is_warned_of_before_anything_else(client, monkeypatch, language):
    at(monkeypatch, "2026-11-30T03:00:00+00:00")
    text = "【NTTドコモ】料金3,853円が未払いです。12月5日までにお支払いください https://mydocomo.example/pay"
    answer = client.post(f"/{language}/guide/paste", {"text": text}).content.decode()
    warned = answer.index('class="note bad"')
    assert warned < answer.index("2026")
    page = Markup(answer)
    assert f"/{language}/guide/safe-seller" in page.links
    assert "https://contact.bill.ntt-finance.co.jp/faq_list.html?category=29&page=1&pagenum=2" in page.links
    assert not any("mydocomo.example" in link for link in page.links)
    assert "3,853" in page.said()
    assert not page.wrong
    assert (
        'class="note bad"'
        not in client.post(f"/{language}/guide/paste", {"text": text.split("http")[0]}).content.decode()
    )


def test_a_promotion_a_card_and_a_receipt_are_no_deadlines(client, monkeypatch):
    at(monkeypatch, "2026-11-30T03:00:00+00:00")
    for text, words in (
        ("【povo】プロモコードの有効期限は2026年12月31日です", "does not keep a line alive"),
        ("【povo】ご登録のクレジットカードの有効期限(2027年1月31日)", "validity of your payment card"),
        ("【au】11月20日に料金のお支払いを承りました", "nothing to do"),
    ):
        page = Markup(client.post("/en/guide/paste", {"text": text}).content.decode())
        assert words in page.said()
        assert not any("/dates?rule" in link for link in page.links), text


def test_povos_warning_leads_to_its_dates(client, monkeypatch):
    at(monkeypatch, "2026-11-30T03:00:00+00:00")
    text = "povo 12月10日までに有料トッピングのご購入がない場合、12月11日以降利用停止となります"
    page = Markup(client.post("/en/guide/paste", {"text": text}).content.decode())
    assert "/en/guide/povo2/dates?rule=keep_alive&expires=2026-06-13" in page.links


def test_what_is_unsure_in_a_message_is_asked(client, monkeypatch):
    at(monkeypatch, "2026-11-22T03:00:00+00:00")
    page = Markup(client.post("/en/guide/docomo/paste", {"text": "ahamo 2026/12/05"}).content.decode())
    assert "names another company" in page.said()
    assert "not what they are for" in page.said()
    assert "/en/guide/docomo/dates?rule=bill&due=2026-12-05" in page.links
    none = Markup(client.post("/en/guide/paste", {"text": "hello"}).content.decode())
    assert "We found no date" in none.said()
    assert client.post("/en/guide/paste", {"text": " \n"}).status_code == 422
    assert client.post("/en/guide/nonesuch/paste", {"text": "x"}).status_code == 404


def test_a_huge_paste_is_read_to_its_limit_and_a_monstrous_one_refused(client):
    huge = "お支払い期限 2026年12月5日 " * 6000
    assert len(huge) > 100_000
    answer = client.post("/ja/guide/docomo/paste", {"text": huge})
    assert answer.status_code == 200
    assert len(gzip.compress(answer.content)) <= HEAVIEST
    assert client.post("/ja/guide/docomo/paste", {"text": "1/1 " * 400_000}).status_code in (400, 413)
    nasty = client.post("/zh-Hans/guide/paste", {"text": "\0\u202e" + "9" * 50_000 + "/" * 50_000})
    assert nasty.status_code == 200


def test_one_address_has_only_so_many_messages_read(client, monkeypatch):
    from tsuzuki.web.guide import paste

    monkeypatch.setattr(paste, "PASTES", 1)
    said = [client.post("/ja/guide/paste", {"text": "docomo 12/31"}) for _ in range(2)]
    assert [one.status_code for one in said] == [200, 429]
    assert int(said[1]["Retry-After"]) > 0
    assert client.post("/ja/guide/paste", {"text": " "}).status_code == 422  # nothing to read costs nothing

"""The sandbox's pages: plain, readable, nothing fetched from elsewhere."""

import sqlite3
from collections.abc import Mapping, Sequence
from html import escape

from tsuzuki.core.money import Money

from .behaviour import SIDES
from .disputes import STATES

STYLE = """
:root{color-scheme:light dark}*{box-sizing:border-box}
body{font:16px/1.55 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem}
a{color:inherit}nav a{margin-right:1rem}h1{font-size:1.5rem}
table{border-collapse:collapse;width:100%;font-size:.875rem}
td,th{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #8884;
overflow-wrap:anywhere}
button{font:inherit;min-height:44px;padding:.4rem 1rem;margin:.2rem;border:1px solid #8888;
border-radius:.6rem;background:#8881;color:inherit;cursor:pointer}
button.big{display:block;width:100%;min-height:64px;font-size:1.25rem;font-weight:600;margin:.6rem 0}
button.pay{background:#0b6b4f;color:#fff;border-color:#0b6b4f}input{font:inherit;padding:.4rem;width:10rem}
.note{opacity:.75}main.pay{max-width:26rem;margin:0 auto}
.sum{font-size:2.25rem;font-weight:700;margin:.2rem 0}
pre{white-space:pre-wrap}
iframe{width:100%;height:42rem;border:1px solid #8888;border-radius:.6rem}
"""
# What a buyer reads, a language at a time; a page never mixes two.
WORDS = {
    "en": {
        "name": "English",
        "title": "Pay",
        "toy": "This is a practice payment page. No real money moves.",
        "pay": "Pay",
        "decline": "Decline",
        "more": "Other endings",
        "done": "Paid. You can close this page.",
        "closed": "This payment is closed.",
        "waiting": "This payment is being looked at.",
        "back": "Back to the shop",
        "late": "Pay, but the answer is lost",
        "silent": "Leave without paying",
        "twice": "Pay, told twice",
        "reverse": "Pay, then take the money back",
        "other_amount": "Pay a different amount",
        "ready": "Approve, the shop must collect",
        "pending": "Pay, under review",
        "part": "Pay only half",
        "too_late": "Pay although it is closed",
    },
    "ja": {
        "name": "日本語",
        "title": "お支払い",
        "toy": "これは練習用の決済画面です。実際のお金は動きません。",
        "pay": "支払う",
        "decline": "支払いを断る",
        "more": "そのほかの結果",
        "done": "お支払いが済みました。この画面を閉じてかまいません。",
        "closed": "この決済は終了しています。",
        "waiting": "この決済は確認中です。",
        "back": "お店に戻る",
        "late": "支払うが、応答が届かない",
        "silent": "支払わずに離れる",
        "twice": "支払い、通知が二度届く",
        "reverse": "支払ったあと取り消される",
        "other_amount": "違う金額を支払う",
        "ready": "承認する（店が確定する）",
        "pending": "支払い、審査中になる",
        "part": "半分だけ支払う",
        "too_late": "終了後に支払う",
    },
    "zh": {
        "name": "中文",
        "title": "付款",
        "toy": "这是练习用的付款页面，不会产生真实扣款。",
        "pay": "付款",
        "decline": "拒绝付款",
        "more": "其他结果",
        "done": "已付款，可以关闭此页面。",
        "closed": "此付款已关闭。",
        "waiting": "此付款正在审核。",
        "back": "返回商店",
        "late": "付款，但回复丢失",
        "silent": "不付款就离开",
        "twice": "付款，通知两次",
        "reverse": "付款后被撤回",
        "other_amount": "支付不同的金额",
        "ready": "批准（由商店确认收款）",
        "pending": "付款，进入审核",
        "part": "只付一半",
        "too_late": "关闭后仍付款",
    },
}
ODD = ("late", "silent", "twice", "reverse", "other_amount", "ready", "pending")
TAGS = {"en": "en", "ja": "ja", "zh": "zh-Hans"}


_DISPUTES = (
    '<h2>Disputes</h2><form method="post" action="/gateway/dispute"><label>Key <input name="key" '
    "required></label> "
    '<label>amount <input name="amount" inputmode="numeric"></label><button>open</button></form>'
    '<form method="post" action="/gateway/disputes"><label>Dispute <input name="id" required></label> '
    + "".join(f'<button name="behaviour" value="{text}">{text}</button>' for text in STATES)
    + "</form>"
)


def document(title: str, body: str, tag: str = "en") -> str:
    return (
        f'<!doctype html><html lang="{tag}"><meta charset="utf-8"><meta name="viewport" '
        'content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style><body>{body}"
    )


def index(counts: Mapping[str, object], set_now: Sequence[sqlite3.Row]) -> str:
    return document(
        "Sandbox",
        _nav()
        + "<main><h1>Sandbox</h1><p>A toy carrier, a toy gateway and an outbox. Nothing here is real.</p>"
        + _table([{"what": name, "count": count} for name, count in counts.items()])
        + f"<h2>Behaviour now</h2>{_behaviours(set_now)}</main>",
    )


def side(
    name: str, about: str, recent: Sequence[Mapping[str, object]], set_now: Sequence[sqlite3.Row]
) -> str:
    """The page of a toy: buttons for each of its sides, and what was asked of it lately."""
    forms = "".join(
        f"<h2>{escape(key)}</h2>{_behaviours([row for row in set_now if row['side'] == key])}{_form(key)}"
        for key in SIDES
        if key.split("/")[0] == name
    )
    key = '<label>Key <input name="key" required></label><button>reverse</button>'
    undo = f'<h2>Undo</h2><form method="post" action="/{name}/reverse">{key}</form>'
    if name == "gateway":
        undo += _DISPUTES
    main = f"<main><h1>{escape(name.capitalize())}</h1><p>{escape(about)}</p>{forms}{undo}"
    return document(name.capitalize(), f"{_nav()}{main}<h2>Lately</h2>{_table(recent)}</main>")


def outbox(mails: Sequence[Mapping[str, object]], set_now: Sequence[sqlite3.Row]) -> str:
    rows = "".join(
        f'<tr><td><a href="/outbox/{m["n"]}">{escape(str(m["subject"])) or "(no subject)"}</a>'
        f"<td>{escape(str(m['to']))}<td>{escape(str(m['language']))}<td>{escape(str(m['at'])[:19])}"
        for m in mails
    )
    now = _behaviours([row for row in set_now if row["side"] == "outbox"])
    table = f"<table><tr><th>Subject<th>To<th>Language<th>At{rows}</table>" if rows else "<p>No mail yet.</p>"
    return document(
        "Outbox", f"{_nav()}<main><h1>Outbox</h1>{table}<h2>Behaviour</h2>{now}{_form('outbox')}</main>"
    )


def mail(one: Mapping[str, object]) -> str:
    tag = escape(str(one["language"]) or "en", quote=True)
    heads = "".join(
        f"<tr><th>{name}<td>{escape(str(one[key]))}"
        for name, key in (("To", "to"), ("From", "from"), ("At", "at"))
    )
    body = (
        f'<table>{heads}</table><h1 lang="{tag}">{escape(str(one["subject"]))}</h1><pre '
        f'lang="{tag}">{escape(str(one["text"]))}</pre>'
    )
    drawn = (
        '<h2>As HTML</h2><iframe sandbox title="HTML" '
        f'srcdoc="{escape(str(one["html"]), quote=True)}"></iframe>'
        if one["html"]
        else ""
    )
    return document(str(one["subject"]), f"{_nav()}<main>{body}{drawn}</main>")


def buyer(row: sqlite3.Row, standing: str, language: str) -> str:
    """The payment page: two large buttons, the odd endings folded away, nothing else to do."""
    words = WORDS[language]
    others = " ".join(
        f'<a lang="{TAGS[key]}" hreflang="{TAGS[key]}" href="?lang={key}">{WORDS[key]["name"]}</a>'
        for key in WORDS
        if key != language
    )
    amount = escape(str(Money(row["minor"], row["currency"])))
    head = (
        f'<main class="pay"><nav>{others}</nav><h1>{words["title"]}</h1><p>{escape(row["label"])}</p>'
        f'<p class="sum">{amount}</p>'
    )
    if standing in ("open", "promised") or (row["received"] and standing == "pending"):
        odd = "".join(
            _button(name, words[name]) for name in (*ODD, *(("part",) if row["method"] == "transfer" else ()))
        )
        body = (
            f'<form method="post">{_button("accept", words["pay"] + " " + amount, "big pay")}'
            f"{_button('refuse', words['decline'], 'big')}"
            f"<details><summary>{words['more']}</summary>{odd}</details></form>"
        )
    elif standing == "closed":
        body = f'<p>{words["closed"]}</p><form method="post">{_button("too_late", words["too_late"])}</form>'
    else:
        body = f"<p>{words['done' if standing == 'paid' else 'waiting']}</p>"
    back = (
        f'<p><a href="{escape(row["return_url"], quote=True)}">{words["back"]}</a>'
        if web_address(row["return_url"])
        else ""
    )
    return document(
        words["title"], f'{head}{body}{back}<p class="note">{words["toy"]}</main>', TAGS[language]
    )


def language_of(asked: str, locale: str) -> str:
    """One of WORDS: what the link says, else the payment's own locale, else English."""
    return next((key for key in (asked[:2].lower(), locale[:2].lower()) if key in WORDS), "en")


def web_address(url: str) -> bool:
    return url.startswith(("http://", "https://"))


def _button(value: str, label: str, look: str = "") -> str:
    return f'<button class="{look}" name="behaviour" value="{value}">{escape(label)}</button>'


def _form(key: str) -> str:
    only = {"carrier": "msisdn", "outbox": "recipient"}.get(key)
    field = f'<label>only for <input name="{only}"></label> ' if only else ""
    buttons = "".join(_button(name, name) for name in (*SIDES[key][0], "default"))
    return (
        f'<form method="post" action="/{key}">{buttons}<p><label>times <input name="times" '
        'inputmode="numeric"></label> '
        f'{field}<label>seed <input name="seed"></label></form>'
    )


def _behaviours(rows: Sequence[sqlite3.Row]) -> str:
    shown = [
        {
            "side": r["side"],
            "behaviour": r["names"],
            "only for": r["only_for"],
            "times": r["times"] or "until changed",
            "seed": r["seed"],
        }
        for r in rows
    ]
    return _table(shown) if shown else "<p>As it starts.</p>"


def _table(rows: Sequence[Mapping[str, object]]) -> str:
    if not rows:
        return "<p>Nothing yet.</p>"
    heads = "".join(f"<th>{escape(name)}" for name in rows[0])
    lines = "".join(
        "<tr>" + "".join(f"<td>{escape('' if v is None else str(v))}" for v in row.values()) for row in rows
    )
    return f"<table><tr>{heads}{lines}</table>"


def _nav() -> str:
    return (
        '<nav><a href="/">Sandbox</a><a href="/carrier">Carrier</a><a href="/gateway">Gateway</a><a '
        'href="/outbox">Outbox</a></nav>'
    )

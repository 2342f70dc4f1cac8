"""A program that speaks to the API: what it sends, and what it hears."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest


@dataclass(frozen=True)
class Said:
    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    @property
    def code(self) -> str:
        """Of a problem; its form is checked at every look."""
        assert self.headers["Content-Type"] == "application/problem+json", self.raw[:300]
        problem = self.body
        assert problem["status"] == self.status
        assert problem["type"].endswith("/api/v1/problems/" + problem["code"])
        assert problem["title"]
        assert problem["detail"]
        return problem["code"]


class Program:
    """An account with a key of some scopes; no key: a guest."""

    def __init__(self, secret: str = "", language: str = "en") -> None:
        self.secret, self.language = secret, language

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        raw: bytes | None = None,
        type: str = "application/json",
        **headers,
    ) -> Said:
        from django.test import Client

        sent = {
            "Accept-Language": self.language,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        if self.secret:
            sent.setdefault("Authorization", f"Bearer {self.secret}")
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        got = Client(SERVER_NAME="localhost").generic(method, "/api/v1" + path, data, type, headers=sent)
        return Said(got.status_code, dict(got.headers), got.content)

    def get(self, path: str, **headers) -> Said:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers) -> Said:
        return self.ask("POST", path, {} if body is None else body, **headers)

    # The road in a few words

    def line(self, number: str) -> dict[str, Any]:
        from urllib.parse import quote

        return self.get(f"/lines?msisdn={quote(number)}").body["items"][0]

    def plan(self, line: str, code: str) -> dict[str, Any]:
        return next(plan for plan in self.get(f"/plans?line_id={line}").body["items"] if plan["code"] == code)

    def quote(self, line: object, code: str = "data-3gb", **more: Any) -> dict[str, Any]:
        plan = self.plan(str(line), code)
        said = self.post(
            "/quotes",
            {"items": [{"line_id": str(line), "kind": plan["kind"], "plan_id": plan["id"], **more}]},
        )
        assert said.status == 201, said.raw
        return said.body

    def buy(self, quote: str, key: str, *tenders: dict[str, Any], **more: Any) -> Said:
        return self.post(
            "/purchases",
            {"quote_id": quote, "tenders": tenders or [{"method": "account"}], **more},
            Idempotency_Key=key,
        )


def program(
    name: str = "shop",
    kind: str = "reseller",
    *scopes: str,
    balance: int = 0,
    limit: int = 0,
    language: str = "en",
) -> Program:
    """A fresh account with a key; all scopes it may have where none is named."""
    from tests.cast import NOON
    from tsuzuki.actions.money import accounts
    from tsuzuki.actions.people import keys
    from tsuzuki.core.money import Money

    account = accounts.make(name, kind, "test", NOON, limit=limit)
    if balance:
        assert accounts.top_up(account.id, Money(balance, "JPY"), "first", "test", NOON)
    return Program(keys.make(account, name, scopes or keys.scopes_for(account), "test", NOON)[1], language)


def account_of(name: str = "shop"):
    from tsuzuki.actions.money import accounts

    return accounts.named(name)


class Noon:
    """What the clock on the wall shows, moved by hand."""

    def __init__(self) -> None:
        from tests.cast import NOON

        self.at = NOON

    def __call__(self):
        return self.at


@pytest.fixture
def wall(shop, monkeypatch: pytest.MonkeyPatch) -> Noon:
    """An open shop in which it is noon until a test says otherwise."""
    noon = Noon()
    monkeypatch.setattr("django.utils.timezone.now", noon)
    monkeypatch.setattr("tsuzuki.actions.engine.clock.database_now", noon)
    return noon

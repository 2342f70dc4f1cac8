"""Who looks with OpenTelemetry finds all of a purchase under its own id; who does not, pays nothing and gets
nothing.
"""

import pytest

from tests import cast
from tests.actions.conftest import after
from tests.cast import NOON


@pytest.fixture
def spans(monkeypatch):
    """A real SDK that keeps what it is told, set up for this test alone."""
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    yield kept.get_finished_spans
    provider.shutdown()


def test_all_that_was_asked_for_a_purchase_is_one_trace_under_its_id(shop, spans):
    shop.pays()
    shop.press("carrier", "late", times=1)
    purchase = cast.buy(cast.line(), "data-3gb")
    cast.go(NOON, purchase.id)
    cast.go(after(minutes=5), purchase.id)  # the answer got lost: looked up later, by another run
    assert cast.states(purchase) == ["delivered"]
    told = [(span.name, span.attributes["tsuzuki.said"]) for span in spans() if span.name != "advance"]
    assert told == [("pay ask", "done"), ("provision ask", "unsure"), ("provision look up", "done")]
    assert {span.context.trace_id for span in spans()} == {purchase.id.int}
    asked = next(span for span in spans() if span.name == "provision ask")
    assert asked.attributes["tsuzuki.subject"] == str(purchase.orders.get().id)
    assert asked.attributes["tsuzuki.attempt"] == str(shop.attempt(purchase).id)
    assert asked.attributes["tsuzuki.provider"] == "sandbox"


def test_a_span_holds_no_number_and_no_secret(shop, spans):
    from tsuzuki.records import queries

    purchase = shop.sell(email="a@example.com")
    line = purchase.orders.get().line_id
    said = " ".join(f"{span.name} {dict(span.attributes)}" for span in spans())
    assert said
    for secret in (
        queries.numbers_of([line])[line],
        queries.iccids_of([line])[line],
        "a@example.com",
        purchase.token,
        shop.sandbox.secret,
    ):
        assert secret not in said


def test_without_an_sdk_nothing_is_made(shop, monkeypatch):
    from opentelemetry import trace

    monkeypatch.setattr(trace, "set_span_in_context", None)  # calling it would be an error
    assert cast.states(shop.sell()) == ["delivered"]

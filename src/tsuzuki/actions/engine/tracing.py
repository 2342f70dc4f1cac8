"""OpenTelemetry traces: everything done and asked for one purchase, by whatever process and however much
later, is one trace, and its id is the purchase's own. Without an SDK nothing happens, at the cost of one
comparison.
"""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, ProxyTracerProvider, SpanContext, TraceFlags

T = TypeVar("T")
_SPAN = (1 << 64) - 1


def traced(
    name: str, purchase: UUID, work: Callable[[], T], told: Callable[[T], str] = lambda _: "", **facts: object
) -> T:
    """Do `work` inside a span.

    `facts` become its attributes and hold no secret; `told` says in a word what came of it.
    """
    provider = trace.get_tracer_provider()
    if isinstance(provider, ProxyTracerProvider):  # nobody set one up
        return work()
    root = SpanContext(
        purchase.int, purchase.int & _SPAN, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED)
    )
    above = trace.set_span_in_context(NonRecordingSpan(root))
    attributes = {f"tsuzuki.{fact}": str(value) for fact, value in facts.items()}
    with provider.get_tracer("tsuzuki").start_as_current_span(name, above, attributes=attributes) as span:
        result = work()
        span.set_attribute("tsuzuki.said", told(result))
        return result

"""POST /usage: the network's word about what was used."""

from tsuzuki.actions.order.usage import Record, report
from tsuzuki.core.identifiers import msisdn
from tsuzuki.core.plan import Good

from . import bodies as b
from .door import Call, Reply


def report_usage(call: Call) -> Reply:
    asked: b.UsageAsk = call.body
    records = [_record(one) for one in asked.records]
    done = report(records, call.now)
    return Reply(
        b.UsageBooked(booked=done.booked, seen=done.seen, unknown=list(done.unknown), overrun=done.overrun)
    )


def _record(one: b.UsageRecord) -> Record:
    return Record(one.record, msisdn(one.msisdn), Good(one.good), one.amount, one.at)

"""POST /usage: the network's word about what was used."""

from datetime import timedelta

from tsuzuki.actions.usage import Record, report
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.identifiers import msisdn
from tsuzuki.core.plan import Good

from . import bodies as b
from .door import Call, Reply

OLDEST, NEWEST = timedelta(days=400), timedelta(days=1)  # a report outside these is a clock gone wrong


def report_usage(call: Call) -> Reply:
    asked: b.UsageAsk = call.body
    records = [_record(one, call) for one in asked.records]
    done = report(records, call.now)
    return Reply(b.UsageBooked(booked=done.booked, seen=done.seen, unknown=list(done.unknown), overrun=done.overrun))


def _record(one: b.UsageRecord, call: Call) -> Record:
    if not call.now - OLDEST < one.at < call.now + NEWEST:
        raise Refused(Code.USAGE_MALFORMED, record=one.record)
    return Record(one.record, msisdn(one.msisdn), Good(one.good), one.amount, one.at)

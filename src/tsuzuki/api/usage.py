"""POST /usage: the network's word about what was used."""

from tsuzuki.actions.order.usage import UsageRecord, report
from tsuzuki.core.identifiers import msisdn
from tsuzuki.core.plan import AllowanceKind
from tsuzuki.records import queries

from . import bodies as b
from .router import Call, Reply


def report_usage(call: Call) -> Reply:
    asked: b.UsageAsk = call.body
    # What is a number of ours as it stands needs no reading, which costs as much as booking does.
    known = queries.numbers_known({one.msisdn for one in asked.records})
    records = [
        UsageRecord(
            one.record,
            one.msisdn if one.msisdn in known else msisdn(one.msisdn),
            AllowanceKind(one.good),
            one.amount,
            one.at,
        )
        for one in asked.records
    ]
    done = report(records, call.now)
    return Reply(
        b.UsageBooked(booked=done.booked, seen=done.seen, unknown=list(done.unknown), overrun=done.overrun)
    )

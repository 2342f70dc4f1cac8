"""POST /usage: the network's word about what was used."""

from tsuzuki.actions.order.usage import UsageRecord, report
from tsuzuki.core.identifiers import msisdn
from tsuzuki.core.plan import AllowanceKind
from tsuzuki.records import queries

from . import usage_bodies as b
from .router import Call, Reply


def report_usage(call: Call) -> Reply:
    asked: b.UsageAsk = call.body
    # What is a number of ours as it stands needs no reading, which costs as much as booking does.
    known = queries.numbers_known({record.msisdn for record in asked.records})
    records = [
        UsageRecord(
            record.record,
            record.msisdn if record.msisdn in known else msisdn(record.msisdn),
            AllowanceKind(record.good),
            record.amount,
            record.at,
        )
        for record in asked.records
    ]
    done = report(records, call.now)
    return Reply(
        b.UsageBooked(booked=done.booked, seen=done.seen, unknown=list(done.unknown), overrun=done.overrun)
    )

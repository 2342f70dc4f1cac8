"""From the few dates a guest types to the deadlines of his line.

The dates travel in the address; nothing is kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from tsuzuki.core.deadline_rules import Bill, Deadline, KnownDates, also, ways
from tsuzuki.core.deadlines import open_bills
from tsuzuki.guide.load.claims import Brand
from tsuzuki.guide.rules.date_rules import BrandRule, deadlines_of, rules
from tsuzuki.guide.rules.rule_words import rule_words
from tsuzuki.ui.formats import month, weekday, zone_label
from tsuzuki.ui.languages import N_, plurals, translator
from tsuzuki.web.calendar_file import MEDIA_TYPE, Event, calendar_file

from ..page import wanted_language
from .claim_view import ClaimView, claim_view
from .guide_page import find, guide_page, of

MOMENTS, NUMBERS = ("bought",), ("days", "spent")
LONGEST = 40  # of a typed date
MINUTE = timedelta(minutes=1)  # an end at midnight stands in a calendar on its own day, as 23:59
_NUMBER = re.compile(r"\d{1,6}", re.ASCII)
_DAY = re.compile(r"(\d{4})\D+(\d{1,2})\D+(\d{1,2})(?:\D+(\d{1,2}):(\d{2}))?\D*", re.ASCII)


class Unreadable(Exception):
    """A typed date or number is none."""


class Field(NamedTuple):
    name: str
    label: str
    note: str
    type: str
    value: str
    error: str


class Form(NamedTuple):
    id: str
    prefix: str  # of the ids of its fields, several forms standing on one page
    title: str
    fields: list[Field]
    asked: bool  # this is the form that was sent
    none_needed: bool


class Answer(NamedTuple):
    title: str
    asked: bool
    moments: list[Moment]
    query: str
    to_come: bool


class Moment(NamedTuple):
    """A deadline in words."""

    what: str
    day: str
    clock: str
    zone: str
    past: bool
    look: str
    hard: str
    words: str
    safe: str
    margin: str
    after: list[str]
    rests: list[ClaimView]
    left: str


def dates(request: HttpRequest, brand: Brand, language: str) -> HttpResponse:
    now, say = timezone.now(), translator(language)
    asked = request.GET.get("rule", "")
    forms, answers = [], []
    for rule in rules(brand.id):
        given = request.GET if rule.id == asked else {}
        known, wrong = read(rule, given)
        forms.append(_form(rule, given, wrong, rule.id == asked, language))
        if known and (rule.id == asked or _free(rule)):
            answers += [
                Answer(
                    title,
                    rule.id == asked,
                    [_moment(brand, deadline, now, language) for deadline in deadlines],
                    held(rule, dates),
                    any(deadline.at > now for deadline in deadlines),
                )
                for title, dates in _cases(rule, known, now, language)
                if (deadlines := deadlines_of(brand.id, rule.id, dates, now))
            ]
    answers.sort(key=lambda answer: not answer.asked)
    status = 422 if any(field.error for form in forms for field in form.fields) else 200
    short = bool(asked) and not any(answer.asked for answer in answers) and status == 200
    return guide_page(
        request,
        "dates",
        language,
        of=of(brand, language),
        forms=forms,
        answers=answers,
        status=status,
        short=short,
        nothing=say(N_("We know no rule for this brand.")) if not forms else "",
    )


def _cases(rule: BrandRule, known: KnownDates, now: datetime, language: str) -> list[tuple[str, KnownDates]]:
    """What there is to answer.

    A bill nobody gave a date of is two: the one that may be overdue, and the next.
    """
    title, say = rule_words().titles[rule.title].to(language), translator(language)
    if not isinstance(rule.rule, Bill) or not _free(rule) or known.due or known.issued or known.slip_due:
        return [(title, known)]
    today = now.astimezone(ZoneInfo(rule.rule.zone)).date()
    words = {True: N_("If the bill due %(day)s is still unpaid"), False: N_("The bill due %(day)s")}
    return [
        (say(words[due < today]) % {"day": day_in_words(due, language)}, replace(known, due=due))
        for due in open_bills(rule.rule, now)
    ]


def dates_file(request: HttpRequest, brand: str, language: str = "") -> HttpResponse:
    """The deadlines of one rule as a calendar file, made anew from the address each time."""
    language = language or wanted_language(request)
    result, now = find(brand), timezone.now()
    rule = next((rule for rule in rules(brand) if rule.id == request.GET.get("rule", "")), None)
    known = read(rule, request.GET)[0] if rule else None
    if rule is None or known is None:
        raise Http404
    name, words = result.names.to(language), rule_words()
    page = request.build_absolute_uri(f"/{language}/guide/{brand}/dates?{held(rule, known)}")
    events = [
        Event(
            f"{brand}-{rule.id}-{deadline.what}-{deadline.at:%Y%m%d}@tsuzuki",
            deadline.at - MINUTE,
            f"{name}: {words.whats[deadline.what].to(language)}",
            f"{words.rules[deadline.words].to(language)} "
            f"{words.margins[deadline.rests.confidence].to(language)}",
            page,
        )
        for deadline in deadlines_of(brand, rule.id, known, now)
        if deadline.at > now
    ]
    if not events:
        raise Http404
    response = HttpResponse(calendar_file(events, name, now), content_type=MEDIA_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{brand}-{rule.id}.ics"'
    response["Cache-Control"] = "no-store"
    return response


def _free(rule: BrandRule) -> bool:
    return () in ways(rule.rule)


def names(rule: BrandRule) -> list[str]:
    return list(dict.fromkeys([name for way in ways(rule.rule) for name in way] + list(also(rule.rule))))


def read(rule: BrandRule, given: Mapping[str, str]) -> tuple[KnownDates | None, dict[str, str]]:
    """What was typed, and the fields that could not be read, each with why."""
    zone = ZoneInfo(rule.rule.zone)
    known, wrong = KnownDates(), {}
    for name in names(rule):
        typed = unicodedata.normalize("NFKC", str(given.get(name, ""))).strip()
        if typed:
            try:
                known = replace(known, **{name: _value(name, typed[: LONGEST + 1], zone)})
            except (Unreadable, ValueError):
                wrong[name] = N_("We cannot read this. Please check it.")
    return (None, wrong) if wrong else (known, {})


def _value(name: str, typed: str, zone: ZoneInfo) -> Any:
    if len(typed) > LONGEST:
        raise Unreadable
    if name in NUMBERS:
        if not _NUMBER.fullmatch(typed):
            raise Unreadable
        return int(typed)
    match = _DAY.fullmatch(typed)
    if not match:
        raise Unreadable
    day = date(int(match[1]), int(match[2]), int(match[3]))
    if name not in MOMENTS:
        return day
    return datetime.combine(day, time(int(match[4] or 0), int(match[5] or 0)), zone)


def held(rule: BrandRule, known: KnownDates) -> str:
    """The address's query that holds these dates."""
    fields = {"rule": rule.id}
    for name in names(rule):
        value = getattr(known, name)
        if value is not None:
            fields[name] = f"{value:%Y-%m-%dT%H:%M}" if isinstance(value, datetime) else str(value)
    return urlencode(fields)


def _form(
    rule: BrandRule, given: Mapping[str, str], wrong: Mapping[str, str], asked: bool, language: str
) -> Form:
    words, say = rule_words(), translator(language)
    fields = []
    for name in names(rule):
        ask = words.asks[rule.asks.get(name, name)]
        kind = "text" if name in NUMBERS else "datetime-local" if name in MOMENTS else "date"
        value = str(given.get(name, ""))[:LONGEST]
        fields.append(
            Field(
                name,
                ask.words.to(language),
                ask.where.to(language),
                kind,
                value,
                say(wrong[name]) if name in wrong else "",
            )
        )
    return Form(rule.id, f"{rule.id}-", words.titles[rule.title].to(language), fields, asked, _free(rule))


def _moment(brand: Brand, one: Deadline, now: datetime, language: str) -> Moment:
    words, say, ngettext = rule_words(), translator(language), plurals(language)
    past, close = one.at <= now, one.safe_by <= now
    claims = [claim for key in one.rests.claims for claim in brand.about(key)]
    safe = one.safe_by - timedelta(microseconds=1)
    days = (one.at - now).days
    left = ""
    if not past:
        left = ngettext("%(days)s day left", "%(days)s days left", days) % {"days": f"{days:,}"}
        left = left if days else say(N_("less than a day left"))
    return Moment(
        what=words.whats[one.what].to(language),
        day=day_in_words(one.last_day, language),
        clock=f"{one.clock:%H:%M}" if one.clock else "23:59",
        zone=zone_label(one.zone, language),
        past=past,
        look="bad" if past else "warn" if close else "good",
        hard=words.hards[one.hard].to(language),
        words=words.rules[one.words].to(language),
        safe="" if close else day_in_words(safe.astimezone(ZoneInfo(one.zone)).date(), language),
        margin=words.margins[one.rests.confidence].to(language),
        after=[words.after[id].to(language) for id in one.after],
        rests=claim_view(brand, claims, language),
        left=left,
    )


def day_in_words(day: date, language: str) -> str:
    named = weekday(day.weekday(), language)
    if language == "en":
        return f"{named} {day.day} {month(day.month, language, 'wide')} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日（{named}）"

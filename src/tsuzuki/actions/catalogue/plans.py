"""The catalogue: carriers, plans, and prices by date."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec
from django.db import transaction

from tsuzuki.actions.catalogue import search
from tsuzuki.actions.engine import providers
from tsuzuki.actions.people.staff import may_act
from tsuzuki.actions.write import audit
from tsuzuki.actions.write.ids import mint_anywhere
from tsuzuki.core.audit import Act, AuditSubject, SubjectKind
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.ids import least
from tsuzuki.core.lease import UnsafeLease
from tsuzuki.core.money import payable
from tsuzuki.core.plan import Allowance, Kind, Price, Terms
from tsuzuki.core.staff import Permission
from tsuzuki.plugins import ReachSettings, is_secret_name
from tsuzuki.records import models


@dataclass(frozen=True, slots=True)
class NewCarrier:
    code: str
    names: dict[str, str]
    network: str
    provider: str
    zone: str = "Asia/Tokyo"
    settings: dict[str, object] = field(default_factory=dict)
    refund_after_seconds: int = 900
    hours: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewPlan:
    """A plan and the price it has from now on (None: prices stay as they are).

    `carrier` None: lines of any carrier may buy it.
    """

    code: str
    kind: Kind
    names: dict[str, str]
    carrier: str | None
    technology: str
    terms: Terms
    allowances: tuple[Allowance, ...]
    price: Price | None
    retired: bool = False


_CODE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", re.ASCII)


@transaction.atomic
def save_carriers(carriers: Sequence[NewCarrier], actor: str = "", now: datetime | None = None) -> None:
    """Write carriers by their code; one that is there already gets the new words and settings.

    `actor`, `now`: for the audit log.
    """
    for carrier in carriers:
        require_code(carrier.code)
        _require_reach(carrier, actor)
        _require_sound(carrier)
        if actor and now:
            audit.write(Act.CARRIER, _carrier(carrier.code), actor, now)
        models.Carrier.objects.update_or_create(
            code=carrier.code,
            defaults={
                "names": carrier.names,
                "network": carrier.network,
                "provider": carrier.provider,
                "zone": carrier.zone,
                "settings": carrier.settings,
                "refund_after_seconds": carrier.refund_after_seconds,
                "hours": carrier.hours,
            },
        )


def _require_reach(carrier: NewCarrier, actor: str) -> None:
    """A carrier names the secrets made for its provider and no other.

    Whom it speaks to, as whom and with what, the owner decides.
    """
    was = models.Carrier.objects.select_for_update(no_key=True).filter(code=carrier.code).first()
    moved = ["provider"] if was and was.provider != carrier.provider else []
    reaches = providers.reaches(carrier.provider)
    require_reach(reaches, carrier.settings, was.settings if was else {}, moved, actor)


def require_reach(
    reaches: ReachSettings,
    settings: Mapping[str, object],
    before: Mapping[str, object],
    moved: Sequence[str],
    actor: str,
) -> None:
    """Refused(secret_name_refused); (owner_needed) for a change of the reach. `moved`: beside settings."""
    for name in reaches.secrets:
        named = settings.get(name)
        if named and not (isinstance(named, str) and is_secret_name(named, reaches.prefix)):
            raise Refused(Code.SECRET_NAME_REFUSED, name=name, prefix=reaches.prefix)
    reach = (*reaches.settings, *reaches.secrets)
    changed = [*(name for name in reach if settings.get(name) != before.get(name)), *moved]
    if changed and not may_act(actor, Permission.HOUSE):
        raise Refused(Code.OWNER_NEEDED, names=", ".join(changed))


def _require_sound(carrier: NewCarrier) -> None:
    """Refused(times_unsound).

    What else may be wrong with its settings (a secret that comes later) is told on its page.
    """
    try:
        providers.carrier_of(models.Carrier(provider=carrier.provider, settings=carrier.settings))
    except UnsafeLease as why:
        raise Refused(Code.TIMES_UNSOUND, carrier=carrier.code, why=str(why)) from None
    except Exception:
        return


@transaction.atomic
def save_plans(plans: Sequence[NewPlan], now: datetime, actor: str = "") -> int:
    """Write plans by their code; a price that differs from the one in force begins now.

    Returns how many prices are new.

    What was quoted before keeps its price and rules: a quote is frozen.
    """
    prices = 0
    for plan in plans:
        if plan.carrier is not None and not models.Carrier.objects.filter(code=plan.carrier).exists():
            raise Refused(
                Code.PLAN_FILE_WRONG, where=plan.code, reason=f"carrier {plan.carrier} is not known"
            )
        require_code(plan.code)
        row = models.Plan.objects.filter(code=plan.code).first() or models.Plan(
            id=mint_anywhere(now), code=plan.code
        )
        row.kind, row.names, row.carrier_id, row.technology = (
            plan.kind,
            plan.names,
            plan.carrier,
            plan.technology,
        )
        row.terms, row.allowances = msgspec.to_builtins(plan.terms), msgspec.to_builtins(plan.allowances)
        row.retired_at = (row.retired_at or now) if plan.retired else None
        row.save()
        if plan.price is not None:
            prices += _price(row, plan.price, now)
        if actor:
            audit.write(Act.PLAN, _plan(plan.code), actor, now, retired=plan.retired)
    search.index_plans()
    return prices


def differs(plan: NewPlan, now: datetime) -> bool:
    """Would writing it change anything of the plan that is there?"""
    row = models.Plan.objects.get(code=plan.code)
    there = (
        row.kind,
        row.names,
        row.carrier_id,
        row.technology,
        row.terms,
        row.allowances,
        row.retired_at is not None,
    )
    terms, allowances = msgspec.to_builtins(plan.terms), list(msgspec.to_builtins(plan.allowances))
    if there != (plan.kind, plan.names, plan.carrier, plan.technology, terms, allowances, plan.retired):
        return True
    return plan.price is not None and not _is_in_force(row, plan.price, now)


def _is_in_force(plan: models.Plan, price: Price, now: datetime) -> bool:
    current = plan.prices.filter(currency=price.amount.currency, since__lte=now).order_by("-since").first()
    new = (price.amount.minor, price.cost.minor, price.tax.value)
    return current is not None and (current.minor, current.cost_minor, current.tax) == new


def _price(plan: models.Plan, price: Price, now: datetime) -> int:
    amount = payable(price.amount.minor, price.amount.currency)
    if _is_in_force(plan, price, now):
        return 0
    plan.prices.create(
        since=now,
        currency=amount.currency,
        minor=amount.minor,
        cost_minor=price.cost.minor,
        tax=price.tax.value,
    )
    return 1


@transaction.atomic
def set_price(code: str, price: Price, since: datetime, actor: str, now: datetime) -> None:
    """A price from a moment on, until the next one's.

    Refused: free of charge, in the past, or where another begins already.
    """
    plan = _locked(code)
    amount = payable(price.amount.minor, price.amount.currency)
    if price.cost.minor < 0 or price.cost.currency != amount.currency:
        raise Refused(Code.AMOUNT_MALFORMED, amount=str(price.cost))
    if since < now:
        raise Refused(Code.PRICE_DATE_PAST)
    if plan.prices.filter(currency=amount.currency, since=since).exists():
        raise Refused(Code.PRICE_DATE_TAKEN)
    plan.prices.create(
        since=since,
        currency=amount.currency,
        minor=amount.minor,
        cost_minor=price.cost.minor,
        tax=price.tax.value,
    )
    search.index_plans()
    facts = {"amount": str(amount), "cost": str(price.cost), "since": since.isoformat()}
    audit.write(Act.PRICE_SET, _plan(code), actor, now, **facts)


@transaction.atomic
def drop_price(code: str, price: int, actor: str, now: datetime) -> None:
    """A price that has not begun yet is taken back.

    Refused(still_used) for one that holds or held: people bought at it.
    """
    plan = _locked(code)
    row = plan.prices.filter(id=price).first()
    if row is None or row.since <= now:
        raise Refused(Code.STILL_USED, what=code)
    row.delete()
    audit.write(Act.PRICE_DROPPED, _plan(code), actor, now, since=row.since.isoformat())


@transaction.atomic
def retire(code: str, retired: bool, actor: str, now: datetime) -> None:
    """Sold no more, or sold again; what was sold runs on."""
    plan = _locked(code)
    plan.retired_at = (plan.retired_at or now) if retired else None
    plan.save(update_fields=["retired_at"])
    search.index_plans()
    audit.write(Act.PLAN, _plan(code), actor, now, retired=retired)


@transaction.atomic
def delete_plan(code: str, actor: str, now: datetime) -> None:
    """Only what nobody ever bought, is being offered or earns a commission on, and no table of prices abroad
    names; else Refused(still_used): it can be retired.
    """
    plan = _locked(code)
    offers = models.Quote.objects.filter(
        id__gte=least(now - timedelta(hours=1)), content__items__contains=[{"plan": code}]
    )
    prices_abroad = models.RoamingRate.objects.filter(plan=plan)
    used = (
        models.Order.objects.filter(plan=plan),
        models.Commission.objects.filter(plan=plan),
        offers,
        prices_abroad,
    )
    if any(rows.exists() for rows in used):
        raise Refused(Code.STILL_USED, what=code)
    plan.prices.all().delete()
    plan.delete()
    search.index_plans()
    audit.write(Act.PLAN_DELETED, _plan(code), actor, now)


@transaction.atomic
def delete_carrier(code: str, actor: str, now: datetime) -> None:
    """Only one without a line, a plan, an order or prices abroad."""
    carrier = models.Carrier.objects.select_for_update().filter(code=code).first()
    users = (models.Line, models.Plan, models.Order, models.RoamingRate)
    if carrier is None or any(model._default_manager.filter(carrier=carrier).exists() for model in users):
        raise Refused(Code.STILL_USED, what=code)
    carrier.delete()
    audit.write(Act.CARRIER_DELETED, _carrier(code), actor, now)


def _locked(code: str) -> models.Plan:
    plan = models.Plan.objects.select_for_update().filter(code=code).first()
    if plan is None:
        raise Refused(Code.PLAN_UNKNOWN, plan=code[:40])
    return plan


def require_code(code: str) -> None:
    if not _CODE.fullmatch(code):
        raise Refused(Code.CATALOGUE_CODE_MALFORMED)


def _plan(code: str) -> AuditSubject:
    return AuditSubject(SubjectKind.PLAN, code)


def _carrier(code: str) -> AuditSubject:
    return AuditSubject(SubjectKind.CARRIER, code)

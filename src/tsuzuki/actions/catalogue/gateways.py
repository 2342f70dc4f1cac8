"""Where money is taken: gateways as rows, made and changed in the office or when setting up."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from tsuzuki.actions.engine import providers
from tsuzuki.actions.money import own_means
from tsuzuki.actions.write import audit
from tsuzuki.core.audit import Act, AuditSubject, SubjectKind
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.lease import UnsafeLease
from tsuzuki.records import models

from .plans import require_code, require_reach


@dataclass(frozen=True, slots=True)
class NewGateway:
    code: str
    names: dict[str, str]
    provider: str
    settings: dict[str, object] = field(default_factory=dict)
    active: bool = True
    methods: tuple[str, ...] = ()  # those it offers here; empty: all it knows
    position: int = 0


@transaction.atomic
def put_gateways(gateways: Sequence[NewGateway], actor: str = "", now: datetime | None = None) -> None:
    """Write gateways by their code; one that is there already gets the new words and settings, never another
    provider: what it was asked, only that one knows. `actor`, `now`: for the audit log.
    """
    for new in gateways:
        require_code(new.code)
        was = models.Gateway.objects.select_for_update(no_key=True).filter(code=new.code).first()
        if own_means.is_reserved(new.code):
            raise Refused(Code.METHOD_RESERVED, gateway=new.code, method=new.code)
        if was and was.provider != new.provider:
            raise Refused(Code.NAME_TAKEN, name=new.code)
        reaches = providers.gateway_reaches(new.provider)
        require_reach(reaches, new.settings, was.settings if was else {}, (), actor)
        row = models.Gateway(
            code=new.code,
            names=new.names,
            provider=new.provider,
            settings=new.settings,
            active=new.active,
            methods=list(new.methods),
            position=new.position,
        )
        _require_sound(row)
        row.save(force_insert=was is None, force_update=was is not None)
        if actor and now:
            facts = {"active": new.active, "methods": ", ".join(new.methods)}
            audit.write(Act.GATEWAY, _gateway(new.code), actor, now, **facts)
    providers.read_anew()
    transaction.on_commit(providers.read_anew)


def _require_sound(row: models.Gateway) -> None:
    """Refused(times_unsound), or (method_unknown) for one its provider does not know.

    What else may be wrong with its settings (a secret that comes later) is told on its page.
    """
    try:
        known = [method.code for method in providers.methods(row)]
    except Refused as why:
        if why.code is Code.METHOD_RESERVED:
            raise
        return
    except UnsafeLease as why:
        raise Refused(Code.TIMES_UNSOUND, gateway=row.code, why=str(why)) from None
    except Exception:
        return
    if unknown := [code for code in row.methods if code not in known]:
        raise Refused(Code.METHOD_UNKNOWN, method=unknown[0][:40])


@transaction.atomic
def delete_gateway(code: str, actor: str, now: datetime) -> None:
    """Only one nobody ever paid through; else Refused(still_used): it can be switched off."""
    row = models.Gateway.objects.select_for_update(no_key=True).filter(code=code).first()
    if row is None or is_used(code):
        raise Refused(Code.STILL_USED, what=code)
    row.delete()
    audit.write(Act.GATEWAY_DELETED, _gateway(code), actor, now)
    transaction.on_commit(providers.read_anew)


def is_used(code: str) -> bool:
    return models.Tender.objects.filter(gateway=code).exists()


def try_gateway(code: str, actor: str, now: datetime) -> str | None:
    """Ask it something that moves nothing, outside any transaction: why that failed, or empty; None: there is
    nobody to ask (money is taken by people).
    """
    row = models.Gateway.objects.filter(code=code).first()
    if row is None:
        raise Refused(Code.PROVIDER_UNKNOWN, name=code[:60])
    with transaction.atomic(durable=True):
        audit.write(Act.GATEWAY_TRIED, _gateway(code), actor, now)
    tried: list[str | None] = []
    why = providers.broken(lambda: tried.append(providers.try_gateway(row)))
    return why or tried[0]


def _gateway(code: str) -> AuditSubject:
    return AuditSubject(SubjectKind.GATEWAY, code)

"""People who work in the office: invited, enrolled with a second factor, signed in, given a role, gone.

Passwords are Django's business; the second factor's secret is sealed, recovery codes are keyed hashes: both
by the installation's secret.
"""

import hmac
import re
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, transaction

from tsuzuki.actions.people import limits, totp
from tsuzuki.actions.write import audit
from tsuzuki.actions.write.ids import mint_anywhere
from tsuzuki.core.audit import Act, AuditSubject, SubjectKind
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.keyring import Sealed, SecretMissing
from tsuzuki.core.staff import Permission, Role, has_permission
from tsuzuki.core.typed import compact, plain
from tsuzuki.records import models

INVITED_FOR = timedelta(days=3)
TRIES, WINDOW = 10, 900  # from one address, or from one device that signed in before, in so many seconds
TRIES_OF_NAME = 100  # from all addresses together; a device that signed in before is not held up by them
RECOVERY_CODES = 8
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,38}[a-z0-9]", re.ASCII)
_INVITATION, _DEVICE = "tsuzuki.staff.invitation", "tsuzuki.staff.device"  # salts


def actor_name(user: models.User) -> str:
    """Who it was, for the audit log."""
    return f"staff {user.username}"


def may_act(actor: str, what: Permission) -> bool:
    """Whether the role of who acts allows it.

    What is no member of staff (a terminal, setting up) owns the machine.
    """
    if not actor.startswith("staff "):
        return True
    role = (
        models.Staff.objects.filter(user__username=actor.removeprefix("staff "), left_at=None)
        .values_list("role", flat=True)
        .first()
    )
    return role is not None and has_permission(role, what)


def secret_of(staff: models.Staff) -> bytes:
    """What the authenticator app and we both know. SecretMissing."""
    return bytes.fromhex(settings.KEYRING.open(staff.seed))


@transaction.atomic
def invite(
    name: str, role: Role, actor: str, now: datetime, language: str = "en"
) -> tuple[models.Staff, str]:
    """An account nobody can use yet, and the token of the page where its owner chooses a password.

    Refused(name_taken).
    """
    require_name(name)
    user = models.User(
        id=mint_anywhere(now), username=name, is_staff=True, language=language, date_joined=now
    )
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise Refused(Code.NAME_TAKEN, name=name) from None
    staff = models.Staff.objects.create(
        user=user,
        role=role,
        salt=new_salt(),
        seed=new_seed(),
        recovery_secret_id=settings.KEYRING.current,
        invited_until=now + INVITED_FOR,
        made_at=now,
    )
    audit.write(Act.STAFF_INVITED, subject_of(staff), actor, now, role=role.value)
    return staff, _token(staff)


@transaction.atomic
def invite_again(name: str, actor: str, now: datetime) -> str:
    """Password or telephone lost: everything before is dead, and whoever holds the new token begins anew."""
    staff = locked(name)
    staff.user.set_unusable_password()
    staff.user.save(update_fields=["password"])
    staff.salt, staff.seed, staff.invited_until, staff.enrolled_at, staff.recovery = (
        new_salt(),
        new_seed(),
        now + INVITED_FOR,
        None,
        [],
    )
    staff.save(update_fields=["salt", "seed", "invited_until", "enrolled_at", "recovery"])
    audit.write(Act.STAFF_INVITED, subject_of(staff), actor, now, again=True)
    return _token(staff)


def forget_sessions(now: datetime) -> int:
    """Sessions that are over open nothing any more."""
    return Session.objects.filter(expire_date__lte=now).delete()[0]


def invited(token: str, now: datetime) -> models.Staff:
    """Whose invitation this is. Refused(invitation_over) for one that is used, old or made up."""
    try:
        user, salt = Signer(salt=_INVITATION).unsign(token).split(".", 1)
    except (BadSignature, ValueError):
        raise Refused(Code.INVITATION_OVER) from None
    staff = (
        models.Staff.objects.select_related("user")
        .filter(user__pk=user, salt=salt, invited_until__gt=now, left_at=None)
        .first()
    )
    if staff is None:
        raise Refused(Code.INVITATION_OVER)
    return staff


@transaction.atomic
def join(token: str, password: str, now: datetime) -> models.Staff:
    """The invited chooses a password; the second factor follows at the first sign-in."""
    was = invited(token, now)
    staff = locked(was.user.username)
    if staff.invited_until is None or staff.salt != was.salt:  # used, or invited again, since it was read
        raise Refused(Code.INVITATION_OVER)
    _set_password(staff.user, password)
    staff.invited_until = None
    staff.save(update_fields=["invited_until"])
    audit.write(Act.STAFF_JOINED, subject_of(staff), actor_name(staff.user), now)
    return staff


@transaction.atomic
def make(
    name: str, role: Role, password: str, actor: str, now: datetime, language: str = "en"
) -> models.Staff:
    """An account that is ready: for setting up from a terminal, where `secret_of` can
    be handed over at once.
    """
    staff, _ = invite(name, role, actor, now, language)
    _set_password(staff.user, password)
    staff.invited_until, staff.enrolled_at = None, now
    staff.save(update_fields=["invited_until", "enrolled_at"])
    return staff


def knows_password(name: str, password: str, address: str, now: datetime, device: str = "") -> models.Staff:
    """The first factor. One answer whatever is wrong with it.

    Limited by address and by name; a device that signed in before has a limit of its own, so that strangers
    who know a name keep nobody out.
    """
    name = plain(name).lower()
    known = _known(name, device)
    if known:
        _limit("office device", known, TRIES, now)
    else:
        _limit("office address", address, TRIES, now, limits.take_from)
        _limit("office name", name, TRIES_OF_NAME, now)
    user = authenticate(username=name, password=password)
    staff = (
        models.Staff.objects.select_related("user").filter(user=user, left_at=None).first() if user else None
    )
    if staff is None:
        raise Refused(Code.SIGN_IN_WRONG)
    return staff


def credential(staff: models.Staff) -> str:
    """Stands for the password and the second factor of this moment.

    Who showed the first factor carries it to the second: with another password or a new invitation it is
    another one, and what was half done is void.
    """
    return _keyed(f"credential:{staff.user_id}:{staff.user.password}:{staff.salt}").hex()


def device_of(staff: models.Staff, device: str = "") -> str:
    """What a browser keeps once both factors were shown: it opens nothing, it only has a limit of its own.

    Dead with an invitation.
    """
    if _known(staff.user.username, device):
        return device
    return Signer(salt=_DEVICE).sign(
        f"{staff.user_id}.{secrets.token_urlsafe(12)}.{_keyed(f'device:{staff.salt}').hex()[:32]}"
    )


def _known(name: str, device: str) -> str:
    """Which device of theirs this is; empty: none."""
    try:
        user, device_id, salted = Signer(salt=_DEVICE).unsign(device).split(".")
        staff = models.Staff.objects.filter(user=UUID(user), user__username=name, left_at=None).first()
    except (BadSignature, ValueError):
        return ""
    if staff is None:
        return ""
    ours = settings.KEYRING.digests(f"device:{staff.salt}").values()
    return device_id if any(hmac.compare_digest(salted, our[:32]) for our in ours) else ""


def has_code(staff: models.Staff, typed: str, now: datetime, device: str = "") -> None:
    """The second factor: a code of the app, or a recovery code. Refused(code_wrong)."""
    _limit("office code", _known(staff.user.username, device) or str(staff.user_id), TRIES, now)
    with transaction.atomic():
        staff = _half_way(staff)
        typed = compact(typed).lower()
        step = _step(staff, typed, now)
        digest = _recovery_digest(staff, typed)
        if staff.enrolled_at is None or (step is None and digest not in staff.recovery):
            raise Refused(Code.CODE_WRONG)
        if step is not None:
            staff.last_step = step
        else:
            staff.recovery = [kept for kept in staff.recovery if kept != digest]
        staff.save(update_fields=["last_step", "recovery"])
        by = "app" if step is not None else "recovery code"
        audit.write(Act.SIGNED_IN, subject_of(staff), actor_name(staff.user), now, by=by)


def enrol(staff: models.Staff, typed: str, now: datetime) -> list[str]:
    """The app shows our codes: from now on they are asked for.

    Returns the recovery codes, shown this once.
    """
    _limit("office code", str(staff.user_id), TRIES, now)
    with transaction.atomic():
        staff = _half_way(staff)
        step = _step(staff, compact(typed), now)
        if step is None or staff.enrolled_at is not None:
            raise Refused(Code.CODE_WRONG)
        staff.enrolled_at, staff.last_step = now, step
        codes = _new_recovery(staff)
        staff.save(update_fields=["enrolled_at", "last_step", "recovery", "recovery_secret_id"])
        audit.write(Act.STAFF_ENROLLED, subject_of(staff), actor_name(staff.user), now)
    return codes


def _half_way(staff: models.Staff) -> models.Staff:
    """Who showed the first factor, locked.

    Refused(sign_in_wrong) if it is good no more: another password, an invitation, gone.
    """
    now = locked(staff.user.username)
    waits = now.invited_until is not None or not now.user.has_usable_password()
    if waits or not hmac.compare_digest(credential(now), credential(staff)):
        raise Refused(Code.SIGN_IN_WRONG)
    return now


def change_password(name: str, old: str, new: str, now: datetime) -> models.User:
    _limit("office own password", name, TRIES, now)
    with transaction.atomic():
        staff = locked(name)
        if not staff.user.check_password(old):
            raise Refused(Code.SIGN_IN_WRONG)
        _set_password(staff.user, new)
        audit.write(Act.PASSWORD_CHANGED, subject_of(staff), actor_name(staff.user), now)
    return staff.user


def renew_recovery(name: str, password: str, typed: str, now: datetime) -> list[str]:
    """New recovery codes, shown this once; those before are dead.

    Wants both factors, the second from the app.
    """
    _limit("office own password", name, TRIES, now)
    with transaction.atomic():
        staff = locked(name)
        if not staff.user.check_password(password):
            raise Refused(Code.SIGN_IN_WRONG)
        step = _step(staff, compact(typed), now)
        if step is None or staff.enrolled_at is None:
            raise Refused(Code.CODE_WRONG)
        staff.last_step = step
        codes = _new_recovery(staff)
        staff.save(update_fields=["last_step", "recovery", "recovery_secret_id"])
        audit.write(Act.RECOVERY_RENEWED, subject_of(staff), actor_name(staff.user), now)
    return codes


def _new_recovery(staff: models.Staff) -> list[str]:
    codes = [f"{word[:5]}-{word[5:]}" for word in (secrets.token_hex(5) for _ in range(RECOVERY_CODES))]
    staff.recovery_secret_id = settings.KEYRING.current
    staff.recovery = [_recovery_digest(staff, code) for code in codes]
    return codes


def locked(name: str) -> models.Staff:
    staff = (
        models.Staff.objects.select_for_update(no_key=True)
        .select_related("user")
        .filter(user__username=name, left_at=None)
        .first()
    )
    if staff is None:
        raise Refused(Code.STAFF_UNKNOWN, name=name[:40])
    return staff


def _set_password(user: models.User, password: str) -> None:
    require_password(user.username, password)
    user.set_password(password)
    user.save(update_fields=["password"])


def require_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise Refused(Code.STAFF_NAME_MALFORMED, name=name[:40])


def require_password(name: str, password: str) -> None:
    """By the rules in settings.AUTH_PASSWORD_VALIDATORS, which must hold without the owner's name in it too:
    it is no secret.
    """
    try:
        for text in (password, password.lower().replace(name, "")):
            validate_password(text, models.User(username=name))
    except ValidationError:
        raise Refused(Code.PASSWORD_WEAK) from None


def _limit(
    name: str, subject: str, allowed: int, now: datetime, take: Callable[..., int | None] = limits.take
) -> None:
    wait = take(name, subject, allowed, WINDOW, now)
    if wait is not None:
        raise Refused(Code.TOO_MANY_TRIES, minutes=-(-wait // 60))


def _token(staff: models.Staff) -> str:
    return Signer(salt=_INVITATION).sign(f"{staff.user_id}.{staff.salt}")


def new_salt() -> str:
    return secrets.token_urlsafe(24)


def new_seed() -> Sealed:
    """160 bits, as RFC 4226 wants."""
    return settings.KEYRING.seal(secrets.token_hex(20))


def _keyed(text: str) -> bytes:
    return settings.KEYRING.digest(text)


def _step(staff: models.Staff, typed: str, now: datetime) -> int | None:
    """Of the code the app shows.

    None also where the seed cannot be read any more: a new invitation makes a new one.
    """
    try:
        return totp.match(secret_of(staff), typed, now, staff.last_step)
    except SecretMissing:
        return None


def _recovery_digest(staff: models.Staff, code: str) -> str:
    try:
        return settings.KEYRING.digest(
            f"recovery:{staff.user_id}:{code.replace('-', '').lower()}", staff.recovery_secret_id
        ).hex()
    except SecretMissing:  # dropped: its codes are dead
        return ""


def subject_of(staff: models.Staff) -> AuditSubject:
    return AuditSubject(SubjectKind.STAFF, staff.user.username)

"""Staff at their desks: signed in by both factors through the real pages, and the forms of the office filled
in as a browser would.
"""

from __future__ import annotations

import re
from html import unescape

from tsuzuki.actions.people import totp
from tsuzuki.core.staff import Role

PASSWORD = "gold hen walks north"
FAST = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def hire(name: str, role: Role, now, language: str = "en"):
    from tsuzuki.actions.people import staff

    return staff.make(name, role, PASSWORD, "test", now, language)


def code_of(member, now) -> str:
    from tsuzuki.actions.people.staff import secret_of

    return totp.code(secret_of(member), totp.step_at(now))


def sign_in(client, member, now):
    """Both steps. Returns the last answer."""
    client.get("/office/sign-in/")
    first = post(client, "/office/sign-in/", "password", username=member.user.username, password=PASSWORD)
    assert first.status_code == 302, first.content
    return post(client, first["Location"], "code", code=code_of(member, now))


def post(client, path: str, form: str, **fields):
    """Open the page and send one of its forms, every field as it stands there, with `fields` changed."""
    page = client.get(path)
    values = form_of(page.content.decode(), form) if page.status_code == 200 else {"do": form}
    return client.post(path, values | fields)


def form_of(page: str, form: str) -> dict[str, object]:
    """What a browser would send of a form."""
    found = re.search(rf'class="box" id="{form}">(.*?)</form>', page, re.DOTALL)
    assert found, f"no form {form}; there are {forms_of(page)}"
    body, values = found[1], {}
    for tag in re.findall(r"<input[^>]*>", body):
        name, value = _of(tag, "name"), _of(tag, "value")
        if name and ("checkbox" not in tag or re.search(r"\schecked(?=[\s/>])", tag)):
            values[name] = value or ("on" if "checkbox" in tag else "")
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', body, re.DOTALL):
        values[name] = unescape(text).strip()
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', body, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        values[name] = unescape(chosen[1]) if chosen else ""
    values.pop("csrfmiddlewaretoken", None)
    return values


def forms_of(page: str) -> list[str]:
    return re.findall(r'class="box" id="([a-z_]+)">', page)


def _of(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return unescape(found[1]) if found else ""


def text(answer) -> str:
    """What people read of a page."""
    body = re.sub(r"<(script|style|nav)\b.*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())

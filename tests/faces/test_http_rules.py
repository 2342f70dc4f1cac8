"""What a browser with cookies off, an address with a slash too many, and methods no page has are told."""

from __future__ import annotations

import pytest

from tests.faces import desk


def guarded():
    """A browser whose forms are checked, as they are outside of tests."""
    from django.test import Client

    return Client(enforce_csrf_checks=True, SERVER_NAME="localhost", headers={"Accept-Language": "en"})


FORMS = ["/en/", "/en/find", "/office/sign-in/", "/office/join/x/"]


@pytest.mark.parametrize("path", FORMS)
def test_without_cookies_one_is_told_so(client, path):
    said = guarded().post(path, {"number": "1"})
    assert said.status_code == 403
    assert "Please allow cookies for this site" in desk.text(said)
    assert "open for too long" not in desk.text(said)


@pytest.mark.parametrize("path", FORMS)
def test_a_form_of_another_site_is_told_so(client, path):
    said = guarded().post(path, {}, headers={"Origin": "https://evil.example"})
    assert said.status_code == 403
    assert "sent from another address than ours" in desk.text(said)


@pytest.mark.parametrize(
    ("path", "words"), [("/en/", "open for too long"), ("/office/sign-in/", "the page was open for too long")]
)
def test_an_old_form_is_told_so(client, path, words):
    browser = guarded()
    browser.get(path)
    said = browser.post(path, {"csrfmiddlewaretoken": "x" * 64})
    assert said.status_code == 403
    assert words in desk.text(said)


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("/ja", "/ja/"),
        ("/en", "/en/"),
        ("/zh-Hans", "/zh-Hans/"),
        ("/office", "/office/"),
        ("/office/sign-in", "/office/sign-in/"),
        ("/en/guide/", "/en/guide"),
        ("/find/", "/find"),
        ("/en/find/?a=1&b=%2F", "/en/find?a=1&b=%2F"),
        ("/en/p/abc/", "/en/p/abc"),
    ],
)
def test_a_slash_too_many_or_too_few(client, typed, right):
    said = client.get(typed)
    assert (said.status_code, said["Location"]) == (301, right)
    assert client.get(right).status_code != 301


@pytest.mark.parametrize(
    "path",
    ["//evil.example/", "//evil.example", "/nothing", "/nothing/", "/en//", "/api/v1/lines/", "/en/\r\n/"],
)
def test_what_leads_nowhere(client, path):
    assert client.get("/", PATH_INFO=path).status_code in (400, 401, 404)


def test_a_form_is_not_led_on(client):
    assert client.post("/en/find/", {}).status_code == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/", "/en/guide", "/office/", "/office/sign-in/", "/nothing"])
def test_methods_no_page_has(client, method, path):
    said = guarded().generic(method, path)
    assert (said.status_code, said["Allow"]) == (405, "GET, HEAD, POST, OPTIONS")


def test_options(client):
    said = client.options("/en/guide")
    assert (said.status_code, said["Allow"], said.content) == (204, "GET, HEAD, POST, OPTIONS", b"")


@pytest.mark.parametrize(
    ("asked", "packed"),
    [
        ("gzip", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, br", False),
        ("br, GZIP ; q=0", False),
        ("gzip;q=0.5", True),
        ("", False),
    ],
)
def test_gzip_refused_is_gzip_not_sent(client, asked, packed):
    said = client.get("/en/guide", headers={"Accept-Encoding": asked})
    assert (said.get("Content-Encoding") == "gzip") is packed

"""The smallest web application: a page of a known size, its cookie, an image, and a redirect.

To test the measuring with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

PAGE = (
    b"<!doctype html><html lang=en><meta charset=utf-8><title>x</title>"
    b"<link rel=icon href=data:,><h1>Hello</h1>"
)
SIZE = 20_000
IMAGE = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>'


def application(environ: dict[str, str], start: Callable[..., object]) -> Iterable[bytes]:
    match environ["PATH_INFO"]:
        case "/large":
            return _answer(start, PAGE.ljust(SIZE), ("set-cookie", "a=12345; Path=/"))
        case "/image":
            return _answer(start, PAGE + b"<img src=/dot.svg alt=dot>")
        case "/dot.svg":
            return _answer(start, IMAGE, kind="image/svg+xml")
        case "/sent-on":
            start("302 Found", [("location", "/large"), ("content-length", "0")])
            return []
        case _:
            return _answer(start, PAGE)


def _answer(
    start: Callable[..., object], body: bytes, *more: tuple[str, str], kind: str = "text/html; charset=utf-8"
) -> list[bytes]:
    start("200 OK", [("content-type", kind), ("content-length", str(len(body))), *more])
    return [body]

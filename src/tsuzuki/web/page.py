"""How every page is answered: language, brand, style, and headers that let nothing else in."""

from html import escape
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.debug import sensitive_variables

from tsuzuki.core.brand import Brand
from tsuzuki.http.addresses import client_ip
from tsuzuki.records import queries
from tsuzuki.ui.activation import speaking
from tsuzuki.ui.contacts import shops, ways
from tsuzuki.ui.languages import OWN_NAMES, SHIPPED, SHOP, nearest
from tsuzuki.ui.style import style


@sensitive_variables()
def page(
    request: HttpRequest,
    template: str,
    language: str,
    *,
    status: int = 200,
    refresh: int | None = None,
    path: str = "",
    sheet: str = "",
    **facts: object,
) -> HttpResponse:
    """`path`: this page's address without its language, where it is not the one asked for (a form that came
    back with a mistake). `refresh`: seconds after which the browser is to look again, by itself and without a
    script. `sheet`: styles beside look.css.
    """
    brand = queries.brand()
    look = style(brand.colour, brand.accent, sheet)
    here = path or without_language(request.path)
    others = [(tag, OWN_NAMES[tag], f"/{tag}{here}") for tag in SHIPPED if tag != language]
    context = {
        "language": language,
        "brand": brand,
        "style": look,
        "others": others,
        "icon": icon_of(brand),
        "sandbox": settings.SANDBOX,
        "ways": ways(brand, language),
        "shops": shops(brand, language),
        "brand_seller": brand.legal.get("seller", {}).get(language, brand.name),
        **facts,
    }
    with speaking(language, SHOP):
        text = render_to_string(
            f"{template if '/' in template else f'web/{template}'}.html", context, request
        )
    response = HttpResponse(text, status=status)
    response["Content-Language"] = language
    response["Cache-Control"] = "private, no-store" if facts.get("private", True) else "public, max-age=300"
    response["Vary"] = "Accept-Language, Cookie"
    response["Content-Security-Policy"] = policy(look.source)
    if refresh is not None:
        response["Refresh"] = str(refresh)
    return response


def policy(style_source: str) -> str:
    """Forms may lead to a gateway's page: any https, and in the sandbox plain http."""
    anywhere = "https: http:" if settings.SANDBOX else "https:"
    return (
        f"default-src 'none'; style-src {style_source}; img-src 'self' data:; manifest-src 'self'; "
        f"form-action 'self' {anywhere}; base-uri 'none'; frame-ancestors 'none'"
    )


def wanted_language(request: HttpRequest) -> str:
    return nearest(request.headers.get("Accept-Language", ""))


def client(request: HttpRequest) -> str:
    """Whom a limit counts."""
    return client_ip(
        request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", ""), settings.PROXIES
    )


def typed(request: HttpRequest, name: str, longest: int) -> str:
    """A field of a form as it came in. PostgreSQL has no NUL, nor has any word of ours."""
    return request.POST.get(name, "").replace("\0", "")[:longest]


def without_language(path: str) -> str:
    first, _, rest = path.lstrip("/").partition("/")
    return f"/{rest}" if first in SHIPPED else path


def icon_of(brand: Brand) -> str:
    letter = escape(brand.name[:1].upper() or "T")
    text = (
        "x='16' y='23' font-size='20' font-family='sans-serif' font-weight='700' "
        "text-anchor='middle' fill='#fff'"
    )
    box = f"<rect width='32' height='32' rx='8' fill='{brand.colour}'/>"
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'>{box}<text {text}>{letter}</text></svg>"
    )
    return "data:image/svg+xml," + quote(svg, safe="=:/' ")

"""The WSGI application granian serves."""

import os

from django.core.wsgi import get_wsgi_application

from tsuzuki.cli.start import require_utc, set_up_log

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsuzuki.site.settings")
set_up_log("json")
_pages = get_wsgi_application()
require_utc()

from .watch import watched  # noqa: E402 (reads models, which are there only now)

application = watched(_pages)

"""The WSGI application granian serves."""

import os
import sys

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from tsuzuki.cli import settings_file
from tsuzuki.cli.start import require_utc, set_up_log

settings_file.lend()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsuzuki.site.settings")
set_up_log("json")
_pages = get_wsgi_application()

from .admission import crowded, whole  # noqa: E402 (read models, which are there only now)
from .opening import limit_sessions, why_closed  # noqa: E402
from .watch import watched  # noqa: E402

limit_sessions(settings.PAGES)
require_utc()
if _why := why_closed():
    sys.exit(_why)
application = watched(crowded(whole(_pages), settings.THREADS))

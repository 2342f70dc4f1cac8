"""The WSGI application granian serves."""

import sys

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from tsuzuki.cli.start import explained, lend, require_utc, set_up_log

with explained():
    lend()
    set_up_log("json")
    _pages = get_wsgi_application()

from .admission import crowded, whole
from .readiness import limit_sessions, why_closed
from .watch import watched

with explained():
    limit_sessions(settings.PAGES)
    require_utc()
if _why := why_closed():
    sys.exit(_why)
application = watched(crowded(whole(_pages), settings.THREADS))

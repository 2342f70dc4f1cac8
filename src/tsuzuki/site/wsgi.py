"""The WSGI application granian serves."""

import os

from django.core.wsgi import get_wsgi_application

from tsuzuki.cli.start import require_utc, set_up_log

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsuzuki.site.settings")
set_up_log("json")
application = get_wsgi_application()
require_utc()

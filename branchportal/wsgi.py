import os

from django.core.wsgi import get_wsgi_application

from .body_limit import Lingering

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "branchportal.settings")
application = Lingering(get_wsgi_application())

"""The first accounts of a new portal, made at its console: nobody is there yet who could grant an office."""

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.errors import PortalError

from ..credentials import generate_password, username_problem
from ..models import Appointment, User
from ..roles import THREE_OFFICES
from .accounts import Slip
from .appointments import described


def found_account(*, username: str, name: str, role: str) -> Slip:
    """One of the three administrators; refused as soon as somebody holds that office."""
    if role not in THREE_OFFICES:
        raise PortalError(_("Only the three administrators are made here. All others are granted in the portal."))
    if problem := username_problem(username):
        raise PortalError(problem)
    password = generate_password()
    hashed = make_password(password)
    with transaction.atomic():
        if Appointment.objects.in_force().filter(role=role, user__is_active=True).exists():
            raise PortalError(_("Somebody holds this office already. Further accounts are made in the portal."))
        if User.objects.filter(username=username).exists():
            raise PortalError(_("The account “%(name)s” exists already. Choose another one.") % {"name": username})
        user = User.objects.create(username=username, name=name, password=hashed)
        office = Appointment.objects.create(user=user, role=role, starts_on=timezone.localdate())
        audit.record(None, "account.created", user, after={"username": username, "name": name}, note="console")
        audit.record(None, "appointment.granted", office, after=described(office), note="console")
    return Slip(user, password)

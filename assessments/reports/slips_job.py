"""The job behind account slips: which accounts, whether with new passwords, and how long the file is kept."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from branches.models import Unit
from branchportal.errors import PortalError
from branchportal.jobs import Progress
from branchportal.models import Job
from members.models import Appointment, User
from members.rules import can_reset_password
from members.services.accounts import issue_passwords

from .account_slips import SlipRow, account_slips_pdf
from .archive import safe
from .services import ACCOUNT_SLIPS

KEPT = timedelta(hours=24)  # a file with passwords does not lie about


def print_slips(progress: Progress) -> None:
    """Slips of a unit's accounts that the owner may reset; new passwords only where they were asked for."""
    forget_old_slips()
    job = progress.job
    unit = Unit.objects.get(pk=job.params["unit"])
    accounts = accounts_of(unit, job.owner)
    if not accounts:
        raise PortalError(_("This unit has no accounts whose slips you may print."))
    progress.start(len(accounts))
    passwords: dict[int, str] = {}
    if job.params.get("issue"):
        slips = issue_passwords(actor=job.owner, accounts=accounts, step=progress.step)
        passwords = {slip.user.pk: slip.password for slip in slips}
    rows = list(slip_rows(accounts, passwords))
    with translation.override("zh-hans"):
        heading = str(settings.PORTAL_NAME)
    paper = account_slips_pdf(rows, heading=f"{heading}账号", address=job.params.get("address", ""))
    progress.attach(safe(f"{unit.name}账号条.pdf"), paper.content)
    progress.finish(message=_("%(count)d slips. The file is kept for 24 hours.") % {"count": len(rows)})


def accounts_of(unit: Unit, actor: User) -> list[User]:
    """Active accounts with an office of today in the unit's branches or organizations, by name of the place."""
    offices = Appointment.objects.in_force().filter(Q(branch__unit=unit) | Q(organization__unit=unit))
    found = User.objects.visible_to(actor).filter(is_active=True, pk__in=offices.values("user")).order_by("username")
    return [account for account in found if can_reset_password(actor, account)]


def slip_rows(accounts: Iterable[User], passwords: dict[int, str]) -> Iterable[SlipRow]:
    """A row a person: the first office of today names the place."""
    accounts = list(accounts)
    offices: dict[int, Appointment] = {}
    for office in Appointment.objects.in_force().filter(user__in=accounts).for_table().order_by("-pk"):
        offices[office.user_id] = office
    for account in accounts:
        office = offices[account.pk]
        yield SlipRow(
            name=account.name,
            username=account.username,
            place=str(office.branch or office.organization or ""),
            office=office.get_role_display(),
            password=passwords.get(account.pk, ""),
        )


def forget_old_slips() -> int:
    """Delete the files of slips that were made more than a day ago; returns how many."""
    old = Job.objects.filter(task=ACCOUNT_SLIPS, finished_at__lt=timezone.now() - KEPT).exclude(file_path="")
    for job in old:
        (Path(settings.MEDIA_ROOT) / job.file_path).unlink(missing_ok=True)
    return old.update(file_path="")

"""Set-up, branches and members, accounts and offices, audit trail: what is asked of whom."""

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from branches import rules as tree
from branches.models import Branch
from branchportal.access import Access
from branchportal.models import AuditEntry
from branchportal.operating import can_operate
from members import phones
from members import rules as people
from members.auditing import reading
from members.models import Appointment, Erasure, Member, User
from members.rights import rules as erasing
from members.roles import BRANCH_ROLES, Role
from members.tokens.rules import can_keep_tokens

from ...cycles import rules as cycles
from ...schemes import rules as schemes
from ...schemes.models import SchemeVersion
from ...sheets.extending import rules as extending
from ...sheets.extending.models import Extension
from ...sheets.restructuring import rules as restructuring
from ...sheets.restructuring.models import BranchChange
from .asking import NOBODY, About, Sample
from .kinds import Act, Kind
from .kinds_sheets import STRANGER


def _members() -> QuerySet:
    return Member.objects.filter(is_active=True)


def _accounts() -> QuerySet:
    held = Appointment.objects.in_force().filter(role__in=sorted(BRANCH_ROLES), branch__isnull=False)
    return User.objects.filter(pk__in=held.values("user")).annotate(
        at_branch=F("appointments__branch_id"), at_path=F("appointments__branch__organization__path")
    )


def _offices() -> QuerySet:
    return Appointment.objects.in_force().filter(branch__isnull=False)


def _of_others() -> QuerySet:
    """What others than auditors did."""
    auditors = Appointment.objects.filter(role=Role.AUDITOR).values("user")
    return AuditEntry.objects.exclude(actor=None).exclude(actor__in=auditors)


def _account(about: About) -> User:
    """An account of the branch's people: its secretary, or somebody who holds no office."""
    offices = Appointment.objects.in_force().filter(branch=about.sheet.branch_id, role=Role.SECRETARY)
    rows = User.objects.for_table().filter(pk__in=offices.values("user"))
    return rows.first() or STRANGER


def _account_rule(rule: object) -> object:
    """The rule, asked about an account of the branch's people."""
    return lambda user, about: rule(user, _account(about))


def _publish_scheme(user: User, about: About) -> Access:
    version = SchemeVersion(pk=NOBODY, status="proposed", created_by=STRANGER, proposed_by=STRANGER)
    return schemes.can_publish(user, version)


def _erase(user: User, about: About) -> Access:
    return erasing.can_decide(user, Erasure(requested_by=STRANGER, member=Member(pk=NOBODY)))


def _grant(user: User, about: About) -> Access:
    return people.can_appoint(user, STRANGER, Role.SECRETARY)


def _grant_powers(user: User, about: About) -> Access:
    return people.can_appoint(user, STRANGER, Role.OFFICE)


KINDS = (
    Kind(
        "plans", _("Year plans, cycles, teams"), see=lambda user, about: cycles.can_see_set_up(user),
        writes=(Act(_("set up"), lambda user, about: cycles.can_set_up(user)),),
        decides=(
            Act(
                _("grant extensions"),
                lambda user, about: extending.can_decide(user, Extension(status="asked", asked_by=STRANGER)),
            ),
        ),
    ),
    Kind(
        "schemes", _("Published schemes"), Sample(lambda: SchemeVersion.objects.filter(status="published")),
        SchemeVersion.objects.visible_to,
        writes=(Act(_("edit drafts"), lambda user, about: schemes.can_edit(user)),),
        decides=(Act(pgettext_lazy("rights", "publish"), _publish_scheme),),
    ),
    Kind(
        "branches", _("Branches and organizations"),
        Sample(lambda: Branch.objects.all(), "pk", "", "organization__path"), Branch.objects.visible_to,
        writes=(Act(_("enter and change"), lambda user, about: tree.can_edit_tree(user)),),
        decides=(
            Act(
                _("confirm mergers"),
                lambda user, about: restructuring.can_decide(user, BranchChange(status="asked", asked_by=STRANGER)),
            ),
        ),
    ),
    Kind(
        "members", _("Members' data (the roll)"), Sample(_members, "branch_id", "", "branch__organization__path"),
        Member.objects.visible_to,
        writes=(
            Act(_("enter and change"), lambda user, about: people.can_edit_member(user, about.sheet.branch)),
        ),
        decides=(Act(_("carry out erasures"), _erase),),
    ),
    Kind(
        "phones", _("Telephone numbers in full"),
        see=lambda user, about: phones.can_show(user, about.sheet.branch),
    ),
    Kind(
        "accounts", _("Accounts of branches"), Sample(_accounts, "at_branch", "", "at_path"), User.objects.visible_to,
        see=lambda user, about: people.can_list_accounts(user),
        writes=(Act(_("change and deactivate"), _account_rule(people.can_edit_account)),),
        decides=(Act(_("reset the password"), _account_rule(people.can_reset_password)),),
    ),
    Kind(
        "offices", _("Offices (appointments)"), Sample(_offices, "branch_id", "", "branch__organization__path"),
        Appointment.objects.visible_to, see=lambda user, about: people.can_list_appointments(user),
        decides=(Act(_("grant for branches"), _grant), Act(_("grant powers over the whole portal"), _grant_powers)),
    ),
    Kind(
        "sessions", _("Sessions and second factors of others"),
        see=lambda user, about: people.can_see_security(user),
        decides=(Act(_("end sessions"), _account_rule(people.can_end_sessions)),),
    ),
    Kind(
        "tokens", _("API tokens"), see=lambda user, about: can_keep_tokens(user),
        decides=(Act(_("issue and revoke"), lambda user, about: can_keep_tokens(user)),),
    ),
    Kind(
        "audit", _("Audit trail"), Sample(_of_others), reading.visible_to,
        decides=(Act(_("verify"), lambda user, about: people.can_verify_audit(user)),),
    ),
    Kind(
        "audit_own",
        _("Audit trail of the auditors' own acts"),
        see=lambda user, about: people.can_read_audit(user),
    ),
    Kind("system", _("State of the system, tasks of others"), see=lambda user, about: can_operate(user)),
)  # fmt: skip

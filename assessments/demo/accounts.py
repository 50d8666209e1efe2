"""The demonstration's printed accounts: one or two per role, all with the same password."""

from unicodedata import east_asian_width

from branches.models import Branch
from members.models import User
from members.roles import Role

from .city import PASSWORD

SHOWN: tuple[tuple[str, str], ...] = (
    (Role.SECRETARY, "s00101"),
    (Role.SECRETARY, "s00102"),
    (Role.DEPUTY, "d00101"),
    (Role.DEPUTY, "k001"),
    (Role.DEPARTMENT, "c001"),
    (Role.DEPARTMENT, "c009"),
    (Role.INSPECTOR, "inspector21"),
    (Role.LEADER, "leader2"),
    (Role.OFFICE, "office1"),
    (Role.OFFICE, "office2"),
    (Role.AUTHORITY, "authority1"),
    (Role.AUTHORITY, "authority2"),
    (Role.SYSTEM_ADMIN, "sysadmin"),
    (Role.SECURITY_ADMIN, "secadmin"),
    (Role.AUDITOR, "auditor"),
)


def shown_accounts() -> list[tuple[str, str, str]]:
    """(role in Chinese, account, what it belongs to) of the accounts that are there."""
    names = {user.username: user for user in User.objects.filter(username__in=[name for _role, name in SHOWN])}
    branches = {branch.code: branch.name for branch in Branch.objects.filter(code__in=["00101", "00102"])}
    return [
        (str(Role(role).label), username, branches.get(username[1:], names[username].name))
        for role, username in SHOWN
        if username in names
    ]


def account_lines() -> list[str]:
    """The table that the start command prints."""
    rows = [f"  {_padded(role, 24)}{username:<14}{scope}" for role, username, scope in shown_accounts()]
    return ["演示账号（全部为虚构数据，密码相同）：", *rows, f"  密码：{PASSWORD}"]


def _padded(text: str, width: int) -> str:
    """Padded for a terminal, where Chinese characters are two columns wide."""
    return text + " " * (width - sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text))

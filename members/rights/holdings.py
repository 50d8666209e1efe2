"""What the portal keeps of a person, as a file. Headings are a file format: Chinese, outside gettext."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone

from branchportal.mailing import masked_mail
from branchportal.models import AuditEntry
from branchportal.personal import masked
from branchportal.tables import Column, Table

from ..auditing.words import action_words
from ..models import Member, SignIn, User

if TYPE_CHECKING:
    from django.db.models import QuerySet

MOST_ROWS = 5000  # of the trail: the latest
HIDDEN = {"SecondFactor", "RecoveryCode", "PasswordRecord"}  # secrets; they are named by kind, never shown


def accounts_of(member: Member | None, user: User | None = None) -> list[User]:
    """The person's accounts; for somebody who is on no roll the own one."""
    rows = User.objects.for_table()
    return list(rows.filter(member=member) if member else rows.filter(pk=user.pk if user else None))


def tables(member: Member | None, accounts: list[User], *, is_own: bool) -> list[Table]:
    """The sheets of the file. To others than the person it gives no sign-ins, no trail, and numbers masked."""
    found = [_person(member, accounts, is_own=is_own), _offices(accounts)]
    if is_own:
        found += [_sign_ins(accounts), _trail("本人操作记录", AuditEntry.objects.filter(actor__in=accounts))]
    about = models.Q(object_type="members.user", object_id__in=[account.pk for account in accounts])
    if member:
        about |= models.Q(object_type="members.member", object_id=member.pk)
    return [*found, _trail("关于本人的记录", AuditEntry.objects.filter(about)), _others(member, accounts)]


def _person(member: Member | None, accounts: list[User], *, is_own: bool) -> Table:
    lines: list[tuple[str, object]] = []
    if member:
        lines += [
            ("姓名", member.name), ("党支部", member.branch.name), ("编号", member.number),
            ("类别", member.get_kind_display()), ("入党日期", member.joined_on), ("支部职务", member.post),
            ("是否在册", _yes(member.is_active)),
        ]  # fmt: skip
    for account in accounts:
        lines += [
            ("账号", account.username), ("账号姓名", account.name),
            ("办公电话", account.phone if is_own else masked(account.phone)), ("账号是否启用", _yes(account.is_active)),
            ("邮箱", account.mail or "" if is_own else masked_mail(account.mail)),
            ("账号建立时间", _moment(account.created_at)), ("最近登录", _moment(account.last_login)),
        ]  # fmt: skip
    return Table("基本信息", [Column("项目", 16), Column("内容", 40, "code")], lines)


def _offices(accounts: list[User]) -> Table:
    rows = [
        (account.username, office.get_role_display(), office.scope_name, office.starts_on, office.ends_on)
        for account in accounts
        for office in account.appointments.all()
    ]
    columns = [Column("账号", 14, "code"), Column("职务", 16), Column("任职单位", 36), Column("任职起", 12, "date")]
    return Table("任职", [*columns, Column("任职止", 12, "date")], rows)


def _sign_ins(accounts: list[User]) -> Table:
    rows = [
        (row.user.username, _moment(row.began_at), _moment(row.seen_at), row.address, row.device, _yes(row.is_verified))
        for row in SignIn.objects.filter(user__in=accounts).select_related("user")[:MOST_ROWS]
    ]
    columns = [Column("账号", 14, "code"), Column("登录时间", 20, "moment"), Column("最后使用", 20, "moment")]
    return Table("登录记录", [*columns, Column("地址", 18), Column("设备", 40), Column("双重验证", 10)], rows)


def _trail(title: str, found: "QuerySet[AuditEntry]") -> Table:
    rows = [
        (_moment(entry.at), str(action_words(entry.action)), entry.object_label, entry.note)
        for entry in found.order_by("-pk")[:MOST_ROWS]
    ]
    columns = [Column("时间", 20, "moment"), Column("事项", 30), Column("对象", 40), Column("说明", 30)]
    notes = [f"只列最近{MOST_ROWS}条。"] if len(rows) == MOST_ROWS else []
    return Table(title, columns, rows, notes=notes)


def _others(member: Member | None, accounts: list[User]) -> Table:
    rows = [(kind, field, count) for _label, kind, field, count in kept_rows(member, accounts)]
    return Table("其他关联记录", [Column("类别", 24), Column("关联方式", 24), Column("条数", 8, "whole")], rows)


def kept_rows(member: Member | None, accounts: list[User]) -> Iterator[tuple[str, str, str, int]]:
    """Every kind of row that names the person, whatever app it is of: model, its name, the field's name, how many."""
    owners: list[tuple[type[models.Model], list[int]]] = [(User, [account.pk for account in accounts])]
    if member:
        owners.append((Member, [member.pk]))
    for owner, keys in owners:
        for relation in owner._meta.get_fields(include_hidden=True):
            if not (relation.auto_created and relation.is_relation and not relation.concrete) or relation.many_to_many:
                continue
            model, field = relation.related_model, relation.field
            count = model._base_manager.filter(**{f"{field.name}__in": keys}).count()
            if count and model.__name__ not in HIDDEN:
                yield model._meta.label, str(model._meta.verbose_name), str(field.verbose_name), count


def _yes(value: bool) -> str:
    return "是" if value else "否"


def _moment(value: object) -> str:
    return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}" if value else ""

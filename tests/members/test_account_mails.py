"""The mail column of accounts: optional, checked, masked on its way out, and coming back masked it changes nothing."""

import pytest

from branches.imports.files import export_bytes
from branches.imports.kinds import resource_of
from branchportal.models import AuditEntry
from members.models import User
from tests.branches.test_imports import confirm, upload

pytestmark = pytest.mark.django_db
ADDRESS = "wei.mou@example.gov.cn"


def test_addresses_are_imported_exported_masked_and_kept_when_they_come_back_so(office: User, outsider: User) -> None:
    rows = [["outsider", "卫某", ADDRESS], ["newcomer", "新来", ""]]
    row = upload(office, "accounts", ["账号", "姓名", "邮箱"], rows)
    assert (row.new_count, row.changed_count, row.error_count) == (1, 1, 0)
    confirm(office, row)
    outsider.refresh_from_db()
    assert (outsider.mail, User.objects.get(username="newcomer").mail) == (ADDRESS, None)
    entry = AuditEntry.objects.filter(action="account.import_changed").latest("pk")
    assert ADDRESS not in str(entry.after)
    exported = export_bytes(resource_of("accounts")(office), office, "csv").decode("utf-8-sig")
    assert ("we*****@example.gov.cn" in exported, ADDRESS in exported) == (True, False)
    again = upload(
        office, "accounts", ["账号", "姓名", "邮箱"], [["outsider", "卫某", "we*****@example.gov.cn"], rows[1]]
    )
    assert (again.changed_count, again.unchanged_count, again.error_count) == (0, 2, 0)
    removed = upload(office, "accounts", ["账号", "姓名", "邮箱"], [["outsider", "卫某", ""]])
    confirm(office, removed)
    outsider.refresh_from_db()
    assert outsider.mail is None


@pytest.mark.parametrize(
    "address", ["卫某", "a@b", "wei mou@example.gov.cn", "xx****@example.gov.cn", "甲@example.gov.cn"]
)
def test_what_is_no_address_is_refused_at_its_cell(office: User, outsider: User, address: str) -> None:
    row = upload(office, "accounts", ["账号", "姓名", "邮箱"], [["outsider", "卫某", address]])
    assert [(problem["row"], problem["column"]) for problem in row.report["problems"]] == [(2, "邮箱")]

"""Approving and sealing a reviewed sheet: who may, what must be there, what is frozen."""

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from assessments.schemes.loading import engine_scheme
from assessments.scoring import Batch, evaluate
from assessments.sheets import freezing
from assessments.sheets.choices import ClaimKind, Status
from assessments.sheets.models import Claim, Sheet
from assessments.sheets.services import approving, records, review_marks
from branchportal import audit
from branchportal.errors import PortalError, StaleState

from .reviewing import accept_all, read


class TestApproving:
    def test_a_second_person_approves_and_everything_is_sealed(self, in_review, inspector, leader, secretary):
        claim = Claim.objects.create(
            sheet=in_review,
            kind=ClaimKind.BONUS,
            item_code="B1",
            level="市级",
            matter="先进党支部",
            entered_by=secretary,
            entered_at=timezone.now(),
        )
        sheet = accept_all(in_review, inspector)
        with pytest.raises(approving.IncompleteSheet, match="1 项"):
            approving.approve_sheet(sheet=sheet, actor=leader, version=sheet.version)
        claim.refresh_from_db()
        claim = Claim.objects.for_table().get(pk=claim.pk)
        records.decide_claim(claim=claim, actor=inspector, version=1, accept=True)
        sheet = read(sheet)
        approved = approving.approve_sheet(sheet=sheet, actor=leader, version=sheet.version)
        assert (approved.status, approved.approved_by) == (Status.APPROVED, leader)
        assert approved.review_total_up == 90_500_000  # 79.5 + 9 + 2
        stored = Sheet.objects.select_related("cycle__plan", "branch", "scheme_version").get(pk=sheet.pk)
        assert freezing.is_intact(stored)
        version = stored.scheme_version
        thawed = freezing.thaw(version, [stored.frozen], [stored.frozen_claims])
        scheme = engine_scheme(version)
        batch = Batch.of(scheme, "Q4", thawed.facts, marks=thawed.marks, given=thawed.given, claims=thawed.claims)
        assert int(evaluate(scheme, batch).total_up[0]) == 90_500_000

    def test_a_changed_byte_or_word_is_found(self, in_review, inspector, leader):
        sheet = accept_all(in_review, inspector)
        approving.approve_sheet(sheet=sheet, actor=leader, version=sheet.version)
        stored = Sheet.objects.select_related("cycle__plan", "branch", "scheme_version").get(pk=sheet.pk)
        marks, claims = bytes(stored.frozen), stored.frozen_claims
        stored.frozen = marks[:-1] + bytes([marks[-1] ^ 1])
        assert not freezing.is_intact(stored)
        stored.frozen, stored.frozen_claims = marks, claims.replace("organ", "school")
        assert not freezing.is_intact(stored)
        stored.frozen_claims, stored.revision = claims, 2
        assert not freezing.is_intact(stored)

    def test_who_entered_a_point_never_approves_not_even_after_it_was_overwritten(self, in_review, inspector, leader):
        review_marks.accept_mark(sheet=in_review, actor=leader, code="2.2", version=0)
        said = {"value": "8", "reason": "凭证少了一张"}
        review_marks.save_review_mark(sheet=in_review, actor=inspector, code="2.2", version=1, data=said)
        sheet = accept_all(in_review, inspector)
        for user in (inspector, leader):
            with pytest.raises(PermissionDenied):
                approving.approve_sheet(sheet=sheet, actor=user, version=sheet.version)

    def test_nothing_is_approved_with_a_row_open(self, in_review, leader):
        with pytest.raises(approving.IncompleteSheet) as refusal:
            approving.approve_sheet(sheet=in_review, actor=leader, version=in_review.version)
        assert refusal.value.details == {"indicators": ["1.1", "1.2", "1.3", "2.1", "2.2", "2.3"]}
        assert (read(in_review).status, read(in_review).version) == (Status.REVIEW, in_review.version)

    def test_a_version_not_seen_is_not_approved(self, in_review, inspector, leader):
        seen = accept_all(in_review, inspector)
        said = {"value": "8", "reason": "凭证少了一张"}
        review_marks.save_review_mark(sheet=read(seen), actor=inspector, code="2.2", version=1, data=said)
        with pytest.raises(StaleState):
            approving.approve_sheet(sheet=seen, actor=leader, version=seen.version)

    def test_sealing_takes_approved_sheets_only_and_can_be_repeated(self, city, in_review, inspector, leader, office):
        sheet = accept_all(in_review, inspector)
        approving.approve_sheet(sheet=sheet, actor=leader, version=sheet.version)
        assert [approving.seal_sheets(cycle=city.cycle, actor=office) for _again in range(2)] == [1, 0]
        assert read(sheet).status == Status.SEALED
        assert audit.trail(sheet, ["sheet.sealed"]).count() == 1

    def test_the_authority_exempts_with_a_reason(self, city, authority, office):
        asked = {"sheet": city.sheet, "version": city.sheet.version}
        with pytest.raises(PermissionDenied):
            approving.exempt_sheet(**asked, actor=office, reason="成立不满一年")
        with pytest.raises(PortalError):
            approving.exempt_sheet(**asked, actor=authority, reason="新建")
        exempt = approving.exempt_sheet(**asked, actor=authority, reason="成立不满一年")
        assert (exempt.status, exempt.exempt_reason) == (Status.EXEMPT, "成立不满一年")

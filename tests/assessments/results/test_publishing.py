"""From a candidate to a publication: two people, a check list, sealed sheets, versions, verification."""

from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command

from assessments.cycles.models import Cycle
from assessments.results.models import Publication, Result, Tally
from assessments.results.services.publishing import prepare_publication, publish, send_back
from assessments.results.verifying import publication_problems
from assessments.sheets.models import Sheet
from branchportal import guards
from branchportal.errors import PortalError, StaleState
from branchportal.models import AuditEntry
from members.roles import Role
from tests.factories.members import appoint, make_user
from tests.factories.results import BEST, make_approved, make_tally


@pytest.fixture
def candidate(city, inspector, office):
    """All four branches approved, no tie."""
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="rating")
    city.cycle.refresh_from_db()
    sheets = (city.sheet, city.sibling_sheet, city.far_sheet, city.farther_sheet)
    for points, sheet in zip((10, 9, 8, 7), sheets, strict=True):
        make_approved(sheet, inspector, marks=BEST, points=points)
    return make_tally(city.cycle, office)


def prepare(tally, office, **changes):
    said = {
        "digest": tally.digest,
        "title": "2026年第四季度评星结果",
        "document_number": "市直党工〔2026〕18号",
    } | changes
    return prepare_publication(tally=tally, actor=office, **said)


def test_publishing_takes_two_people_and_seals(candidate, city, office, authority):
    publication = publish(publication=prepare(candidate, office), actor=authority)
    candidate.refresh_from_db()
    city.cycle.refresh_from_db()
    assert (publication.status, publication.version, publication.digest) == ("published", 1, candidate.digest)
    assert (publication.prepared_by, publication.published_by) == (office, authority)
    assert (candidate.status, city.cycle.status) == ("published", "closed")
    assert set(Sheet.objects.values_list("status", flat=True)) == {"sealed"}
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert actions >= {"publication.prepared", "publication.published", "cycle.closed", "sheet.sealed"}


def test_published_results_reach_their_branches_and_no_others(candidate, city, office, authority, secretary, outsider):
    assert Result.objects.visible_to(secretary).count() == 0
    publish(publication=prepare(candidate, office), actor=authority)
    assert list(Result.objects.visible_to(secretary).values_list("branch", flat=True)) == [city.branch.pk]
    assert Result.objects.visible_to(outsider).count() == 0


def test_nobody_publishes_what_they_prepared(candidate, city, office):
    both = appoint(appoint(make_user("both"), Role.OFFICE), Role.AUTHORITY)
    publication = prepare(candidate, both)
    with pytest.raises(PermissionDenied):
        publish(publication=publication, actor=both)
    publication.refresh_from_db()
    assert publication.status == "prepared"


def test_only_office_prepares_and_only_authority_publishes(candidate, office, authority, leader):
    for user in (authority, leader):
        with pytest.raises(PermissionDenied):
            prepare(candidate, user)
    publication = prepare(candidate, office)
    for user in (office, leader):
        with pytest.raises(PermissionDenied):
            publish(publication=publication, actor=user)
    with pytest.raises(PermissionDenied):
        prepare(candidate, office)  # one waits already


def test_missing_branches_must_be_explained(candidate, city, office, inspector):
    with guards.lifted():
        Sheet.objects.filter(pk=city.farther_sheet.pk).update(status="review", frozen=None, frozen_claims="", digest="")
    tally = make_tally(city.cycle, office)
    assert tally.missing_count == 1
    with pytest.raises(PortalError, match="1"):
        prepare(tally, office)
    assert prepare(tally, office, note="该支部正在换届，暂缓评定").note == "该支部正在换届，暂缓评定"


def test_changed_inputs_stop_preparing_and_publishing(candidate, city, office, authority):
    publication = prepare(candidate, office)
    with guards.lifted():
        Sheet.objects.filter(pk=city.farther_sheet.pk).update(status="review", frozen=None, frozen_claims="", digest="")
    with pytest.raises(PortalError):
        publish(publication=publication, actor=authority)
    publication.refresh_from_db()
    assert publication.status == "prepared"
    assert set(Sheet.objects.values_list("status", flat=True)) == {"approved", "review"}


def test_a_publication_sent_back_may_be_prepared_again_as_the_same_version(candidate, office, authority):
    first = send_back(publication=prepare(candidate, office), actor=authority, reason="请补充文号和缺项说明")
    assert (first.status, first.sent_back_reason) == ("rejected", "请补充文号和缺项说明")
    assert prepare(candidate, office).version == 1
    with pytest.raises(PermissionDenied):
        publish(publication=first, actor=authority)


def test_a_newer_tally_takes_a_prepared_publication_off_the_table(candidate, city, office, authority):
    publication = prepare(candidate, office)
    with guards.lifted():
        Sheet.objects.filter(pk=city.farther_sheet.pk).update(status="review", frozen=None, frozen_claims="", digest="")
    make_tally(city.cycle, office)
    publication.refresh_from_db()
    candidate.refresh_from_db()
    assert (publication.status, candidate.status) == ("rejected", "discarded")
    with pytest.raises(PermissionDenied):
        publish(publication=publication, actor=authority)


def test_sending_back_needs_a_reason(candidate, office, authority):
    with pytest.raises(PortalError, match="5"):
        send_back(publication=prepare(candidate, office), actor=authority, reason="不行")


def test_an_old_screen_cannot_prepare(candidate, office):
    with pytest.raises(StaleState):
        prepare(candidate, office, digest="0" * 64)


def test_a_correction_is_a_new_version_and_the_first_still_verifies(candidate, city, office, authority, inspector):
    first = publish(publication=prepare(candidate, office), actor=authority)
    Sheet.objects.filter(pk=city.sheet.pk).update(status="superseded")
    revision = Sheet.objects.get(pk=city.sheet.pk)
    revision.pk, revision.revision, revision.status = None, 2, "draft"
    revision.frozen, revision.frozen_claims, revision.digest = None, "", ""
    revision.save(force_insert=True)
    make_approved(revision, inspector, marks=BEST, points=6)
    second = publish(publication=prepare(make_tally(city.cycle, office), office), actor=authority)
    first.refresh_from_db()
    assert (first.status, first.tally.status, second.version) == ("superseded", "superseded", 2)
    assert publication_problems(Publication.objects.get(pk=first.pk)) == []
    assert verify("--all") == "2 publications verified\n"
    assert Result.objects.get(tally=first.tally, branch=city.branch).total_up == 97_000_000
    assert Result.objects.get(tally=second.tally, branch=city.branch).total_up == 93_000_000


def verify(*arguments):
    out = StringIO()
    call_command("publication_verify", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("harm", ["total", "stars", "sheet", "digest", "reason"])
def test_verification_finds_every_change(candidate, city, office, authority, harm):
    publication = publish(publication=prepare(candidate, office), actor=authority)
    assert verify() == "1 publications verified\n"
    result = Result.objects.filter(tally=candidate, branch=city.sibling)
    frozen = bytearray(bytes(Sheet.objects.get(pk=city.sheet.pk).frozen))
    frozen[8] ^= 1
    ways = {
        "total": lambda: result.update(total_up=99_000_000),
        "stars": lambda: result.update(stars=1),
        "sheet": lambda: Sheet.objects.filter(pk=city.sheet.pk).update(frozen=bytes(frozen)),
        "digest": lambda: Publication.objects.filter(pk=publication.pk).update(digest="0" * 64),
        "reason": lambda: result.update(reasons=[{"code": "veto", "item": "V1"}]),
    }
    with guards.lifted():
        ways[harm]()
    with pytest.raises(CommandError):
        verify()


def test_a_harmed_sheet_is_not_published(candidate, city, office, authority):
    publication = prepare(candidate, office)
    Result.objects.filter(tally=candidate, branch=city.sibling).update(total_up=99_000_000)
    with pytest.raises(PortalError):
        publish(publication=publication, actor=authority)
    assert Tally.objects.get(pk=candidate.pk).status == "candidate"

"""Earlier results, as an import leaves them."""

from django.utils import timezone

from assessments.results.earlier.models import EarlierResult
from branches.models import Branch, ImportUpload


def make_upload(owner: object, name: str = "历年结果.xlsx") -> ImportUpload:
    """A finished import."""
    now = timezone.now()
    return ImportUpload.objects.create(
        kind="earlier",
        owner=owner,
        file_name=name,
        digest="0" * 64,
        rows={},
        status="done",
        created_at=now,
        expires_at=now,
    )


def make_earlier(branch: Branch, year: int, stars: int | None, *, owner: object, **more: object) -> EarlierResult:
    """What a branch reached in a year before the portal."""
    upload = more.pop("upload", None) or make_upload(owner)
    return EarlierResult.objects.create(branch=branch, year=year, stars=stars, upload=upload, **more)

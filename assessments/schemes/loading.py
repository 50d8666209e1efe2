"""Scheme versions as the engine reads them, kept in memory by digest: a published version never changes."""

from dataclasses import dataclass
from functools import lru_cache

from ..scoring import Layout, Scheme
from .models import Criterion, Indicator, SchemeVersion


@dataclass(frozen=True)
class IndicatorIndex:
    """Rows of one version by code: `indicators[code]`, `criteria[code, criterion code]`, and back by id."""

    indicators: dict[str, Indicator]
    criteria: dict[tuple[str, str], Criterion]
    indicator_codes: dict[int, str]
    criterion_codes: dict[int, str]


@lru_cache(maxsize=64)
def _scheme(digest: str, version_id: int) -> Scheme:
    return Scheme.from_data(SchemeVersion.objects.values_list("content", flat=True).get(pk=version_id))


@lru_cache(maxsize=64)
def _layout(digest: str, version_id: int) -> Layout:
    return Layout(_scheme(digest, version_id))


@lru_cache(maxsize=64)
def _index(digest: str, version_id: int) -> IndicatorIndex:
    indicators = {row.code: row for row in Indicator.objects.filter(scheme_version_id=version_id)}
    codes = {row.pk: row.code for row in indicators.values()}
    criteria = list(Criterion.objects.filter(indicator__scheme_version_id=version_id))
    return IndicatorIndex(
        indicators,
        {(codes[row.indicator_id], row.code): row for row in criteria},
        codes,
        {row.pk: row.code for row in criteria},
    )


def engine_scheme(version: SchemeVersion) -> Scheme:
    """The version as the engine's frozen data."""
    return _scheme(version.digest, version.pk)


def layout_of(version: SchemeVersion) -> Layout:
    """Where each indicator and criterion stands in a sealed row of marks."""
    return _layout(version.digest, version.pk)


def scheme_and_layout(digest: str, version_id: int) -> tuple[Scheme, Layout]:
    """Both of a version whose row was not read: its sheets carry key and digest."""
    return _scheme(digest, version_id), _layout(digest, version_id)


def indicator_index(version: SchemeVersion) -> IndicatorIndex:
    """Indicator and criterion rows by code and by id."""
    return _index(version.digest, version.pk)

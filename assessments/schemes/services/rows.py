"""Indicator and criterion rows of a version, so that marks can point at them; written once, when it is published."""

from ... import scoring
from ..models import Criterion, Indicator, SchemeVersion


def write_rows(version: SchemeVersion, parsed: scoring.Scheme) -> None:
    """Replace the rows of `version` by those of `parsed`, depth first."""
    version.indicators.all().delete()
    position = 0

    def write(indicator: scoring.Indicator, parent: Indicator | None, level: int) -> None:
        nonlocal position
        position += 1
        row = Indicator.objects.create(
            scheme_version=version,
            parent=parent,
            code=indicator.code,
            name=indicator.name,
            position=position,
            level=level,
            points_up=indicator.points_up,
            rule=indicator.rule,
        )
        Criterion.objects.bulk_create(
            Criterion(indicator=row, code=criterion.code, text=criterion.text, position=at)
            for at, criterion in enumerate(indicator.criteria)
        )
        for child in indicator.children:
            write(child, row, level + 1)

    for indicator in parsed.indicators:
        write(indicator, None, 1)

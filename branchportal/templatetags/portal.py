"""Filters and tags that every template may use (a template builtin)."""

from django import template
from django.http import QueryDict

from branchportal.figures import plain_text, points_text
from branchportal.mailing import masked_mail
from branchportal.personal import masked
from branchportal.uploads import looks_secret

register = template.Library()
register.filter("looks_secret", looks_secret)
register.filter("masked_mail", masked_mail)  # {{ user.mail|masked_mail }}
register.filter("masked", masked)  # a telephone number as it is shown: {{ branch.phone|masked }}


@register.filter
def points(points_up: int | None, places: int = 2) -> str:
    """Micro-points as printed text: {{ result.total_up|points }}."""
    return points_text(points_up, places)


@register.filter
def plain(points_up: int | None) -> str:
    """Micro-points with as many decimals as they need: {{ criterion.points_up|plain }}."""
    return plain_text(points_up)


@register.filter
def percent(share_up: int | None) -> str:
    """A share in millionths of 1 as per cent: {{ group.weight_up|percent }} is "60%"."""
    if share_up is None:
        return "—"
    text = points_text(share_up * 100)
    return f"{text.rstrip('0').rstrip('.')}%"


@register.filter
def get(mapping: dict, key: object) -> object:
    """mapping.get(key): {{ marks|get:indicator.pk }}."""
    return mapping.get(key) if mapping else None


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: object) -> str:
    """The current query string with some parameters changed (None removes one): ?{% query page=2 %}."""
    params: QueryDict = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            params.pop(name, None)
        else:
            params[name] = str(value)
    return params.urlencode()


@register.inclusion_tag("_stars.html")
def stars(count: int | None, grade: str = "") -> dict:
    """Gold stars with a text for those who cannot see them: {% stars result.stars result.grade %}."""
    return {"count": range(count or 0), "empty": range(5 - (count or 0)), "grade": grade, "number": count}

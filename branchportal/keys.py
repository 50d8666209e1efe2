"""The addresses of rows in the API: keys are plain digits and nothing that Python would also read as a number."""

from rest_framework.routers import SimpleRouter
from rest_framework.viewsets import ViewSetMixin

from .api import DIGITS


class KeyRouter(SimpleRouter):
    """“+1”, “ 1” and digits of other scripts name no row; a key that no database holds names none either."""

    def get_lookup_regex(self, viewset: type[ViewSetMixin], lookup_prefix: str = "") -> str:
        return f"(?P<{lookup_prefix}{viewset.lookup_url_kwarg or viewset.lookup_field}>{DIGITS})"

"""How the description of the API tells of tokens, and to whom it is shown."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.views import SpectacularAPIView

from .models import ANY


class BearerScheme(OpenApiAuthenticationExtension):
    """`Authorization: Bearer …` beside the session."""

    target_class = "members.tokens.authentication.BearerAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict:
        return {"type": "http", "scheme": "bearer"}


class DocumentView(SpectacularAPIView):
    """The OpenAPI document: for whoever is signed in, and for every token."""

    service_reading = ANY

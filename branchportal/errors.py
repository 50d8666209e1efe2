"""What a service may raise. Each class has a stable English `code`; the message is a translated sentence."""


class PortalError(Exception):
    """A refusal that a person can understand and cure. Nothing has been changed."""

    code = "refused"
    status = 400

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(str(message))
        self.message = str(message)
        self.details = details


class StaleState(PortalError):
    """The row was changed by somebody else meanwhile, or the step is no longer possible (409)."""

    code = "stale"
    status = 409


class VersionRequired(PortalError):
    """A change over the API that does not say which version it was made on (428)."""

    code = "version_required"
    status = 428


class InvalidMark(PortalError):
    """A value that the rule of its indicator does not allow (400)."""

    code = "invalid_mark"


class InvalidScheme(PortalError):
    """A scheme with problems; `details["problems"]` lists them all."""

    code = "invalid_scheme"


class ImportRejected(PortalError):
    """A file of which nothing was imported; `details["rows"]` lists row, column, value and cure."""

    code = "import_rejected"


class Cancelled(PortalError):
    """A job that a person cancelled."""

    code = "cancelled"

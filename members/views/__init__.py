from .signing import locked_out

__all__ = ["locked_out"]  # named in settings.AXES_LOCKOUT_CALLABLE

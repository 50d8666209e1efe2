"""What keeps an account safe: its open sessions, its second factor, its recovery codes, its earlier passwords."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from branchportal.crypto import EncryptedField


class SignIn(models.Model):
    """One session of an account, from the password to its end."""

    class Ending(models.TextChoices):
        SIGNED_OUT = "signed_out", pgettext_lazy("session", "signed out")
        IDLE = "idle", pgettext_lazy("session", "left idle")
        TOO_LONG = "too_long", pgettext_lazy("session", "longest time reached")
        ENDED = "ended", pgettext_lazy("session", "ended by a person")
        CREDENTIALS = "credentials", pgettext_lazy("session", "password or second factor changed")
        RIGHTS = "rights", pgettext_lazy("session", "office given or ended, account deactivated")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True)  # its digest: see `store`
    began_at = models.DateTimeField(_("began at"))
    seen_at = models.DateTimeField(_("last used at"))
    address = models.CharField(_("address"), max_length=45, blank=True)
    device = models.CharField(_("device"), max_length=200, blank=True)
    is_verified = models.BooleanField(_("with second factor"), default=False)
    ended_at = models.DateTimeField(_("ended at"), null=True)
    ended_why = models.CharField(_("end"), max_length=12, choices=Ending.choices, blank=True)

    class Meta:
        verbose_name = _("session")
        ordering = ["-began_at"]
        indexes = [models.Index(fields=["user", "-began_at"], name="sign_in_of_user")]

    def __str__(self) -> str:
        return f"{self.user} {self.began_at:%Y-%m-%d %H:%M}"


class SecondFactor(models.Model):
    """What an account has beside its password: an authenticator's secret, or a certificate that a gateway checks."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="second_factor")
    secret = EncryptedField(_("secret"), blank=True)  # hex
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)
    last_step = models.BigIntegerField(default=-1)  # the 30 seconds whose code was used last: none is used twice
    failures = models.PositiveSmallIntegerField(_("wrong codes"), default=0)
    failed_at = models.DateTimeField(_("last wrong code"), null=True)
    certificate = models.CharField(_("certificate"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("second factor")

    def __str__(self) -> str:
        return str(self.user)


class RecoveryCode(models.Model):
    """A code that replaces the authenticator once; only its keyed digest is kept."""

    factor = models.ForeignKey(SecondFactor, models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64, unique=True)
    used_at = models.DateTimeField(_("used at"), null=True)

    class Meta:
        verbose_name = _("recovery code")

    def __str__(self) -> str:
        return str(self.pk)


class PasswordRecord(models.Model):
    """A password that an account had, as its hash, so that it is not chosen again soon."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="password_records")
    hashed = models.CharField(max_length=128)
    set_at = models.DateTimeField(_("set at"))

    class Meta:
        verbose_name = _("earlier password")
        ordering = ["-set_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.user} {self.set_at:%Y-%m-%d}"

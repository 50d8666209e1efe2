"""How the portal is doing, for the system administrator and for monitoring systems with `health.read`."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from branchportal import health, jobs
from branchportal.access import YES, Access, no, require
from branchportal.models import AuditHead, Job

from ..roles import Role
from .authentication import ServiceAccount


def can_see_health(user: object) -> Access:
    """The state in detail is the system administrator's; a token was asked for its right before."""
    if isinstance(user, ServiceAccount) or user.scope.has(Role.SYSTEM_ADMIN):
        return YES
    return no(_("The state of the portal in detail is for the system administrator."))


class CheckSerializer(serializers.Serializer):
    """One thing that must work."""

    name = serializers.CharField()
    state = serializers.ChoiceField(choices=[health.GOOD, health.WARNING, health.BAD])
    at = serializers.DateTimeField(allow_null=True, help_text="the last sign of life, where there is one")


class HealthSerializer(serializers.Serializer):
    """Figures without names: what waits, what runs, what failed."""

    at = serializers.DateTimeField()
    is_worker_silent = serializers.BooleanField(help_text="nothing has worked off tasks for a minute")
    jobs_waiting = serializers.IntegerField()
    jobs_running = serializers.IntegerField()
    jobs_failed = serializers.IntegerField(help_text="of the last 24 hours")
    oldest_waiting_seconds = serializers.IntegerField(help_text="0: nothing waits")
    audit_rows = serializers.IntegerField(help_text="length of the audit chain")
    state = serializers.ChoiceField(
        choices=[health.GOOD, health.WARNING, health.BAD], help_text="the worst of all checks"
    )
    checks = CheckSerializer(many=True)


class HealthView(APIView):
    """The state of the portal in figures."""

    service_reading = "health.read"

    @extend_schema(responses=HealthSerializer)
    def get(self, request: Request) -> Response:
        """What waits, what runs, what failed within a day."""
        require(can_see_health(request.user))
        now = timezone.now()
        waiting = Job.objects.filter(status=Job.Status.QUEUED)
        oldest = waiting.order_by("id").values_list("created_at", flat=True).first()
        lines = health.checks(now)
        state = {
            "at": now,
            "state": health.worst(lines),
            "checks": lines,
            "is_worker_silent": jobs.is_worker_silent(),
            "jobs_waiting": waiting.count(),
            "jobs_running": Job.objects.filter(status=Job.Status.RUNNING).count(),
            "jobs_failed": Job.objects.filter(
                status=Job.Status.FAILED, finished_at__gte=now - timedelta(days=1)
            ).count(),
            "oldest_waiting_seconds": max(0, int((now - oldest).total_seconds())) if oldest else 0,
            "audit_rows": AuditHead.objects.values_list("seq", flat=True).first() or 0,
        }
        return Response(HealthSerializer(state).data)

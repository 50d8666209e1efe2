"""One's own background tasks over the API."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from . import jobs
from .api import Narrowed
from .models import Job


class JobSerializer(serializers.ModelSerializer):
    """A task with its progress."""

    percent = serializers.IntegerField(read_only=True)

    class Meta:
        model = Job
        fields = (
            "id", "title", "status", "done", "total", "percent", "message", "result_url", "file_name", "created_at",
            "finished_at",
        )  # fmt: skip
        read_only_fields = fields


class JobViewSet(Narrowed, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """The tasks that one started, newest first."""

    queryset = Job.objects.none()
    serializer_class = JobSerializer

    def get_queryset(self) -> QuerySet[Job]:
        if getattr(self, "swagger_fake_view", False):
            return Job.objects.none()
        if self.action == "list":
            self.asked()
        return Job.objects.filter(owner=self.request.user)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str | None = None) -> Response:
        """Ask the task to stop."""
        job = self.get_object()
        jobs.cancel(job=job, actor=request.user)
        job.refresh_from_db()
        return Response(self.get_serializer(job).data)

"""Addresses of department, inspectors and the register; `urls.py` takes them in."""

from django.urls import path

from .views import calibration, department, exemptions, handing, queues, records, review

urlpatterns = [
    path("department/", queues.department, name="department"),
    path("<int:pk>/preliminary/", department.preliminary, name="preliminary"),
    path("<int:pk>/preliminary/mark/<str:code>/", department.mark, name="preliminary_mark"),
    path("<int:pk>/preliminary/poll/", department.poll, name="preliminary_poll"),
    path("<int:pk>/preliminary/pass/", department.pass_on, name="pass"),
    path("<int:pk>/preliminary/return/", department.give_back, name="preliminary_return"),
    path("queue/", queues.inspector, name="queue"),
    path("queue/accept/", queues.accept_many, name="queue_accept"),
    path("calibration/", calibration.calibration, name="calibration"),
    path("<int:pk>/review/hand-over/", handing.hand_over, name="review_hand_over"),
    path("<int:pk>/review/", review.review, name="review"),
    path("<int:pk>/review/begin/", review.begin, name="review_begin"),
    path("<int:pk>/review/accept/", review.accept_rest, name="review_accept_rest"),
    path("<int:pk>/review/return/", review.give_back, name="review_return"),
    path("<int:pk>/review/approve/", review.approve, name="review_approve"),
    path("<int:pk>/review/mark/<str:code>/", review.mark, name="review_mark"),
    path("exemptions/", exemptions.exemptions, name="exemptions"),
    path("exemptions/new/", exemptions.exempt, name="exempt"),
    path("records/", records.register, name="records"),
    path("records/new/", records.record_new, name="record_new"),
    path("claims/<int:pk>/decide/", records.decide, name="claim_decide"),
    path("claims/<int:pk>/take-back/", records.take_back, name="record_take_back"),
]

"""Addresses of the branch's own pages."""

from django.urls import path

from .views import evidence_care, filling, filling_claims, filling_evidence, filling_submit, workbook

urlpatterns = [
    path("", filling.mine, name="mine"),
    path("workbooks/", workbook.workbooks, name="workbooks"),
    path("workbooks/download/", workbook.cycle_workbook, name="cycle_workbook"),
    path("workbooks/<int:pk>/", workbook.upload, name="workbook_upload"),
    path("workbooks/<int:pk>/take-over/", workbook.take_over, name="workbook_take_over"),
    path("workbooks/<int:pk>/finish/", workbook.finish, name="workbook_finish"),
    path("signed-in/", filling.signed_in, name="signed_in"),
    path("evidence/<int:pk>/", filling_evidence.evidence_file, name="evidence_file"),
    path("evidence/take-down/", evidence_care.take_down, name="take_down"),
    path("<int:pk>/", filling.fill, name="fill"),
    path("<int:pk>/view/", filling_submit.detail, name="detail"),
    path("<int:pk>/marks/<str:code>/", filling.mark, name="mark"),
    path("<int:pk>/workbook/", workbook.sheet_workbook, name="workbook"),
    path("<int:pk>/copy/", filling.copy_last, name="copy_last"),
    path("<int:pk>/nothing-found/", filling.nothing_found, name="nothing_found"),
    path("<int:pk>/evidence/", filling_evidence.evidence_part, name="evidence"),
    path("<int:pk>/evidence/upload/", filling_evidence.upload, name="evidence_upload"),
    path("<int:pk>/evidence/reusable/", filling_evidence.reusable, name="evidence_reusable"),
    path("<int:pk>/evidence/attach/", filling_evidence.attach, name="evidence_attach"),
    path("<int:pk>/evidence/<int:link>/remove/", filling_evidence.detach, name="evidence_remove"),
    path("<int:pk>/claims/add/", filling_claims.claim_add, name="claim_add"),
    path("<int:pk>/claims/<int:claim>/", filling_claims.claim_change, name="claim_change"),
    path("<int:pk>/claims/<int:claim>/withdraw/", filling_claims.claim_withdraw, name="claim_withdraw"),
    path("<int:pk>/claims/<int:claim>/answer/", filling_claims.record_answer, name="record_answer"),
    path("<int:pk>/submit/", filling_submit.submit, name="submit"),
    path("<int:pk>/receipt/", filling_submit.receipt, name="receipt"),
    path("<int:pk>/withdraw/", filling_submit.withdraw, name="withdraw"),
]

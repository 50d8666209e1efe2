"""Home (我的工作): what is due for each of the user's offices, with days left and the next step."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "assessments/reports/home.html", {})

"""Y-hello and Y-list."""

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import render
from django.urls import path

from accounts.models import User
from tickets.models import Ticket

_OPEN = ["new", "in_progress", "waiting", "development", "deferred"]


def hello(request: HttpRequest) -> HttpResponse:
    """A view that does nothing: neither session nor database."""
    return HttpResponse("hello")


def enter(request: HttpRequest, email: str) -> HttpResponse:
    """Signs anybody in: the site stands on a scratch database."""
    login(request, User.objects.get(email=email))
    return HttpResponse("hello")


def rows(request: HttpRequest) -> HttpResponse:
    """Fifty open requests with the customer's name and two dates, for whoever has signed in: three queries."""
    if not request.user.is_authenticated:
        return HttpResponseForbidden()
    shown = ("number", "subject", "status", "received_at", "updated_at", "customer__name")
    tickets = (
        Ticket.objects.filter(status__in=_OPEN)
        .select_related("customer")
        .only(*shown)
        .order_by("rung", "queue_at", "received_at", "pk")[:50]
    )
    return render(request, "rows.html", {"tickets": tickets})


urlpatterns = [path("hello/", hello), path("enter/<str:email>/", enter), path("rows/", rows)]

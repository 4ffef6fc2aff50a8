from django.urls import include, path
from django.views.generic import RedirectView

from accounts import views

app = (
    [
        path("home/", views.home, name="home"),
        path("language/", views.language, name="language"),
    ],
    "accounts",
)

urlpatterns = [
    path("", include(app)),
    # allauth's pages, less two that this desk does not offer: people are invited, and an address is not self-service.
    path("signup/", RedirectView.as_view(pattern_name="account_login")),
    path("email/", RedirectView.as_view(pattern_name="accounts:home")),
    path("", include("allauth.account.urls")),
]

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from helpdesk import failure, health

handler500 = failure.page

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="accounts:home"), name="root"),
    path("accounts/", include("accounts.urls")),
    path("cabinet/", include("billing_cabinet.urls")),
    path("files/", include("tickets.urls")),
    path("admin/", admin.site.urls),
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("health/desk", health.desk, name="health_desk"),
]

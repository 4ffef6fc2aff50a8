from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class HelpdeskConfig(AppConfig):
    name = "helpdesk"
    verbose_name = _("Desk")

    def ready(self) -> None:
        from helpdesk import checks  # noqa: F401 - registers them; their models cannot be imported earlier


class DeskAdminConfig(AdminConfig):
    """Django's admin with our site in the place of its own."""

    default_site = "helpdesk.admin_site.DeskAdminSite"

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingCabinetConfig(AppConfig):
    name = "billing_cabinet"
    verbose_name = _("Personal cabinet")

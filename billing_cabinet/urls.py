from django.urls import path

from billing_cabinet.views import correspondence, dashboard, filing, organisation, support, tickets

app_name = "cabinet"

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("tickets/", tickets.ticket_list, name="ticket_list"),
    path("tickets/new/", filing.ticket_new, name="ticket_new"),
    path("tickets/new/reaction/", filing.ticket_new_reaction, name="ticket_new_reaction"),
    path("tickets/<int:number>/", tickets.ticket_detail, name="ticket_detail"),
    path("tickets/<int:number>/sent/", filing.ticket_sent, name="ticket_sent"),
    path("tickets/<int:number>/reply/", correspondence.ticket_reply, name="ticket_reply"),
    path("tickets/<int:number>/reopen/", correspondence.ticket_reopen, name="ticket_reopen"),
    path("tickets/<int:number>/close/", correspondence.ticket_close, name="ticket_close"),
    path("support/", support.support, name="support"),
    path("working-days/", support.working_days, name="working_days"),
    path("switch/", organisation.switch, name="switch"),
]

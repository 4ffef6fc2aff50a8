"""Downloads: the bytes as they came, only to those who may see the request, never rendered by the browser."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.roles import Act, may
from customers.models import Membership
from tickets import attachments
from tickets.models import Attachment, Ticket


@require_safe
def download(request: HttpRequest, pk: UUID) -> FileResponse:
    """One file. Whoever may not see its request, or the note that it belongs to, is told that there is none."""
    file = Attachment.objects.filter(pk=pk).select_related("message").first()
    if file is None or not isinstance(request.user, User) or not _may_see(request.user, file):
        raise Http404
    path = attachments.full_path(file.path)
    if not path.exists():
        raise Http404
    response = FileResponse(path.open("rb"), as_attachment=True, filename=file.name, content_type=file.content_type)
    # The policy of our pages gives way to a stricter one: even opened in a tab, nothing in the file may run.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _may_see(user: User, file: Attachment) -> bool:
    if may(user, Act.SEE_TICKETS):
        return True
    if file.message is not None and file.message.kind == "note":
        return False
    visible = Q()
    for membership in Membership.objects.of(user):
        visible |= Q(pk__in=Ticket.objects.visible_to(membership).values("pk"))
    return bool(visible) and Ticket.objects.filter(visible, pk=file.ticket_id).exists()

"""What the admin's pages ask before they show or change something, answered from the one table of who may what."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpRequest

from accounts.models import User
from accounts.roles import Act, may


class RoleAccess:
    """Mix into a ModelAdmin or an inline, before it. What no act is named for, nobody may; deleting is not offered.

    Whoever may change may also see.
    """

    view_act: ClassVar[Act | None] = None
    add_act: ClassVar[Act | None] = None
    change_act: ClassVar[Act | None] = None
    delete_act: ClassVar[Act | None] = None

    def _permits(self, request: HttpRequest, *acts: Act | None) -> bool:
        person = request.user
        return isinstance(person, User) and any(act is not None and may(person, act) for act in acts)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._permits(request, self.view_act, self.change_act)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._permits(request, self.add_act)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._permits(request, self.change_act)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._permits(request, self.delete_act)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._permits(request, self.view_act, self.add_act, self.change_act)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """An address may ask a list for its own filters alone. Django lets through any condition on the row itself,
        such as a broken pattern or a NUL, which the database answers with an error."""
        asked = lookup.removesuffix("__exact").removesuffix("__isnull")
        return asked in getattr(self, "list_filter", ()) and "\0" not in str(value)

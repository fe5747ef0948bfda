"""Views of lists that somebody keeps."""

from argus_records.models import SavedView
from argus_records.services.views import PAGES, ViewError, view_remove, view_save
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from argus_web.accounts.actors import actor_of


def _kept(query: str) -> str:
    """A query without the place in the list: a view begins at its first page."""
    found = QueryDict(query, mutable=True)
    found.pop("after", None)
    return found.urlencode()


@require_POST
def save(request: HttpRequest, page: str) -> HttpResponse:
    """Keep the filters that the list had when the form was made."""
    if page not in PAGES:
        raise Http404("There is no such list.")
    query = _kept(request.POST.get("query", ""))
    try:
        view_save(actor=actor_of(request.user), page=page, name=request.POST.get("name", ""), query=query)
        messages.success(request, _("The view is kept."))
    except ViewError as error:
        messages.error(request, str(error))
    return redirect(f"{reverse(page)}?{query}")


@require_POST
def remove(request: HttpRequest, view_id: int) -> HttpResponse:
    """Forget one's own view."""
    mine = SavedView.objects.filter(actor=actor_of(request.user), pk=view_id).first()
    if mine is None:
        raise Http404("There is no such view.")
    view_remove(actor=mine.actor, view_id=view_id)
    messages.success(request, _("The view is removed."))
    return redirect(mine.page)

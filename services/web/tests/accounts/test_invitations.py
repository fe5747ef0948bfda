"""Invitations: who gives them, what a link opens, once."""

import hashlib
import threading
from datetime import timedelta
from typing import Any

import pytest
from argus_records.models import AuditEvent, Invitation
from argus_web.accounts import invitations
from argus_web.accounts.invitations import (
    invitation_accept,
    invitation_create,
    invitation_of,
    invitation_revoke,
)
from argus_web.accounts.links import LinkRefusedError, Refusal
from argus_web.accounts.permissions import roles_of
from argus_web.accounts.roles import Role
from argus_web.accounts.services import OfficerError, account_close, roles_change
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

NEW = "quiet herons wade"
ADMINISTRATOR = Role.ADMINISTRATOR


def trail(action: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action=action).order_by("pk"))


@pytest.fixture
def ada(person: Any) -> Any:
    return person("ada", "administrator")


def invited(by: Any, **changes: Any) -> tuple[Invitation, str]:
    return invitation_create(**({"username": "nora", "roles": {Role.OFFICER, Role.OPS}, "by": by} | changes))


def test_only_a_digest_of_the_token_is_kept(ada: Any) -> None:
    made, token = invited(ada)
    assert len(token) == 43
    made.refresh_from_db()
    assert bytes(made.digest) == hashlib.sha256(token.encode()).digest()
    assert made.expires_at - made.invited_at == timedelta(hours=72)
    (event,) = trail("invitation.created")
    assert (event.actor, event.object_id) == ("user:ada", str(made.pk))
    assert event.after is not None
    assert event.after["roles"] == ["officer", "ops"]
    with connection.cursor() as cursor:
        for table in ("invitation", "audit_event", "django_session"):
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{token}%"])
            assert cursor.fetchone() == (0,), table


@pytest.mark.parametrize("role", [role for role in Role if role != ADMINISTRATOR])
def test_nobody_else_invites(person: Any, role: Role) -> None:
    with pytest.raises(OfficerError, match="only administrators"):
        invited(person("olu", role))
    assert not Invitation.objects.exists()


def test_an_administrator_who_audits_too_invites_nobody(person: Any) -> None:
    with pytest.raises(OfficerError, match="only administrators"):
        invited(person("olu", "administrator", "auditor"))


def test_superusers_invite(person: Any) -> None:
    assert invited(person("sol", superuser=True))[0].username == "nora"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"username": "not a name"}, "valid username"),
        ({"username": "n" * 141}, "at most 140"),
        ({"username": "ada"}, "an account named ada already"),
        ({"roles": set()}, "at least one role"),
        ({"username": "taken"}, "invited already"),
    ],
)
def test_what_cannot_be_invited_is_said(ada: Any, changes: dict[str, Any], said: str) -> None:
    invited(ada, username="taken")
    with pytest.raises(OfficerError, match=said):
        invited(ada, **changes)
    assert Invitation.objects.count() == 1


def test_an_expired_invitation_makes_room_for_another(ada: Any) -> None:
    first, token = invited(ada)
    Invitation.objects.update(expires_at=timezone.now(), invited_at=timezone.now() - timedelta(hours=72))
    second, _ = invited(ada)
    first.refresh_from_db()
    assert first.revoked_by == "user:ada"
    assert trail("invitation.revoked")[0].note == "expired, and invited anew"
    assert second.revoked_at is None
    with pytest.raises(LinkRefusedError, match="revoked"):
        invitation_of(token)


def test_accepting_makes_the_account(ada: Any) -> None:
    made, token = invited(ada, email="nora@bank.test")
    user = invitation_accept(token=token, password=NEW)
    assert user.check_password(NEW)
    assert (user.username, user.email, user.is_superuser) == ("nora", "nora@bank.test", False)
    assert roles_of(user) == {Role.OFFICER, Role.OPS}
    (event,) = trail("invitation.accepted")
    assert (event.actor, event.object_id) == ("user:nora", str(made.pk))
    created = trail("user.created")[-1]
    assert (created.actor, created.object_id) == ("user:ada", str(user.pk))


def test_a_link_works_once(ada: Any) -> None:
    _, token = invited(ada)
    invitation_accept(token=token, password=NEW)
    with pytest.raises(LinkRefusedError, match="used"):
        invitation_accept(token=token, password=NEW)
    assert User.objects.filter(username="nora").count() == 1


def test_a_password_that_the_policy_refuses_leaves_the_link_good(ada: Any) -> None:
    _, token = invited(ada)
    for weak in ("short", "password1234"):
        with pytest.raises(OfficerError):
            invitation_accept(token=token, password=weak)
    assert invitation_accept(token=token, password=NEW).username == "nora"


def test_a_name_taken_meanwhile(ada: Any, person: Any) -> None:
    _, token = invited(ada)
    person("nora", "ops")
    with pytest.raises(OfficerError, match="an account named nora already"):
        invitation_accept(token=token, password=NEW)
    assert Invitation.objects.get().accepted_at is None


def _revoked(made: Invitation, ada: Any) -> None:
    invitation_revoke(invitation_id=made.pk, by=ada)


def _expired(made: Invitation, ada: Any) -> None:
    Invitation.objects.update(expires_at=timezone.now(), invited_at=timezone.now() - timedelta(hours=72))


def _closed(made: Invitation, ada: Any) -> None:
    sol = User.objects.create(username="sol", is_superuser=True)
    account_close(username="ada", by=sol, actor="user:sol", why="left")


def _demoted(made: Invitation, ada: Any) -> None:
    User.objects.create(username="sol", is_superuser=True)
    roles_change(username="ada", remove=[ADMINISTRATOR], add=[Role.OFFICER], actor="command")


def _used(made: Invitation, ada: Any) -> None:
    Invitation.objects.update(accepted_at=timezone.now())


@pytest.mark.parametrize(
    ("spoil", "refusal", "said"),
    [
        (_revoked, Refusal.REVOKED, "It was revoked."),
        (_expired, Refusal.EXPIRED, "good for 72 hours"),
        (_closed, Refusal.UNBACKED, "does not manage people any more"),
        (_demoted, Refusal.UNBACKED, "does not manage people any more"),
        (_used, Refusal.USED, "It has been used"),
    ],
)
def test_links_that_open_nothing(client: Client, ada: Any, spoil: Any, refusal: Refusal, said: str) -> None:
    made, token = invited(ada)
    spoil(made, ada)
    with pytest.raises(LinkRefusedError, match=refusal):
        invitation_accept(token=token, password=NEW)
    typed = {"token": token, "new_password1": NEW, "new_password2": NEW}
    for answer in (client.get("/invitation/", {"token": token}), client.post("/invitation/", typed)):
        assert answer.status_code == 410
        assert said in answer.content.decode()
    assert not User.objects.filter(username="nora").exists()
    events = trail("invitation.refused")
    assert [(event.actor, event.object_id) for event in events] == [("anonymous", str(made.pk))] * 2
    assert events[0].after == {"why": refusal, "address": "127.0.0.1"}


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["", "made-up", "x" * 5000, "\0", "é"])
def test_a_link_that_never_was(client: Client, token: str) -> None:
    answer = client.get("/invitation/", {"token": token})
    assert answer.status_code == 410
    assert "no link of ours" in answer.content.decode()
    (event,) = trail("invitation.refused")
    assert event.object_id == "unknown"
    assert token == "" or token not in str(event.after)


def test_revoking(ada: Any) -> None:
    made, token = invited(ada)
    for _ in range(2):
        invitation_revoke(invitation_id=made.pk, by=ada)
    (event,) = trail("invitation.revoked")
    assert (event.actor, event.object_id) == ("user:ada", str(made.pk))
    _, token = invited(ada)
    invitation_accept(token=token, password=NEW)
    with pytest.raises(OfficerError, match="used the invitation already"):
        invitation_revoke(invitation_id=Invitation.objects.latest("pk").pk, by=ada)


def test_nobody_else_revokes(ada: Any, person: Any) -> None:
    made, _ = invited(ada)
    with pytest.raises(OfficerError, match="only administrators"):
        invitation_revoke(invitation_id=made.pk, by=person("olu", "supervisor"))


def test_a_change_and_its_event_are_one(ada: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _, token = invited(ada)

    def broken(**_: object) -> None:
        raise RuntimeError("the log cannot be written")

    monkeypatch.setattr(invitations, "audit_record", broken)
    with pytest.raises(RuntimeError):
        invitation_accept(token=token, password=NEW)
    with pytest.raises(RuntimeError):
        invited(ada, username="otto")
    assert set(User.objects.values_list("username", flat=True)) == {"ada"}
    assert Invitation.objects.get().accepted_at is None


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_gets_the_account(ada: Any) -> None:
    _, token = invited(ada)
    outcomes: list[str] = []
    barrier = threading.Barrier(6)

    def accept(number: int) -> None:
        try:
            barrier.wait()
            invitation_accept(token=token, password=f"{NEW} {number}")
            outcomes.append("made")
        except LinkRefusedError as refused:
            outcomes.append(refused.refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=accept, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made"] + ["used"] * 5


@pytest.mark.django_db(transaction=True)
def test_of_two_invitations_of_one_name_at_once_one_is_made(ada: Any) -> None:
    outcomes: list[str] = []
    barrier = threading.Barrier(4)

    def invite() -> None:
        try:
            barrier.wait()
            invited(ada)
            outcomes.append("made")
        except OfficerError as error:
            outcomes.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=invite) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made"] + ["nora is invited already: revoke that invitation first"] * 3


# The pages


def test_from_the_form_to_the_first_page(browse: Any, ada: Any, client: Client, redis_url: str) -> None:
    desk = browse(ada)
    assert "Invite somebody" in desk.get("/people/").content.decode()
    answer = desk.post("/people/", {"username": "nora", "email": "n@bank.test", "roles": ["officer", "ops"]})
    assert answer.status_code == 200
    link = answer.context["address"]
    assert link.startswith("http://testserver/invitation/?token=")
    page = desk.get("/people/").content.decode()
    assert link not in page
    assert "n@bank.test" in page
    # The invited person is signed in nowhere.
    answer = client.get(link)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
    for text in ("ada invites you", "<strong>nora</strong>", "officer, ops"):
        assert text in page, text
    token = link.partition("token=")[2]
    answer = client.post("/invitation/", {"token": token, "new_password1": "short", "new_password2": "short"})
    assert answer.status_code == 422
    assert "at least 12 characters" in answer.content.decode()
    answer = client.post("/invitation/", {"token": token, "new_password1": NEW, "new_password2": NEW})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert "nora" in client.get("/alerts/").content.decode()
    event = trail("user.signed_in")[-1]
    assert event.actor == "user:nora"
    assert "None. An invitation is" in desk.get("/people/").content.decode()
    assert client.post("/login/", {"username": "nora", "password": NEW}).status_code == 302


def test_whoever_is_signed_in_signs_out_first(browse: Any, ada: Any, officer: Any) -> None:
    _, token = invited(ada)
    desk = browse(officer)
    answer = desk.get("/invitation/", {"token": token})
    assert "You are signed in as amara" in answer.content.decode()
    typed = {"token": token, "new_password1": NEW, "new_password2": NEW}
    assert desk.post("/invitation/", typed).status_code == 409
    assert not User.objects.filter(username="nora").exists()
    answer = desk.post("/logout/", {"next": f"/invitation/?token={token}"})
    assert answer["Location"] == f"/invitation/?token={token}"
    assert desk.post("/invitation/", typed).status_code == 302


def test_what_is_wrong_stands_on_the_page(browse: Any, ada: Any) -> None:
    desk = browse(ada)
    answer = desk.post("/people/", {"username": "nora"})
    assert answer.status_code == 422
    assert "Choose at least one role." in answer.content.decode()
    answer = desk.post("/people/", {"username": "ada", "roles": ["officer"]})
    assert answer.status_code == 409
    assert "There is an account named ada already." in answer.content.decode()
    assert desk.post("/people/", {"username": "nora", "roles": ["king"]}).status_code == 422


def test_revoking_on_the_page(browse: Any, ada: Any) -> None:
    made, _ = invited(ada)
    desk = browse(ada)
    answer = desk.post(f"/people/invitations/{made.pk}/revoke/", follow=True)
    assert "The invitation of nora is revoked" in answer.content.decode()
    made.refresh_from_db()
    assert made.revoked_at is not None
    assert desk.post("/people/invitations/999999/revoke/").status_code == 404

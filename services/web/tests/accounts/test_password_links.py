"""Links to a new password: who makes them and for whom, what one does, once."""

import hashlib
import threading
from datetime import timedelta
from typing import Any

import pytest
from argus_records.models import AuditEvent, PasswordLink
from argus_web.accounts import passwords
from argus_web.accounts.links import LinkRefusedError, Refusal
from argus_web.accounts.passwords import password_link_make, password_link_of, password_link_use
from argus_web.accounts.roles import Role
from argus_web.accounts.services import OfficerError, account_close, account_reopen, roles_change
from argus_web.accounts.sessions import sessions_count
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

NEW = "quiet herons wade"
WHY = "asked in person"


def trail(action: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action=action).order_by("pk"))


def age(**changes: Any) -> None:
    PasswordLink.objects.update(made_at=timezone.now() - timedelta(hours=73), **changes)


@pytest.fixture
def ada(person: Any) -> Any:
    return person("ada", "administrator")


def linked(by: Any, username: str = "amara") -> tuple[PasswordLink, str]:
    return password_link_make(username=username, by=by, why=WHY)


def test_only_a_digest_of_the_token_is_kept(ada: Any, officer: Any) -> None:
    made, token = linked(ada)
    made.refresh_from_db()
    assert bytes(made.digest) == hashlib.sha256(token.encode()).digest()
    assert made.expires_at - made.made_at == timedelta(hours=72)
    (event,) = trail("user.password_link_made")
    assert (event.actor, event.object_type, event.object_id, event.note) == ("user:ada", "user", str(officer.pk), WHY)
    with connection.cursor() as cursor:
        for table in ("password_link", "audit_event", "django_session"):
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{token}%"])
            assert cursor.fetchone() == (0,), table


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_nobody_else_makes_one(person: Any, officer: Any, browse: Any, role: Role) -> None:
    other = person("olu", role)
    with pytest.raises(OfficerError, match="only administrators"):
        linked(other)
    assert browse(other).post(f"/people/{officer.pk}/password-link/", {"how": WHY}).status_code == 403
    assert not PasswordLink.objects.exists()


def test_an_administrator_who_audits_too_makes_none(person: Any, officer: Any) -> None:
    with pytest.raises(OfficerError, match="only administrators"):
        linked(person("olu", "administrator", "auditor"))


def test_nobody_makes_one_for_themselves(ada: Any) -> None:
    with pytest.raises(OfficerError, match="ask another administrator"):
        linked(ada, "ada")


def test_of_superusers_superusers_only(ada: Any, person: Any) -> None:
    person("sol", superuser=True)
    with pytest.raises(OfficerError, match="superusers only"):
        linked(ada, "sol")
    boss = person("kim", superuser=True)
    _, token = linked(boss, "sol")
    User.objects.filter(username="kim").update(is_superuser=False)
    roles_change(username="kim", add=[Role.ADMINISTRATOR], actor="command")
    with pytest.raises(LinkRefusedError, match="unbacked"):
        password_link_use(token=token, password=NEW)


def test_none_for_a_closed_account(ada: Any, officer: Any) -> None:
    account_close(username="amara", by=ada, actor="user:ada", why="left")
    with pytest.raises(OfficerError, match="reopen it first"):
        linked(ada)
    with pytest.raises(OfficerError, match="no account named"):
        linked(ada, "nobody")


def test_using_it(ada: Any, officer: Any, desk: Client, password: str) -> None:
    made, token = linked(ada)
    assert desk.get("/alerts/").status_code == 200, "until it is used nothing changes"
    password_link_use(token=token, password=NEW)
    officer.refresh_from_db()
    assert officer.check_password(NEW)
    assert not officer.check_password(password)
    assert sessions_count(officer) == 0
    assert desk.get("/alerts/").status_code == 302
    (event,) = trail("user.password_link_used")
    assert (event.actor, event.object_id) == ("user:amara", str(officer.pk))
    assert event.after == {"link": made.pk, "made_by": "user:ada", "sessions_ended": 1}
    with pytest.raises(LinkRefusedError, match="used"):
        password_link_use(token=token, password=NEW)


def test_a_password_that_the_policy_refuses_leaves_the_link_good(ada: Any, officer: Any) -> None:
    _, token = linked(ada)
    for weak in ("short", "password1234", "amara"):
        with pytest.raises(OfficerError):
            password_link_use(token=token, password=weak)
    assert password_link_use(token=token, password=NEW) == officer


def test_a_second_makes_the_first_void(ada: Any, officer: Any) -> None:
    first, old = linked(ada)
    _, new = linked(ada)
    with pytest.raises(LinkRefusedError, match="revoked"):
        password_link_of(old)
    assert trail("user.password_link_made")[1].after["void"] == [first.pk]  # type: ignore[index]
    assert password_link_use(token=new, password=NEW) == officer


def _expired(ada: Any) -> None:
    age(expires_at=timezone.now())


def _again(ada: Any) -> None:
    linked(ada)


def _closed(ada: Any) -> None:
    User.objects.filter(username="amara").update(is_active=False)


def _closed_and_reopened(ada: Any) -> None:
    account_close(username="amara", by=ada, actor="user:ada", why="left")
    account_reopen(username="amara", by=ada, actor="user:ada", why="came back")


def _changed(ada: Any) -> None:
    browser = Client()
    browser.force_login(User.objects.get(username="amara"))
    other = "other quiet herons"
    typed = {"old_password": "nine lives of a heron", "new_password1": other, "new_password2": other}
    assert browser.post("/account/password/", typed).status_code == 302


def _demoted(ada: Any) -> None:
    User.objects.create(username="sol", is_superuser=True)
    roles_change(username="ada", remove=[Role.ADMINISTRATOR], add=[Role.OFFICER], actor="command")


def _used(ada: Any) -> None:
    PasswordLink.objects.update(used_at=timezone.now())


@pytest.mark.parametrize(
    ("spoil", "refusal", "said"),
    [
        (_expired, Refusal.EXPIRED, "good for 72 hours"),
        (_again, Refusal.REVOKED, "It is void"),
        (_closed, Refusal.CLOSED, "The account is closed."),
        (_closed_and_reopened, Refusal.REVOKED, "It is void"),
        (_changed, Refusal.REVOKED, "It is void"),
        (_demoted, Refusal.UNBACKED, "does not manage people any more"),
        (_used, Refusal.USED, "sign in with the new password"),
    ],
)
def test_links_that_open_nothing(
    client: Client, ada: Any, officer: Any, spoil: Any, refusal: Refusal, said: str
) -> None:
    made, token = linked(ada)
    spoil(ada)
    with pytest.raises(LinkRefusedError, match=refusal):
        password_link_use(token=token, password=NEW)
    typed = {"token": token, "new_password1": NEW, "new_password2": NEW}
    for answer in (client.get("/password/", {"token": token}), client.post("/password/", typed)):
        assert answer.status_code == 410
        assert said in answer.content.decode()
    officer.refresh_from_db()
    assert not officer.check_password(NEW)
    events = trail("user.password_link_refused")
    assert [(event.actor, event.object_id) for event in events] == [("anonymous", str(officer.pk))] * 2
    assert events[0].after == {"link": made.pk, "why": refusal, "address": "127.0.0.1"}


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["", "made-up", "x" * 5000, "\0", "é"])
def test_a_link_that_never_was(client: Client, token: str) -> None:
    answer = client.get("/password/", {"token": token})
    assert answer.status_code == 410
    assert "no link of ours" in answer.content.decode()
    (event,) = trail("user.password_link_refused")
    assert event.object_id == "unknown"
    assert token == "" or token not in str(event.after)


def test_an_invitation_is_no_link_to_a_password(client: Client, ada: Any, officer: Any) -> None:
    _, token = linked(ada)
    assert client.get("/invitation/", {"token": token}).status_code == 410


def test_a_change_and_its_event_are_one(ada: Any, officer: Any, password: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, token = linked(ada)

    def broken(**_: object) -> None:
        raise RuntimeError("the log cannot be written")

    monkeypatch.setattr(passwords, "audit_record", broken)
    with pytest.raises(RuntimeError):
        password_link_use(token=token, password=NEW)
    with pytest.raises(RuntimeError):
        linked(ada)
    officer.refresh_from_db()
    assert officer.check_password(password)
    assert password_link_of(token).used_at is None


def at_once(*calls: Any) -> list[str]:
    """What came of calls that begin together."""
    outcomes: list[str] = []
    barrier = threading.Barrier(len(calls))

    def run(call: Any) -> None:
        try:
            barrier.wait()
            call()
            outcomes.append("done")
        except LinkRefusedError as refused:
            outcomes.append(refused.refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_chooses_the_password(ada: Any, officer: Any) -> None:
    _, token = linked(ada)
    calls = [lambda number=number: password_link_use(token=token, password=f"{NEW} {number}") for number in range(6)]
    assert at_once(*calls) == ["done"] + ["used"] * 5
    assert len(trail("user.password_link_used")) == 1


@pytest.mark.django_db(transaction=True)
def test_of_links_made_at_once_one_is_open(ada: Any, officer: Any) -> None:
    _, token = linked(ada)
    outcomes = at_once(lambda: linked(ada), lambda: linked(ada), lambda: password_link_use(token=token, password=NEW))
    assert outcomes in (["done"] * 3, ["done", "done", "revoked"])
    assert PasswordLink.objects.filter(used_at=None, void_at=None).count() == 1


# Signing in


def tried(client: Client, password: str, address: str) -> Any:
    return client.post("/login/", {"username": "amara", "password": password}, REMOTE_ADDR=address)


@pytest.mark.django_db
def test_a_used_link_ends_the_wait_wherever_one_waits(client: Client, ada: Any, officer: Any) -> None:
    home, desk = "203.0.113.7", "198.51.100.9"
    for address in (home, desk):
        for _ in range(5):
            tried(client, "wrong", address)
        assert tried(client, "wrong", address).status_code == 429
    _, token = linked(ada)
    assert tried(client, NEW, home).status_code == 429, "a link that was made is not one that was used"
    password_link_use(token=token, password=NEW)
    for address in (home, desk):
        assert tried(Client(), NEW, address).status_code == 302
    # From then on wrong ones count again.
    for _ in range(5):
        tried(client, "wrong", home)
    assert tried(client, NEW, home).status_code == 429


@pytest.mark.django_db
def test_a_name_that_no_database_takes_is_nobody(client: Client) -> None:
    assert client.post("/login/", {"username": "a\0b", "password": "x"}).status_code == 200


# The pages


def test_from_the_page_to_the_desk(browse: Any, ada: Any, officer: Any, client: Client, redis_url: str) -> None:
    desk = browse(ada)
    page = f"/people/{officer.pk}/"
    assert "Make a link for a new password" in desk.get(page).content.decode()
    answer = desk.post(f"{page}password-link/", {"how": ""})
    assert answer.status_code == 422
    answer = desk.post(f"{page}password-link/", {"how": WHY})
    address = answer.context["address"]
    assert address.startswith("http://testserver/password/?token=")
    assert answer["Cache-Control"] == "private, no-store"
    again = desk.get(page).content.decode()
    assert address not in again
    for text in ("A link by ada opens until", "made a link for a new password", WHY):
        assert text in again, text
    answer = client.get(address)
    assert answer["Cache-Control"] == "private, no-store"
    assert "ada made this link for the account <strong>amara</strong>" in answer.content.decode()
    token = address.partition("token=")[2]
    answer = client.post("/password/", {"token": token, "new_password1": "amara", "new_password2": "amara"})
    assert answer.status_code == 422
    answer = client.post("/password/", {"token": token, "new_password1": NEW, "new_password2": NEW})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert "amara" in client.get("/alerts/").content.decode()
    assert client.get(address).status_code == 410
    assert "opens until" not in desk.get(page).content.decode()


def test_not_offered_where_it_is_not_possible(browse: Any, ada: Any, officer: Any, person: Any) -> None:
    desk = browse(ada)
    assert "Make a link" not in desk.get(f"/people/{ada.pk}/").content.decode()
    answer = desk.post(f"/people/{ada.pk}/password-link/", {"how": WHY}, follow=True)
    assert "You cannot make a link for yourself" in answer.content.decode()
    assert "Make a link" not in browse(person("audra", "auditor")).get(f"/people/{officer.pk}/").content.decode()
    account_close(username="amara", by=ada, actor="user:ada", why="left")
    assert "Make a link" not in desk.get(f"/people/{officer.pk}/").content.decode()
    answer = desk.post(f"/people/{officer.pk}/password-link/", {"how": WHY}, follow=True)
    assert "The account amara is closed: reopen it first." in answer.content.decode()
    assert not PasswordLink.objects.exists()
    assert desk.post("/people/999999/password-link/", {"how": WHY}).status_code == 404


def test_whoever_is_signed_in_signs_out_first(browse: Any, ada: Any, officer: Any, second_officer: Any) -> None:
    _, token = linked(ada)
    other = browse(second_officer)
    assert "You are signed in as bruno" in other.get("/password/", {"token": token}).content.decode()
    typed = {"token": token, "new_password1": NEW, "new_password2": NEW}
    assert other.post("/password/", typed).status_code == 409
    officer.refresh_from_db()
    assert not officer.check_password(NEW)

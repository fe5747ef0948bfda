"""A case file on paper. It is made from the document and from nothing else, and names the document's digest."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _
from reportlab.platypus import Flowable

from argus_web.accounts.veil import Shown
from argus_web.dashboard.templatetags.argus import action_words
from argus_web.reports.casefile.document import CaseFile
from argus_web.reports.casefile.words import PERSONAL, amount, flat, moment, who, word
from argus_web.reports.paper.fonts import MISSING
from argus_web.reports.paper.pages import Paper, pdf
from argus_web.reports.paper.parts import facts, gap, heading, table, text


def printed(made: CaseFile, *, maker: str, at: datetime) -> bytes:
    """The PDF of a file that this person made at this time."""
    case = made.document["case"]
    title = _("Case file %s") % case["id"]
    paper = Paper(
        title=title,
        subject=case["headline"],
        foot=f"SHA-256 {made.sha256}",
        keywords=f"{made.document['format']}, sha256:{made.sha256}",
    )
    return pdf(paper, list(_story(made, title, maker, at)))


def _story(made: CaseFile, title: str, maker: str, at: datetime) -> Iterator[Flowable]:
    document = made.document
    yield heading(title, 0)
    yield text(document["case"]["headline"])
    yield text(str(PERSONAL[Shown(document["personal_data"])]), soft=True)
    yield from _case(document["case"])
    yield heading(_("This file"))
    yield facts(
        [
            (_("Format"), document["format"]),
            (_("Made by"), maker),
            (_("Made"), f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"),
            ("SHA-256", made.sha256),
        ],
        columns=1,
    )
    yield text(
        _(
            "The digest is that of the same file as JSON, with the same personal data shown, of this version of the "
            "case; it stands in the audit log, too. %s stands for a letter that this font does not have, feature "
            "values are left out: the JSON has both."
        )
        % MISSING,
        soft=True,
    )
    for alert in document["alerts"]:
        yield from _alert(alert)
    yield from _notes(document["notes"])
    yield from _proposals(document["proposals"])
    yield from _evidence(document["evidence"])
    yield from _timeline(document["timeline"])


def _case(case: dict[str, Any]) -> Iterator[Flowable]:
    state = word("state", case["state"])
    yield facts(
        [
            (_("Customer"), case["customer_id"]),
            (_("State"), state),
            (_("Disposition"), word("disposition", case["disposition"])),
            (_("Closed"), moment(case["closed_at"])),
            (_("Closed by"), who(case["closed_by"])),
            (_("Held by"), who(case["assignee"])),
            (_("Amount"), amount(case)),
            (_("Score"), f"{case['score']:.4f}"),
            (_("Priority"), f"{word('level', case['level'])} ({case['priority']})"),
            (_("Alerts"), case["alerts_count"]),
            (_("Opened"), moment(case["opened_at"])),
            (_("Newest alert"), moment(case["latest_at"])),
            (_("Due"), moment(case["due_at"])),
            (_("Deadline missed"), moment(case["deadline_missed_at"])),
            (_("Waits until"), moment(case["wait_until"])),
            (_("Labels given"), moment(case["labelled_at"])),
            (_("Merged into case"), case["merged_into"]),
            (_("Merged from cases"), flat(case["merged_from"])),
            (_("Watched by"), ", ".join(map(who, case["watchers"]))),
            (_("Version"), case["version"]),
        ]
    )


def _alert(alert: dict[str, Any]) -> Iterator[Flowable]:
    one, decision = alert["transaction"], alert["decision"]
    yield heading(_("Alert %s") % alert["id"])
    yield text(alert["headline"])
    place = None if one["latitude"] is None or one["longitude"] is None else f"{one['latitude']}, {one['longitude']}"
    yield facts(
        [
            (_("Opened"), moment(alert["opened_at"])),
            (_("Status"), word("status", alert["status"])),
            (_("Decided"), moment(alert["decided_at"])),
            (_("Decided by"), who(alert["decided_by"])),
            (_("Transaction"), one["transaction_id"]),
            (_("Amount"), amount(one)),
            (_("Occurred"), moment(one["occurred_at"])),
            (_("Received"), moment(one["received_at"])),
            (_("Customer"), one["customer_id"]),
            (_("Counterparty"), one["counterparty_id"]),
            (_("Kind"), word("type", one["type"])),
            (_("Channel"), word("channel", one["channel"])),
            (_("Country"), one["country"]),
            (_("Device"), one["device_id"]),
            (_("IP address"), one["ip_address"]),
            (_("Place"), place),
            (_("Submitted by"), one["client"]),
            *((name, flat(value)) for name, value in one["metadata"].items()),
        ]
    )
    yield heading(_("Decision"), 2)
    model = _("version %s") % decision["model_version"] if decision["model_version"] else _("none: rules decided alone")
    yield facts(
        [
            (_("Verdict"), word("verdict", decision["verdict"])),
            (_("Score"), f"{decision['score']:.4f}"),
            (_("Decided"), moment(decision["decided_at"])),
            (_("Would be cleared by"), decision["cleared_by"]),
            (_("Rule set"), _("version %s") % decision["ruleset_version"]),
            (_("Program"), decision["code_version"]),
            (_("Model"), model),
            (_("Model's SHA-256"), decision["model_sha256"]),
        ]
    )
    if decision["reasons"]:
        yield table(
            [_("Reason"), _("Code"), _("Weight")],
            [(one["message"], one["code"], f"{one['weight']:.3f}") for one in decision["reasons"]],
            widths=(62, 26, 12),
            numbers={2},
        )
    if decision["parts"]:
        yield table(
            [_("Part of the score"), _("Share")],
            [(one["words"], f"{one['share_percent']} %") for one in decision["parts"]],
            widths=(88, 12),
            numbers={1},
        )
    if alert["labels"]:
        yield heading(_("What became known later"), 2)
        yield table(
            [_("Label"), _("Source"), _("Known since"), _("Received"), _("From")],
            [
                (
                    word("label", label["label"]),
                    label["source"],
                    moment(label["observed_at"]),
                    moment(label["received_at"]),
                    who(label["actor"]),
                )
                for label in alert["labels"]
            ],
            widths=(14, 22, 22, 22, 20),
            numbers=set(),
        )
    yield gap()


def _notes(notes: list[dict[str, Any]]) -> Iterator[Flowable]:
    yield heading(_("Notes"))
    if not notes:
        yield text(_("No note was written."), soft=True)
        return
    rows = [(moment(note["at"]), who(note["actor"]), note["text"]) for note in notes]
    yield table([_("When"), _("Who"), _("Note")], rows, widths=(23, 14, 63), numbers=set())


def _proposals(proposals: list[dict[str, Any]]) -> Iterator[Flowable]:
    yield heading(_("Proposals and who decided"))
    if not proposals:
        yield text(_("Nothing about this case needed a second person."), soft=True)
    for one in proposals:
        what = one["proposal"]
        yield facts(
            [
                (_("Proposal"), f"{one['id']}: {word('kind', one['kind'])}"),
                (_("As"), word("disposition", what.get("disposition"))),
                (_("Proposed by"), who(one["proposed_by"])),
                (_("Proposed"), moment(one["proposed_at"])),
                (_("Reason"), one["reason"]),
                (_("Second person needed for"), what.get("why")),
                (_("State"), word("approval", one["state"])),
                (_("Decided by"), who(one["decided_by"])),
                (_("Decided"), moment(one["decided_at"])),
                (_("Answer"), one["answer"]),
            ]
        )
        yield gap()


def _evidence(files: list[dict[str, Any]]) -> Iterator[Flowable]:
    yield heading(_("Evidence"))
    if not files:
        yield text(_("No file was added."), soft=True)
        return
    rows = [
        (one["name"], f"{one['size']:,}", who(one["added_by"]), moment(one["added_at"]), one["sha256"]) for one in files
    ]
    yield table(
        [_("File"), _("Bytes"), _("Added by"), _("Added"), "SHA-256"], rows, widths=(24, 8, 12, 19, 37), numbers={1}
    )


def _timeline(events: list[dict[str, Any]]) -> Iterator[Flowable]:
    yield heading(_("What happened"))
    rows = []
    for event in events:
        said = [action_words(event["action"])]
        if event["object_type"] != "case":
            said.append(f"({event['object_type']} {event['object_id']})")
        told = [" ".join(said)]
        if event["after"]:
            told.append(flat(event["after"]))
        if event["note"]:
            told.append(f"“{event['note']}”")
        rows.append((moment(event["at"]), who(event["actor"]), "\n".join(told)))
    yield table([_("When"), _("Who"), _("What")], rows, widths=(23, 14, 63), numbers=set())

"""Events of the audit log in the shape of the Open Cybersecurity Schema Framework (OCSF 1.3), for what collects logs of many products."""

from dataclasses import dataclass

from db.audit_log import Entry

VERSION = "1.3.0"
_SUCCESS, _FAILURE = 1, 2
_INFORMATIONAL, _LOW = 1, 2
_OTHER = 99


@dataclass(frozen=True, slots=True)
class Kind:
    """A class of OCSF and the activity in it."""

    category: int
    class_: int
    activity: int


# Identity & Access Management (3): 3001 Account Change, 3002 Authentication, 3004 Entity Management, 3005 User Access Management,
# 3006 Group Management; Application Activity (6): 6003 API Activity.
KINDS = {
    "sign_in.done": Kind(3, 3002, 1),
    "sign_in.failed": Kind(3, 3002, 1),
    "sign_in.ended": Kind(3, 3002, 2),
    "user.created": Kind(3, 3001, 1),
    "user.imported": Kind(3, 3001, 1),
    "user.enabled": Kind(3, 3001, 2),
    "user.password_changed": Kind(3, 3001, 3),
    "user.disabled": Kind(3, 3001, 5),
    "user.erased": Kind(3, 3001, 6),
    "library.member_set": Kind(3, 3005, 1),
    "library.group_set": Kind(3, 3005, 1),
    "library.member_removed": Kind(3, 3005, 2),
    "group.person_added": Kind(3, 3006, 3),
    "group.person_removed": Kind(3, 3006, 4),
    "group.deleted": Kind(3, 3006, 5),
    "group.created": Kind(3, 3006, 6),
}
_VERBS = {"created": 1, "added": 1, "opened": 2, "exported": 2, "changed": 3, "deleted": 4, "erased": 4, "revoked": 4}


def kind_of(action: str) -> Kind:
    """The class of an action: its own, else Entity Management, where the verb says the activity."""
    return KINDS.get(action) or Kind(3, 3004, _VERBS.get(action.rpartition(".")[2], _OTHER))


def event_of(entry: Entry) -> dict[str, object]:
    """The OCSF event. What OCSF has no field for is ``unmapped``: the chain above all."""
    event, kind = entry.event, kind_of(entry.event.action)
    failed = event.action.endswith(".failed")
    said: dict[str, object] = {
        "category_uid": kind.category,
        "class_uid": kind.class_,
        "activity_id": kind.activity,
        "type_uid": kind.class_ * 100 + kind.activity,
        "time": int(event.at.timestamp() * 1000),
        "severity_id": _LOW if failed else _INFORMATIONAL,
        "status_id": _FAILURE if failed else _SUCCESS,
        "message": event.action,
        "metadata": {
            "version": VERSION,
            "product": {"name": "Footnote", "vendor_name": "Footnote"},
            "uid": str(event.id),
            "sequence": event.number,
        },
        "actor": {"user": _user(str(event.actor) if event.actor else None, entry.actor_name)},
        "unmapped": {
            "details": event.details,
            "note": entry.note,
            "digest": event.digest.hex(),
            "hash": (event.hash or b"").hex(),
        },
    }
    if event.target_kind == "user" or kind.class_ == 3002:
        said["user"] = _user(
            event.target_id or (str(event.actor) if event.actor else None), entry.target_name or entry.actor_name
        )
    elif event.target_kind:
        said["entity"] = {"type": event.target_kind, "uid": event.target_id}
    if entry.address:
        said["src_endpoint"] = {"ip": entry.address}
    if entry.user_agent:
        said["http_request"] = {"user_agent": entry.user_agent}
    return said


def _user(uid: str | None, name: str | None) -> dict[str, str]:
    return {key: value for key, value in (("uid", uid), ("name", name)) if value} or {"name": "unknown"}

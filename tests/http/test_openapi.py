from __future__ import annotations

import json
import re
from typing import Any

from room_server.http import models
from room_server.http.application import ROUTES


async def test_every_route_of_the_contract_is_served_and_described(court: Any) -> None:
    document = await court.browser().get("openapi.json")
    described = {
        (method.upper(), re.sub(r"{\w+}", "{}", path.removeprefix("/api/")))
        for path, methods in document["paths"].items()
        for method in methods
    }
    promised = set()
    for methods, path in re.findall(r"``([A-Z|]+) ([a-z][^`]*)``", models.__doc__ or ""):
        promised |= {(method, re.sub(r"{\w+}", "{}", path)) for method in methods.split("|")}
    assert len(promised) > 30
    assert promised - described == set()


async def test_every_reference_of_the_document_leads_somewhere(court: Any) -> None:
    document = await court.browser().get("openapi.json")
    named = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert named and named <= set(document["components"]["schemas"])
    assert document["openapi"].startswith("3.1")
    operations = [route.name for route in ROUTES]
    assert len(operations) == len(set(operations))


async def test_every_route_refuses_who_is_not_signed_in(court: Any) -> None:
    """Save the ones by which one signs in or opens a link; nobody is told whether an id exists."""
    open_to_all = {"site", "sign_in", "sign_in_with_link", "sign_out", "open_invitation", "accept_invitation"}
    stranger = court.browser()
    for route in ROUTES:
        if route.name in open_to_all:
            continue
        path = re.sub(r"{\w+}", "xxx_aaaaaaaaaaaaaaaa", route.path.removeprefix("/api/"))
        response = await stranger.send(route.method, path, BODIES.get(route.name))
        assert response.status == 401, f"{route.method} {route.path}: {response.status}"


_STATEMENT = {"positions": [], "capability": None, "capability_note": "", "needs": []}
_TEXT = {"zh": "一", "en": "one"}
BODIES: dict[str, Any] = {
    "change_password": {"new": "a long enough password"},
    "create_account": {"username": "chen", "name": "陈", "roles": ["clerk"]},
    "create_case": {"number": "1", "title": "t", "cause": "c", "case_type": "civil"},
    "change_case": {"title": "t"},
    "add_person": {"name": "n", "role": "witness"},
    "change_person": {"name": "n", "role": "witness"},
    "draft_hearing": {
        "stage": "trial",
        "scheduled_at": "2026-11-24T09:30:00+08:00",
        "courtroom": _TEXT,
        "presiding_judge": "acc_x",
        "clerk": "acc_y",
        "people": ["per_x"],
    },
    "change_hearing": {"stage": "trial"},
    "take_off_list": {"reason": "r"},
    "assert_fact": {"key": "complexity", "value": "ordinary", "asserted_by": "x", "how": "desk"},
    "rule": {"ground": "complexity", "held": True, "reasons": "r", "article": "a", "seen_version": 1},
    "preview_ruling": {"ground": "complexity", "held": True},
    "compare_columns": {"columns": [{"ruleset": "spc-2021", "on": "2026-11-23"}], "determination_id": None},
    "cancel": {"reason": "r"},
    "report_equipment": {
        "camera": "ok",
        "microphone": "ok",
        "speaker": "ok",
        "network": "good",
        "browser": "b",
    },
    "set_deadline": {"due_at": "2026-11-24T09:30:00+08:00"},
    "make_statement": _STATEMENT,
    "save_draft": _STATEMENT,
    "declare": {"accepted": True, "text_version": "1"},
    "answer_assignment": {"accepted": True},
    "disclose": {"conflict": None},
    "answer_disclosure": {"accepts": True, "version": 1},
}

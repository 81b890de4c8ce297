"""Writes ``protocol/http.json`` from the REST bodies: ``python web_client/scripts/http_schema.py``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode

from room_server.http import models
from signaling.schema.generate import definitions, rendered

TARGET = Path(__file__).resolve().parents[1] / "protocol" / "http.json"

#: Bodies that the page sends: a field with a default may be left out of them, but is always in an answer.
SENT = frozenset(
    {
        models.SignIn,
        models.SignInWithLink,
        models.ChangePassword,
        models.NewAccount,
        models.NewCase,
        models.CaseChanges,
        models.NewPerson,
        models.NewHearing,
        models.HearingChanges,
        models.NewAssertion,
        models.NewComparison,
        models.AskedColumn,
        models.NewRuling,
        models.ContemplatedRuling,
        models.NewStatement,
        models.NewDeadline,
        models.Reason,
        models.OpenInvitation,
        models.AcceptInvitation,
        models.EquipmentReport,
        models.Declaration,
        models.AssignmentAnswer,
        models.NewDisclosure,
        models.DisclosureResponse,
    }
)


def document() -> dict[str, Any]:
    """The whole schema document as it is committed: a property for each body, by its name."""
    bodies = [
        value
        for value in vars(models).values()
        if isinstance(value, type) and issubclass(value, models.Body) and value is not models.Body
    ]
    modes: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        (body, "validation" if body in SENT else "serialization") for body in bodies
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Bodies",
        "description": "Every body of the REST API, by its name.",
        "type": "object",
        "additionalProperties": False,
        "required": sorted(body.__name__ for body in bodies),
        "properties": {body.__name__: {"$ref": f"#/$defs/{body.__name__}"} for body in bodies},
        "$defs": definitions(modes),
    }


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(rendered(document()), encoding="utf-8")

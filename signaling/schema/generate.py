"""Writes ``signaling.json`` from :mod:`signaling.messages`: ``python -m signaling.schema.generate``.

The document is one object schema named ``Requests``: a property for each request's Socket.IO event name, and under
``$defs`` every model of the wire. The page's TypeScript types are generated from it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema
from pydantic_core import core_schema

from signaling import messages

TARGET = Path(__file__).with_name("signaling.json")


def event_name(model: type[BaseModel]) -> str:
    """``CreateTransport`` -> ``create_transport``, the Socket.IO event of a request."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", model.__name__).lower()


class _Shapes(GenerateJsonSchema):
    """A field with a default may be left out of what is sent to us, but is always in what we send."""

    def field_is_required(
        self,
        field: core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField,
        total: bool,
    ) -> bool:
        return self.mode == "serialization" or super().field_is_required(field, total)


def definitions(models: Iterable[tuple[type[BaseModel], JsonSchemaMode]]) -> dict[str, Any]:
    """The ``$defs`` of all models, without the titles that pydantic repeats at each property.

    Raises :class:`ValueError` where one model is needed both as read and as written and the two differ, since the
    page knows each model by one name.
    """
    _, document = models_json_schema(list(models), ref_template="#/$defs/{model}", schema_generator=_Shapes)
    found: dict[str, Any] = document["$defs"]
    for name, schema in found.items():
        if name.endswith(("-Input", "-Output")):
            raise ValueError(f"{name}: a model with defaults is used in a request and in an answer")
        for value in schema.get("properties", {}).values():
            value.pop("title", None)
            if "$ref" in value:  # a default beside a reference would make a second type of the same shape
                value.pop("default", None)
    return found


def wire_models() -> list[type[messages.Message]]:
    """Every concrete message of the channel, in the order of the module."""
    bases = {messages.Message, messages.Request}
    found = [value for value in vars(messages).values() if isinstance(value, type)]
    return [model for model in found if issubclass(model, messages.Message) and model not in bases]


def document() -> dict[str, Any]:
    """The whole schema document as it is committed."""
    modes: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        (model, "validation" if issubclass(model, messages.Request) else "serialization")
        for model in wire_models()
    ]
    events = {event_name(model): {"$ref": f"#/$defs/{model.__name__}"} for model in messages.REQUESTS}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Requests",
        "description": "The body of each request, by its Socket.IO event name.",
        "type": "object",
        "additionalProperties": False,
        "required": sorted(events),
        "properties": events,
        "$defs": definitions(modes),
    }


def rendered(schema: dict[str, Any]) -> str:
    """The exact text that is committed."""
    return json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    TARGET.write_text(rendered(document()), encoding="utf-8")

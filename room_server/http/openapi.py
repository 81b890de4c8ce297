"""The OpenAPI document, made from the route table and the models of its bodies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from room_server.http.call import Route
from room_server.http.models import Body
from signaling.messages import WireError


class ErrorBody(Body):
    """Every refusal."""

    error: WireError


def openapi(routes: Sequence[Route], version: str) -> dict[str, Any]:
    """OpenAPI 3.1, whose schemas are JSON Schema as pydantic writes it."""
    models: set[type[BaseModel]] = {ErrorBody}
    for route in routes:
        models |= {model for model in (route.body, route.result) if model is not None}
    ordered = sorted(models, key=lambda model: model.__name__)
    _, definitions = models_json_schema(
        [(model, "validation") for model in ordered], ref_template="#/components/schemas/{model}"
    )
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Yunting", "version": version},
        "paths": paths,
        "components": {
            "schemas": definitions.get("$defs", {}),
            "securitySchemes": {
                "device": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "__Host-yunting",
                    "description": "The device session; on plain-http loopback the cookie is named yunting.",
                }
            },
        },
        "security": [{"device": []}],
    }


def _operation(route: Route) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", route.path)
    ]
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "responses": {
            "200": {"description": "Done", "content": {route.media: {"schema": _schema(route)}}},
            "4XX": {
                "description": "Refused; the error says why and what is allowed",
                "content": {"application/json": {"schema": _reference(ErrorBody)}},
            },
        },
    }
    if parameters:
        operation["parameters"] = parameters
    if route.body is not None:
        content = {"application/json": {"schema": _reference(route.body)}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _schema(route: Route) -> dict[str, Any]:
    if route.result is not None:
        return _reference(route.result)
    if route.media != "application/json":
        return {"type": "string", "format": "binary"}
    return {"type": "object", "additionalProperties": False}


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}

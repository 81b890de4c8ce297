"""The committed JSON Schemas are exactly what the models give; the page's types are generated from them."""

import importlib.util
import json
from pathlib import Path

import pytest
from pydantic import BaseModel

from signaling.messages import REQUESTS
from signaling.schema import generate

ROOT = Path(__file__).resolve().parents[2]


def _http_schema():
    path = ROOT / "web_client" / "scripts" / "http_schema.py"
    spec = importlib.util.spec_from_file_location("http_schema", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_signaling_schema_is_current():
    committed = generate.TARGET.read_text(encoding="utf-8")
    assert committed == generate.rendered(generate.document()), "run: python -m signaling.schema.generate"


def test_http_schema_is_current():
    module = _http_schema()
    committed = module.TARGET.read_text(encoding="utf-8")
    assert committed == generate.rendered(module.document()), "run: python web_client/scripts/http_schema.py"


def test_every_request_has_its_event():
    schema = json.loads(generate.TARGET.read_text(encoding="utf-8"))
    assert set(schema["properties"]) == {generate.event_name(model) for model in REQUESTS}
    assert schema["properties"]["restart_ice"] == {"$ref": "#/$defs/RestartIce"}


def test_a_model_with_two_shapes_is_refused():
    class WithDefault(BaseModel):
        value: int = 1

    with pytest.raises(ValueError, match="WithDefault"):
        generate.definitions([(WithDefault, "validation"), (WithDefault, "serialization")])


def test_generated_types_name_every_model():
    for schema_path, types in (
        (generate.TARGET, "signaling.gen.ts"),
        (ROOT / "web_client" / "protocol" / "http.json", "http.gen.ts"),
    ):
        text = (ROOT / "web_client" / "src" / "protocol" / types).read_text(encoding="utf-8")
        for name in json.loads(schema_path.read_text(encoding="utf-8"))["$defs"]:
            assert f"export interface {name} " in text, f"{types} lacks {name}: run npm run generate"

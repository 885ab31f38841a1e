"""Writes ``public/lib/api_types.d.ts``: the answers of the HTTP API as types for the browser code. `make format` runs it.

Usage: python -m scripts.api_types
"""

from pathlib import Path
from typing import Any

from fastapi import FastAPI

from api.app import ROUTERS

FILE = Path(__file__).resolve().parent.parent / "public" / "lib" / "api_types.d.ts"
HEAD = "// Made by `make format` from the routes in api/. Browsers do not load it; `make check` reads it.\n"
REF = "#/components/schemas/"
PRIMITIVES = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
Schema = dict[str, Any]


def main() -> None:
    """Writes the file."""
    FILE.write_text(declarations())


def declarations() -> str:
    """The declarations: one exported type for each schema in the answer of a route."""
    app = FastAPI()
    for router in ROUTERS:
        app.include_router(router)
    description = app.openapi()
    schemas: dict[str, Schema] = description["components"]["schemas"]
    answers = (
        answer.get("content", {})
        for path in description["paths"].values()
        for operation in path.values()
        for status, answer in operation["responses"].items()
        if status.startswith("2")
    )
    used = sorted(closure(list(answers), schemas))
    return "\n".join([HEAD, *(f"export type {name} = {declared(schemas[name])};\n" for name in used)])


def closure(start: object, schemas: dict[str, Schema]) -> set[str]:
    """The names of the schemas that a value refers to, directly or through others."""
    names: set[str] = set()
    pending = references(start)
    while pending:
        name = pending.pop()
        if name not in names:
            names.add(name)
            pending |= references(schemas[name])
    return names


def references(value: object) -> set[str]:
    """The names of the schemas that a piece of the description refers to directly."""
    if isinstance(value, dict):
        own = {value["$ref"].removeprefix(REF)} if isinstance(value.get("$ref"), str) else set()
        return own.union(*map(references, value.values()))
    return set().union(*map(references, value)) if isinstance(value, list) else set()


def declared(schema: Schema) -> str:
    """The right side of a declaration. Fields with defaults are not optional: answers always include them."""
    if "properties" not in schema:
        return type_of(schema)
    fields = "".join(f"  {name}: {type_of(field)};\n" for name, field in schema["properties"].items())
    return f"{{\n{fields}}}"


def type_of(schema: Schema) -> str:
    """A schema as a TypeScript type; ``unknown`` where the API declares none."""
    if "$ref" in schema:
        return str(schema["$ref"].removeprefix(REF))
    if choices := schema.get("anyOf"):
        return " | ".join(dict.fromkeys(map(type_of, choices)))
    if values := schema.get("enum") or ([schema["const"]] if "const" in schema else None):
        return " | ".join(f"'{value}'" if isinstance(value, str) else str(value) for value in values)
    if schema.get("type") == "array":
        items = type_of(schema.get("items", {}))
        return f"({items})[]" if " | " in items else f"{items}[]"
    if schema.get("type") == "object":
        values_of = schema.get("additionalProperties")
        return f"Record<string, {type_of(values_of) if isinstance(values_of, dict) else 'unknown'}>"
    return PRIMITIVES.get(str(schema.get("type")), "unknown")


if __name__ == "__main__":
    main()

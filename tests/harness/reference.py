"""The providers' own descriptions of what may be sent, where they are at hand.

They are reference material outside the project, found through TIEOUT_REFERENCE_DIR.
"""

import csv
import json
import os
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import yaml
from openapi_schema_validator import OAS30Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4

XERO_API = "/api.xro/2.0"
XS = "{http://www.w3.org/2001/XMLSchema}"
REFERENCE_TYPE = {"value", "name", "type"}
LENGTH = re.compile(r"(\d+) char")


def reference_folder() -> Path | None:
    """Where the descriptions are; None where nobody said."""
    named = os.environ.get("TIEOUT_REFERENCE_DIR")
    return Path(named) if named else None


class XeroDescription:
    """Xero's OpenAPI file."""

    def __init__(self, folder: Path) -> None:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self.file: dict[str, Any] = yaml.load((folder / "xero-openapi-subset.yaml").read_text(), Loader=loader)
        self._validators: dict[str, OAS30Validator] = {}

    def faults(self, method: str, target: str, body: str) -> list[str]:
        """What is wrong with the body of a call, by its schema and by the names of its fields."""
        described = self.resolved(self.operation(method, target)["requestBody"])
        schema = described["content"]["application/json"]["schema"]
        key = json.dumps(schema)
        if key not in self._validators:
            self._validators[key] = validator_of(self.file, schema)
        validator, sent = self._validators[key], json.loads(body)
        told = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(sent)]
        return told + [f"{name} is not described" for name in sorted(self._undescribed(schema, sent))]

    def operation(self, method: str, target: str) -> dict[str, Any]:
        """What is said of the calls of a path."""
        path = urlsplit(target).path.removeprefix(XERO_API)
        wanted = path.strip("/").split("/")
        for template, operations in self.file["paths"].items():
            parts = template.strip("/").split("/")
            same = len(parts) == len(wanted) and all(
                part == name or part.startswith("{") for part, name in zip(parts, wanted, strict=True)
            )
            if same and method.lower() in operations:
                found: dict[str, Any] = operations[method.lower()]
                return found
        raise AssertionError(f"{method} {path} is not described")

    def resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        """The node itself, or what it refers to."""
        while "$ref" in node:
            target: Any = self.file
            for step in node["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            node = target
        return node

    def _undescribed(self, schema: dict[str, Any], value: Any) -> set[str]:
        schema = self.resolved(schema)
        if isinstance(value, list):
            return set().union(*(self._undescribed(schema["items"], member) for member in value))
        if isinstance(value, dict):
            known = schema.get("properties", {})
            inner = [self._undescribed(known[name], member) for name, member in value.items() if name in known]
            return set(value) - set(known) | set().union(*inner)
        return set()


def validator_of(document: dict[str, Any], schema: dict[str, Any]) -> OAS30Validator:
    """A validator of one schema of an OpenAPI document."""
    registry: Registry[Any] = Registry().with_resource("urn:api", DRAFT4.create_resource(document))
    return OAS30Validator(json.loads(json.dumps(schema).replace('"#/', '"urn:api#/')), registry=registry)


class QuickBooksDescription:
    """QuickBooks Online's XML schemas, whose names are those of the JSON, and the published lengths of fields."""

    def __init__(self, folder: Path) -> None:
        self._schemas = [ElementTree.parse(path).getroot() for path in (folder / "qbo-xsd" / "php").glob("*.xsd")]
        with (folder / "qbo-field-limits.csv").open() as file:
            rows = [(row["entity"], row["field"], LENGTH.search(row["max"])) for row in csv.DictReader(file)]
        self._known: dict[str, dict[str, str]] = {}
        self._longest = {(entity, field): int(found[1]) for entity, field, found in rows if found}

    def faults(self, entity: str, sent: Mapping[str, Any]) -> list[str]:
        """What is wrong with an entity: names that its type does not have, texts that are too long."""
        told = [f"{entity}: {name} is not described" for name in self._unknown(entity, sent)]
        for path, text in _texts(sent):
            longest = self._longest.get((entity, path))
            if longest is not None and len(text) > longest:
                told.append(f"{entity}.{path} has {len(text)} characters of {longest}")
        return told

    def _unknown(self, type_name: str, value: Any) -> Iterator[str]:
        if isinstance(value, list):
            for each in value:
                yield from self._unknown(type_name, each)
        elif isinstance(value, dict):
            members = self._members(type_name)
            if not members:  # a simple type, or one of text with attributes: a reference
                yield from (f"{type_name}.{name}" for name in value if name not in REFERENCE_TYPE)
            for name, inner in value.items() if members else ():
                if name in members:
                    yield from self._unknown(members[name], inner)
                else:
                    yield f"{type_name}.{name}"

    def _members(self, type_name: str) -> dict[str, str]:
        """The members of a type and of those that it extends, with their types; of a reference there are none."""
        if type_name not in self._known:
            self._known[type_name] = self._read_members(type_name)
        return self._known[type_name]

    def _read_members(self, type_name: str) -> dict[str, str]:
        found = self._types.get(type_name)
        if found is None or found.find(f"{XS}simpleContent") is not None:
            return {}
        extended = found.find(f".//{XS}extension")
        members = self._members(_local(extended.get("base"))) if extended is not None else {}
        for each in found.iter(f"{XS}element"):
            name = _local(each.get("name") or each.get("ref"))
            members[name] = _local(each.get("type")) or self._elements.get(name, name)
        return members | {str(each.get("name")): "" for each in found.iter(f"{XS}attribute") if each.get("name")}

    @cached_property
    def _types(self) -> dict[str, ElementTree.Element]:
        return {str(each.get("name")): each for root in self._schemas for each in root.findall(f"{XS}complexType")}

    @cached_property
    def _elements(self) -> dict[str, str]:
        """The types of elements that are declared once for all."""
        declared = (each for root in self._schemas for each in root.findall(f"{XS}element"))
        return {str(each.get("name")): _local(each.get("type")) for each in declared}


def _local(name: str | None) -> str:
    return (name or "").rpartition(":")[2]


def _texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each, path)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, f"{path}.{name}".lstrip("."))

"""The gate: may a schema replace the published one of the same version?

A new consumer reads old messages and an old consumer reads new ones, both for ever (I-10). So within one version a
field may be added with a default, and nothing else: no field may go, become required, or change what it admits.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

_TYPE_WORDS = ("type", "const", "format", "pattern", "additionalProperties")


def incompatibilities(published: Schema, proposed: Schema) -> list[str]:
    """Why `proposed` may not replace `published`; empty when it may."""
    return list(_compare("", published, proposed, published, proposed))


def _compare(path: str, old: Schema, new: Schema, old_root: Schema, new_root: Schema) -> Iterator[str]:
    old, new = _resolve(old, old_root), _resolve(new, new_root)
    for word in _TYPE_WORDS:
        if old.get(word) != new.get(word):
            yield f"{path or '/'}: {word} was {old.get(word)!r}, would be {new.get(word)!r}"
    yield from _compare_enums(path, old, new)
    yield from _compare_fields(path, old, new, old_root, new_root)
    for branch in ("items",):
        if isinstance(old.get(branch), Mapping) and isinstance(new.get(branch), Mapping):
            yield from _compare(f"{path}/[]", old[branch], new[branch], old_root, new_root)
    for union in ("anyOf", "oneOf"):
        yield from _compare_unions(f"{path}({union})", old.get(union, []), new.get(union, []), old_root, new_root)


def _compare_enums(path: str, old: Schema, new: Schema) -> Iterator[str]:
    gone = set(old.get("enum", ())) - set(new.get("enum", ()))
    if gone:
        yield f"{path or '/'}: no longer admits {sorted(map(str, gone))}"


def _compare_fields(path: str, old: Schema, new: Schema, old_root: Schema, new_root: Schema) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    for name in before:
        if name not in after:
            yield f"{path}/{name}: removed"
        else:
            yield from _compare(f"{path}/{name}", before[name], after[name], old_root, new_root)
    for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
        yield f"{path}/{name}: required, and messages without it were published"


def _compare_unions(
    path: str, old: list[Schema], new: list[Schema], old_root: Schema, new_root: Schema
) -> Iterator[str]:
    """Branches are matched by their place: a new one may only come last."""
    if len(new) < len(old):
        yield f"{path}: {len(old) - len(new)} alternative(s) removed"
    for index, (one, other) in enumerate(zip(old, new, strict=False)):
        yield from _compare(f"{path}[{index}]", one, other, old_root, new_root)


def _resolve(schema: Schema, root: Schema) -> Schema:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Any = root
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return {**found, **{key: value for key, value in schema.items() if key != "$ref"}}

"""What is published is what the models say, and an incompatible change is refused."""

import copy
import json
import shutil
from pathlib import Path

import pytest
from pydantic import ValidationError

from tieout_contracts import publish
from tieout_contracts.compatibility import incompatibilities
from tieout_contracts.events import RecordStaged
from tieout_contracts.problems import KINDS, problem

ROOT = Path(__file__).parents[3]


def test_the_committed_schemas_examples_and_pages_are_fresh() -> None:
    assert publish.main(["--check", "--root", str(ROOT)]) == 0


def test_the_gate_refuses_a_published_field_that_is_gone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schemas = tmp_path / "libs/contracts/schemas"
    shutil.copytree(ROOT / "libs/contracts/schemas", schemas)
    published = json.loads((schemas / "record.staged.v1.json").read_text())
    published["properties"]["once_published"] = {"type": "string"}
    (schemas / "record.staged.v1.json").write_text(json.dumps(published))
    assert publish.main(["--root", str(tmp_path)]) == 1
    assert "record.staged.v1/once_published: removed" in capsys.readouterr().err
    assert not (tmp_path / "docs").exists()


def test_the_gate_lets_a_field_with_a_default_in() -> None:
    published = publish.schema_of(RecordStaged)
    proposed = copy.deepcopy(published)
    proposed["properties"]["newer"] = {"type": "string", "default": ""}
    assert incompatibilities(published, proposed) == []


@pytest.mark.parametrize(
    ("path", "change", "reason"),
    [
        (("required",), ["tenant_id", "batch_identifier"], "batch_identifier: required"),
        (("properties", "number", "type"), "integer", "type was 'string'"),
        (("properties", "stage", "enum"), ["listed"], "no longer admits"),
        (("properties", "total", "anyOf"), [], "alternative(s) removed"),
        (("$defs", "RecordRef", "properties"), {}, "record_ref/kind: removed"),
    ],
    ids=["required", "type", "enum", "union", "nested"],
)
def test_the_gate_refuses_what_breaks_a_reader(path: tuple[str, ...], change: object, reason: str) -> None:
    published = publish.schema_of(RecordStaged)
    proposed = copy.deepcopy(published)
    place = proposed
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = change
    assert any(reason in found for found in incompatibilities(published, proposed))


@pytest.mark.parametrize("code", KINDS)
def test_every_problem_has_a_sentence_a_hint_a_cause_a_fix_and_a_page_F143(code: str) -> None:
    kind = KINDS[code]
    assert all((kind.sentence, kind.hint, kind.cause, kind.fix))
    assert (ROOT / kind.page).exists()


def test_a_problem_says_its_line_as_a_person_counts() -> None:
    assert problem("rules.account_missing", line=2, account="299").sentence.startswith("Line 3 posts to account 299")


def test_a_frozen_event_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        problem("rules.account_missing", line=2, account="299").code = "other"  # type: ignore[misc]

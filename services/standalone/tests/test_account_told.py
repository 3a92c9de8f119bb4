"""What `tieout check-setup`, `tieout audit` and `tieout dead-letters` say of the API's answers."""

from typing import Any

import pytest
from rich.console import Console

from tieout_standalone import audit_commands, dead_letter_commands, setup_check

HASH = "ab" * 32
CHECKED: dict[str, Any] = {
    "company_id": "harbourline-au",
    "ready": False,
    "steps": [
        {"step": "connectwise", "state": "good", "findings": []},
        {
            "step": "taxes",
            "state": "to_do",
            "findings": [{"severity": "warning", "sentence": "GST is not mapped.", "hint": "Map it."}],
        },
        {"step": "numbers", "state": "unknown", "findings": []},
    ],
    "suggestions": {
        "accounts": [{"unmapped": "4200", "candidates": []}],
        "taxes": [
            {
                "unmapped": "GST",
                "candidates": [{"code": "OUTPUT", "name": "GST on Income", "score": 95, "reason": "both make 10 %"}],
            }
        ],
        "expense_types": [
            {
                "unmapped": "Meals",
                "candidates": [{"code": "420", "name": "Meals", "score": 100, "reason": "they are alike"}],
            }
        ],
    },
}


class Api:
    """Answers by the address's end, the answers of one address in turn."""

    def __init__(self, **answers: list[Any]) -> None:
        self._answers = answers
        self.asked: list[Any] = []

    async def get(self, path: str, **query: Any) -> Any:
        self.asked.append(query)
        return self._answers[path.rpartition("/")[2]].pop(0)

    every = get

    async def post(self, path: str, body: Any = None) -> Any:
        return self._answers[path.rpartition("/")[2].replace("-", "_")].pop(0)


def console() -> Console:
    return Console(width=200, record=True)


async def test_check_setup_shows_every_step_what_is_wrong_and_what_is_proposed() -> None:
    api: Any = Api(companies=[[{"company_id": "harbourline-au"}]], setup_check=[CHECKED])
    shown = console()
    assert await setup_check.check_setup(api, shown, "harbourline", None) == 1
    text = shown.export_text()
    assert "harbourline-au: records cannot be posted yet" in text
    assert "GST is not mapped. Map it." in text
    assert "tax code GST may be OUTPUT (GST on Income), 95 of 100: both make 10 %." in text
    assert "expense type Meals may be 420 (Meals), 100 of 100: they are alike." in text
    assert "not known" in text


async def test_check_setup_ends_well_where_every_company_can_post() -> None:
    api: Any = Api(companies=[[{"company_id": "a"}]], setup_check=[CHECKED | {"ready": True}])
    assert await setup_check.check_setup(api, console(), "harbourline", None) == 0
    none: Any = Api(companies=[[]])
    assert await setup_check.check_setup(none, console(), "harbourline", None) == 1


async def test_a_whole_audit_is_followed_to_its_end() -> None:
    part = {"number": 5000, "hash": HASH, "head": 7000, "complete": False, "broken": None}
    api: Any = Api(verification=[part, part | {"number": 7000, "complete": True}])
    shown = console()
    assert await audit_commands.verified(api, shown, "harbourline") == 0
    assert api.asked[1] == {"after": 5000, "follows": HASH}
    assert f"whole: 7000 entries, the last with the hash {HASH}" in shown.export_text()


async def test_a_broken_audit_is_told_at_its_first_broken_link() -> None:
    broken = {"number": 3, "why": "the entry is missing"}
    api: Any = Api(verification=[{"number": 2, "hash": HASH, "head": 9, "complete": True, "broken": broken}])
    shown = console()
    assert await audit_commands.verified(api, shown, "harbourline") == 1
    assert "broken at entry 3: the entry is missing. Entries 1 to 2 are sound." in shown.export_text()


@pytest.mark.parametrize("name", ["Anne", None])
async def test_the_audit_is_listed_with_who_did_what(name: str | None) -> None:
    entry = {"number": 3, "at": "2026-11-02T09:00:00Z", "actor": "7", "actor_name": name, "action": "company.armed"}
    api: Any = Api(audit=[{"entries": [entry | {"subject": "company", "subject_id": "harbourline-au"}]}])
    shown = console()
    assert await audit_commands.show(api, shown, "harbourline", limit=5) == 0
    text = shown.export_text()
    assert f"{name or '7'} " in text
    assert "company harbourline-au" in text


async def test_dead_letters_of_every_service_are_listed_with_their_cause() -> None:
    states = [
        {"service": "ingest", "dead_letters": 1, "problem": None},
        {"service": "transform", "dead_letters": None, "problem": "ConnectError"},
    ]
    letter = {"id": 7, "created_at": "2026-11-02T09:00:00Z", "type": "record.captured.v1", "key": "a/invoice/7"}
    page = {"dead_letters": [letter | {"attempts": 5, "reason": "[it] does not fit"}]}
    api: Any = Api(services=[states], **{"dead-letters": [page]})
    shown = console()
    assert await dead_letter_commands.show(api, shown) == 1
    text = shown.export_text()
    assert "[it] does not fit" in text
    assert "transform does not answer: ConnectError" in text


async def test_where_there_are_no_dead_letters_that_is_said() -> None:
    api: Any = Api(services=[[{"service": "ingest", "dead_letters": 0, "problem": None}]])
    shown = console()
    assert await dead_letter_commands.show(api, shown) == 0
    assert "There are no dead letters." in shown.export_text()


async def test_a_dead_letter_is_redriven_by_its_id() -> None:
    api: Any = Api(redrive=[None])
    shown = console()
    assert await dead_letter_commands.close(api, shown, "ingest", 7, "redrive") == 0
    assert "ingest: dead letter 7 redriven" in shown.export_text()

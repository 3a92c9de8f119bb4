"""The up to three custom text fields of sales forms, as the company's preferences define them."""

from typing import Any

from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.qbo.company import Company

_NAME_PREFIX = "SalesFormsPrefs.SalesCustomName"


def custom_fields(company: Company, sent: Any) -> list[JsonObject]:
    """Every defined field, with its value where one was sent; others are dropped."""
    values = {str(each.get("DefinitionId")): each.get("StringValue") for each in sent or [] if isinstance(each, dict)}
    return [
        {
            "DefinitionId": definition_id,
            "Name": name,
            "Type": "StringType",
            **({"StringValue": values[definition_id]} if values.get(definition_id) else {}),
        }
        for definition_id, name in _definitions(company)
    ]


def _definitions(company: Company) -> list[tuple[str, str]]:
    groups = company.group("SalesFormsPrefs").get("CustomField", [])
    fields = [each for group in groups for each in group.get("CustomField", [])]
    return [
        (str(each["Name"]).removeprefix(_NAME_PREFIX), str(each.get("StringValue")))
        for each in fields
        if str(each.get("Name", "")).startswith(_NAME_PREFIX)
    ]

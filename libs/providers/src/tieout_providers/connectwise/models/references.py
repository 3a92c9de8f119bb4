"""The base of all read models, and the references that records hold of one another."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from tieout_providers.reading import READ_CONFIG


class ConnectWiseModel(BaseModel):
    """camelCase outside, snake_case inside."""

    model_config = ConfigDict(**READ_CONFIG, alias_generator=to_camel)


class Reference(ConnectWiseModel):
    """Another record: its id and whatever names it. One shape serves companies, sites, terms, tax codes and more."""

    id: int | None = None
    identifier: str | None = None
    name: str | None = None


class CurrencyReference(ConnectWiseModel):
    """A record's currency. `currency_code` is the ISO code; `number_of_decimals` its minor unit in ConnectWise."""

    id: int | None = None
    currency_code: str | None = None
    currency_identifier: str | None = None
    name: str | None = None
    symbol: str | None = None
    number_of_decimals: int | None = None


class StatusReference(ConnectWiseModel):
    """A billing status; `is_closed` is what brings an invoice into the accounting interface."""

    id: int | None = None
    name: str | None = None
    is_closed: bool | None = None


class InvoiceReference(ConnectWiseModel):
    """An invoice as its parts refer to it; `identifier` is its number."""

    id: int | None = None
    identifier: str | None = None
    billing_type: str | None = None
    apply_to_type: str | None = None

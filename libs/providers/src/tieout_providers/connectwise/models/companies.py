"""Companies, their sites and their contacts: who is billed, and where the document goes."""

from pydantic import AliasPath, Field

from tieout_providers.connectwise.models.references import ConnectWiseModel, CurrencyReference, Reference
from tieout_providers.reading import Many

LAST_UPDATED = AliasPath("_info", "lastUpdated")


class Company(ConnectWiseModel):
    """A company. `account_number` is the customer's key in the ledger; deleted ones stay with `deleted_flag`."""

    id: int | None = None
    identifier: str | None = None
    name: str | None = None
    status: Reference | None = None
    address_line1: str | None = None
    address_line2: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    country: Reference | None = None
    phone_number: str | None = None
    website: str | None = None
    account_number: str | None = None
    vendor_identifier: str | None = None
    tax_identifier: str | None = None
    default_contact: Reference | None = None
    parent_company: Reference | None = None
    bill_to_company: Reference | None = None
    billing_site: Reference | None = None
    billing_contact: Reference | None = None
    billing_terms: Reference | None = None
    tax_code: Reference | None = None
    currency: CurrencyReference | None = None
    invoice_to_email_address: str | None = None
    invoice_cc_email_address: str | None = Field(default=None, alias="invoiceCCEmailAddress")
    deleted_flag: bool | None = None
    types: Many[Reference] = ()
    last_updated: str | None = Field(default=None, validation_alias=LAST_UPDATED)


class Site(ConnectWiseModel):
    """An address of a company."""

    id: int | None = None
    name: str | None = None
    address_line1: str | None = None
    address_line2: str | None = None
    city: str | None = None
    state_reference: Reference | None = None
    zip: str | None = None
    country: Reference | None = None
    phone_number: str | None = None
    tax_code: Reference | None = None
    primary_address_flag: bool | None = None
    default_billing_flag: bool | None = None
    default_mailing_flag: bool | None = None
    default_shipping_flag: bool | None = None
    inactive_flag: bool | None = None
    company: Reference | None = None
    last_updated: str | None = Field(default=None, validation_alias=LAST_UPDATED)


class ContactCommunication(ConnectWiseModel):
    """An e-mail address, telephone or fax number of a contact; `communication_type` tells which."""

    id: int | None = None
    type: Reference | None = None
    value: str | None = None
    extension: str | None = None
    default_flag: bool | None = None
    communication_type: str | None = None


class Contact(ConnectWiseModel):
    """A person at a company."""

    id: int | None = None
    first_name: str | None = None
    last_name: str | None = None
    company: Reference | None = None
    site: Reference | None = None
    inactive_flag: bool | None = None
    default_billing_flag: bool | None = None
    default_flag: bool | None = None
    default_phone_nbr: str | None = None
    communication_items: Many[ContactCommunication] = ()
    types: Many[Reference] = ()
    last_updated: str | None = Field(default=None, validation_alias=LAST_UPDATED)

    @property
    def email(self) -> str | None:
        """The default e-mail address, else the first one."""
        emails = [item for item in self.communication_items if item.communication_type == "Email" and item.value]
        return next((item.value for item in emails if item.default_flag), emails[0].value if emails else None)

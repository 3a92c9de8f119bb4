"""Xero's sentences, in one place. Those marked (own words) stand for a refusal whose wording is not known."""

from datetime import date
from typing import Any

INVOICE_NUMBER_TAKEN = "Invoice # must be unique."
CREDIT_NOTE_NUMBER_TAKEN = "Credit note number must be unique."
NO_LINES = "One or more line items must be specified"
NO_DATE = "The Date field must be specified."
NO_DUE_DATE = "The document DueDate field must be specified."
NO_CONTACT = (
    "The Contact must contain at least 1 of the following elements to identify the contact: "
    "Name, ContactID, ContactNumber"
)
CONTACT_ARCHIVED = (
    "The contact with the specified contact details has been archived. The contact must be un-archived before "
    "creating new invoices or credit notes"
)
TAX_ABOVE_LINE = "The tax amount cannot be greater than the line amount"
IMPRECISE_NUMBER = ("Account must be valid.", "Tax rate must be valid.")
"""What Xero says to a number with too many decimals: misleading, but its own words (Xero-Java #353)."""
HAS_PAYMENTS = (
    "The status VOIDED cannot be applied to the invoice because it has payments or credit notes allocated to it."
)
SENT_TOO_EARLY = "Only AUTHORISED invoices may have SentToContact updated."
EMAIL_INVALID = "Email address must be valid."
APPROVAL_LIMIT = "You have reached the limit of invoices you can approve"
DESCRIPTION_MISSING = "Description must be specified."  # (own words)
DESCRIPTION_TOO_LONG = "The description cannot exceed 4000 characters."  # (own words)
ACCOUNT_MISSING = "Account code must be specified."  # (own words)
NUMBER_NOT_PRINTABLE = "The document number may hold printable ASCII characters only."  # (own words)
NEGATIVE_TOTAL = "The document total cannot be negative."  # (own words)
LINE_AMOUNT_TOO_LARGE = "The line amount must be between -9999999999.99 and 9999999999.99."  # (own words)
QUANTITY_TOO_LONG = "The quantity cannot exceed 13 characters."  # (own words)
DISCOUNT_NOT_SUPPORTED = "Discounts are only supported on ACCREC invoices."  # (own words)
TOO_MUCH_TRACKING = "A line item can have a maximum of 2 tracking categories."  # (own words)
TRACKING_TWICE = "A tracking category can only be assigned once to a line item."  # (own words)
TOO_MANY_PERSONS = "A contact can have a maximum of 5 contact persons."  # (own words)
CONTACT_NAME_MISSING = "The contact name must be specified."  # (own words)
CONTACT_NAME_CHARACTERS = "The contact name cannot contain the characters < or >."  # (own words)
CONTACT_NAME_SPACES = "The contact name cannot begin or end with a space or hold two in a row."  # (own words)
COUNTRY_LETTERS = "The address country may hold letters only."  # (own words)
URL_INVALID = "The Url must be valid and cannot contain the word xero."  # (own words)
ITEM_CODE_MISSING = "Item code must be specified."  # (own words)
CURRENCY_RATE_INVALID = "The currency rate must be greater than zero."  # (own words)


def not_convertible(name: str, value: Any) -> str:
    """A value of the wrong kind (own words after Xero's)."""
    return f"Error converting value {value!r} to {name}."


def too_long(name: str, limit: int) -> str:
    """A text over its limit (own words)."""
    return f"The field {name} cannot exceed {limit} characters."


def unknown_value(name: str, value: Any) -> str:
    """A text that is none of the allowed ones (own words)."""
    return f"The {name} '{value}' is not valid."


def account_unknown(code: str) -> str:
    return f"Account code '{code}' is not a valid code for this document."


def account_archived(code: str) -> str:
    return f"Account code '{code}' has been archived, or deleted."


def tax_type_unknown(tax_type: str) -> str:
    return f"The TaxType code '{tax_type}' does not exist or cannot be used for this type of transaction."


def tax_type_mismatch(tax_type: str, account_code: str) -> str:
    return f"The TaxType code '{tax_type}' cannot be used with account code '{account_code}'"


def item_unknown(code: str) -> str:
    return f"Item code '{code}' is not valid"


def item_taken(code: str) -> str:
    return f"Price List Item with Code '{code}' already exists"


def out_of_stock(code: str) -> str:
    """(own words)"""
    return f"Item code '{code}' does not have enough quantity on hand."


def line_total_mismatch(given: Any, expected: Any) -> str:
    return f"The line total {given} does not match the expected line total {expected}"


def discount_invalid(discount: Any) -> str:
    return f"The discount rate '{discount}' is invalid. Discount must not be greater than the line total."


def no_tracking_category(name: str) -> str:
    return f"There is no ACTIVE tracking category with the name '{name}'"


def no_tracking_option(name: str, category: str) -> str:
    """(own words)"""
    return f"There is no ACTIVE tracking option with the name '{name}' in the tracking category '{category}'"


def currency_not_subscribed(code: str) -> str:
    return f"Organisation is not subscribed to currency {code}"


def locked(which: str, lock_date: date) -> str:
    """``which`` is ``period`` or ``end of year``."""
    return f"The document date cannot be before the {which} lock date, currently set at {lock_date:%d/%m/%Y}"


def contact_name_taken(name: str) -> str:
    return (
        f"The contact name {name} is already assigned to another contact. "
        "The contact name must be unique across all active contacts."
    )


def contact_number_taken(number: str) -> str:
    """(own words after the name's)"""
    return (
        f"The contact number {number} is already assigned to another contact. "
        "The contact number must be unique across all contacts."
    )


def not_found(kind: str, id_field: str) -> str:
    return f"An existing {kind} with the specified {id_field} could not be found"


def status_not_modifiable(kind: str) -> str:
    return f"{kind} not of valid status for modification"


def status_not_creatable(kind: str) -> str:
    """(own words after the sentence for a wrong type)"""
    return f"{kind} not of valid status for creation"


def type_not_creatable(kind: str) -> str:
    return f"{kind} not of valid type for creation"


def key_reused(key: str) -> str:
    return f"Idempotency Key: {key} is used with a different request."

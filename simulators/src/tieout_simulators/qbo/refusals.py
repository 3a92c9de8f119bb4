"""Intuit's refusals, in one place: code, message and detail. Those marked (own words) stand for a wording that the
reference does not show; a client must match on the code."""

from decimal import Decimal
from typing import Any

VALIDATION = "ValidationFault"


class RefusedError(Exception):
    """A request, or one item of a batch, that QuickBooks answers with a Fault."""

    def __init__(self, code: str, message: str, detail: str, element: str | None = "", status: int = 400) -> None:
        super().__init__(f"{code} {detail}")
        self.code, self.message, self.detail, self.element, self.status = code, message, detail, element, status

    def fault(self) -> dict[str, Any]:
        """The ``Fault`` member."""
        error = {"Message": self.message, "Detail": self.detail, "code": self.code}
        if self.element is not None:
            error["element"] = self.element
        return {"Error": [error], "type": VALIDATION}


def unsupported_operation(what: str) -> RefusedError:
    return RefusedError("500", "Unsupported Operation", f"Operation {what} is not supported.", None)


def request_in_flight(request_id: str) -> RefusedError:
    """(own words)"""
    return RefusedError("600", "Duplicate Request Id", f"Duplicate Request Id : {request_id} is being processed.")


def not_found() -> RefusedError:
    """Absent or inactive: QuickBooks does not say which."""
    message = "Object Not Found"
    return RefusedError(
        "610",
        message,
        f"{message} : Something you're trying to use has been made inactive. "
        "Check the fields with accounts, customers, items, vendors or employees.",
    )


def not_linkable(why: str) -> RefusedError:
    """(own words)"""
    return RefusedError("620", "Transaction cannot be linked", f"Transaction cannot be linked : {why}")


def batch_too_large(limit: int) -> RefusedError:
    """(own words)"""
    return RefusedError("1040", "Batch too large", f"Batch too large : a batch holds at most {limit} items.")


def unsupported_property(detail: str) -> RefusedError:
    message = "Request has invalid or unsupported property"
    return RefusedError("2010", message, f"Property Name:{detail} specified is unsupported or invalid", None)


def missing(name: str) -> RefusedError:
    message = "Required param missing, need to supply the required value for the API"
    return RefusedError("2020", message, f"Required parameter {name} is missing in the request", name)


def invalid_id(value: Any) -> RefusedError:
    return RefusedError("2030", "Invalid ID", f"Id should be a valid number. Supplied value:{value}", "Id")


def unencodable(name: str) -> RefusedError:
    """(own words)"""
    detail = f"Invalid String. Non-ISO-8859-1 or not allowed characters in {name}"
    return RefusedError("2040", "Invalid character(s) in the request", detail, name)


def wrong_length(name: str, limit: int, supplied: int) -> RefusedError:
    detail = (
        "String length specified does not match the supported length. "
        f"Min:0 Max:{limit} supported. Supplied length:{supplied}"
    )
    message = "String length is either shorter or longer than supported by specification"
    return RefusedError("2050", message, detail, name)


def invalid_date(name: str, value: Any) -> RefusedError:
    return RefusedError("2060", "Invalid date format", f"Date value should be yyyy-MM-dd. Supplied value:{value}", name)


def invalid_number(name: str, value: Any) -> RefusedError:
    return RefusedError("2090", "Invalid Number", f"{name} should be a valid number. Supplied value:{value}", name)


def invalid_amount(name: str, value: Decimal) -> RefusedError:
    """(own words)"""
    return RefusedError("2140", "Invalid Amount", f"Amount out of range. Supplied value:{value:,f}", name)


def malformed_request_id(why: str) -> RefusedError:
    """(own words)"""
    return RefusedError("2130", "Invalid Request Id", f"Request Id format is invalid : {why}")


def invalid_enumeration(name: str, value: Any) -> RefusedError:
    return RefusedError("2170", "Invalid Enumeration", f"Invalid enumeration : {value} for {name}", name)


def invalid_email(value: Any) -> RefusedError:
    detail = f"Email Address does not conform to the syntax rules of RFC 822. Supplied value:{value}"
    return RefusedError("2210", "Invalid Email Address format", detail, "Address")


def invalid_currency(value: Any) -> RefusedError:
    """(own words)"""
    return RefusedError("2220", "Invalid Currency", f"Invalid Currency : {value} is not used by this company")


def no_lines() -> RefusedError:
    """(own words)"""
    return RefusedError("2250", "Lines missing", "Lines missing : a transaction needs at least one line", "Line")


def invalid_reference(kind: str, value: Any) -> RefusedError:
    message = "Invalid Reference Id"
    return RefusedError("2500", message, f"{message} : {kind} element id {value} not found")


def query_unparsed(detail: str) -> RefusedError:
    return RefusedError("4000", "Error parsing query", f"QueryParserError: {detail}", None)


def query_invalid(detail: str) -> RefusedError:
    return RefusedError("4001", "Invalid query", f"QueryValidationError: {detail}", None)


def stale() -> RefusedError:
    message = "Stale Object Error"
    detail = (
        f"{message} : You and Another User were working on this at the same time. "
        "Another User finished before you did, so your work was not saved."
    )
    return RefusedError("5010", message, detail)


def business(detail: str) -> RefusedError:
    """The catch-all; only the detail tells what is meant."""
    message = "A business validation error has occurred while processing your request"
    return RefusedError("6000", message, f"Business Validation Error: {detail}")


def negative_total() -> RefusedError:
    return business("Enter a transaction amount that is 0 or greater.")


def amount_mismatch(supplied: Decimal) -> RefusedError:
    """The supplied value comes with a thousands separator."""
    message = "Amount calculation incorrect in the request"
    detail = f"{message} : Amount is not equal to UnitPrice * Qty. Supplied value:{supplied:,f}"
    return RefusedError("6070", message, detail)


def line_tax_code() -> RefusedError:
    """(own words)"""
    message = "Invalid Tax Code"
    return RefusedError("6100", message, f"{message} : TaxCodeRef of a line must be TAX or NON for US companies")


def duplicate_number(number: str, kind: str, holder_id: str) -> RefusedError:
    message = "Duplicate Document Number Error"
    detail = (
        f"{message} : You must specify a different number. This number has already been used. "
        f"DocNumber={number} is assigned to TxnType={kind} with TxnId={holder_id}"
    )
    return RefusedError("6140", message, detail)


def bad_parent() -> RefusedError:
    """(own words)"""
    return RefusedError("6150", "Invalid ParentRef", "Invalid ParentRef : the parent must be an existing, active one")


def tax_detail_not_applicable() -> RefusedError:
    """(own words)"""
    message = "Tax detail not applicable"
    return RefusedError("6170", message, f"{message} : TxnTaxDetail is not allowed where tax is NotApplicable")


def too_deep(levels: int) -> RefusedError:
    """(own words)"""
    return RefusedError("6180", "Too many levels", f"Too many levels : at most {levels} are allowed")


def company_closed() -> RefusedError:
    message = "Invalid Company Status"
    detail = f"{message} : Subscription period has ended or canceled or there was a billing problem"
    return RefusedError("6190", message, detail)


def period_closed() -> RefusedError:
    """(own words)"""
    message = "Account Period Closed"
    return RefusedError("6200", message, f"{message} : The account period has closed and the account books are closed")


def duplicate_name(detail: str) -> RefusedError:
    return RefusedError("6240", "Duplicate Name Exists Error", f"The name supplied already exists. : {detail}", None)


def wrong_account_type(name: str) -> RefusedError:
    """(own words)"""
    message = "Invalid account type"
    return RefusedError("6430", message, f"{message} : {name} refers to an account of another type", name)


def quantity_needed() -> RefusedError:
    """(own words)"""
    message = "Quantity needed"
    return RefusedError("6520", message, f"{message} : a line with a tracked item needs a quantity", "Qty")

"""The longest texts that are enforced, in characters, from Intuit's API pages (2050 beyond them)."""

_ADDRESS = {f"Line{number}": 500 for number in range(1, 6)} | {
    "City": 255,
    "Country": 255,
    "CountrySubDivisionCode": 255,
    "PostalCode": 30,
}
ADDRESS_LINES_TOGETHER = 2_000
_PERSON = {
    "DisplayName": 500,
    "Title": 16,
    "GivenName": 100,
    "MiddleName": 100,
    "FamilyName": 100,
    "Suffix": 16,
    "CompanyName": 100,
    "PrimaryEmailAddr.Address": 100,
    "PrimaryPhone.FreeFormNumber": 30,
    "AlternatePhone.FreeFormNumber": 30,
    "Mobile.FreeFormNumber": 30,
    "Fax.FreeFormNumber": 30,
    "WebAddr.URI": 1000,
}
_SALES_FORM = {
    "DocNumber": 21,
    "PrivateNote": 4000,
    "CustomerMemo.value": 1000,
    "BillEmail.Address": 100,
    "BillEmailCc.Address": 100,
    "BillEmailBcc.Address": 100,
    "Line.Description": 4000,
}


def _addresses(*names: str) -> dict[str, int]:
    return {f"{name}.{field}": limit for name in names for field, limit in _ADDRESS.items()}


LIMITS: dict[str, dict[str, int]] = {
    "Invoice": _SALES_FORM | _addresses("BillAddr", "ShipAddr", "ShipFromAddr"),
    "CreditMemo": _SALES_FORM | _addresses("BillAddr", "ShipAddr"),
    "Payment": {"PaymentRefNum": 21, "PrivateNote": 4000},
    "Customer": _PERSON
    | _addresses("BillAddr", "ShipAddr")
    | {"Notes": 2000, "ResaleNum": 16, "PrintOnCheckName": 110},
    "Vendor": _PERSON | _addresses("BillAddr") | {"AcctNum": 100, "TaxIdentifier": 20, "PrintOnCheckName": 100},
    "Item": {"Name": 100, "Sku": 100, "Description": 4000, "PurchaseDesc": 1000},
}

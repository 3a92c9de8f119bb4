"""The GL export's view of a document: `GLExportTransaction` and `GLExportCustomer` (ConnectWise 2025.1)."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import count

from tieout_simulators.month.arithmetic import signed, to_cents, trimmed
from tieout_simulators.month.companies import Customer
from tieout_simulators.month.documents import Document, GlKeys, Issued
from tieout_simulators.month.lines import Line
from tieout_simulators.month.places import Location, TaxCode
from tieout_simulators.month.references import (
    COMPANY_TYPE,
    company_reference,
    project_reference,
    site_reference,
    tax_code_reference,
    terms_reference,
    zoneless,
)
from tieout_simulators.month.shapes import JsonObject, present

RECEIVABLE_ACCOUNT = "610"
TAX_ACCOUNT = "820"
NOTHING = Decimal("0.00")

LINE_DESCRIPTIONS = {"RP": "Products", "R": "Services", "RA": "Agreements", "RE": "Expenses"}


def type_and_sign(document: Document) -> tuple[str, int]:
    """documentType of the GL export, and the sign of its header (details carry the opposite one).

    An invoice is positive on top and negative in its details. UNCONFIRMED for a credit memo: no public sample shows
    one; taken here as type "CREDIT MEMO" with every sign mirrored. Everything that depends on it asks this function.
    """
    return ("CREDIT MEMO", -1) if document.is_credit else ("INVOICE", 1)


def join_segments(*segments: str) -> str:
    """Account or class segments joined by ':', up to the last one that is set."""
    joined = ":".join(segments)
    return joined.rstrip(":")


def keys_for(document: Document, entry_ids: "count[int]") -> GlKeys:
    """GL entry ids in the order ConnectWise was seen to give them: lines, receivable side, tax."""
    lines = tuple(next(entry_ids) for _ in document.lines)
    sides = 1 + len({(line.gl_type, line.account, line.taxable) for line in document.lines})
    return GlKeys(lines, tuple(next(entry_ids) for _ in range(sides)), next(entry_ids))


def gl_transaction(issued: Issued) -> JsonObject:
    """The document as `POST /finance/accounting/export` shows it: header, lines, one ST line for its tax level."""
    document = issued.document
    document_type, sign = type_and_sign(document)
    payer, served = document.bill_to, document.customer
    taxable, tax = signed(sign, document.taxable_subtotal), signed(sign, document.tax)
    return present(
        id=issued.id,
        glClass=join_segments(document.location.name, ""),
        glTypeId="AR",
        documentDate=zoneless(document.dated),
        documentNumber=issued.number,
        documentType=document_type,
        memo="",
        description="Accounts Receivable",
        attention=payer.contact.name if payer.contact else None,
        company=company_reference(payer),
        companyType=dict(COMPANY_TYPE),
        companyAccountNumber=payer.account_number,
        site=site_reference(payer),
        billingTerms=terms_reference(payer.terms),
        billingTermsXref=str(payer.terms.days),
        dueDays=payer.terms.days,
        dueDate=zoneless(document.due),
        emailDeliveryFlag=True,
        printDeliveryFlag=False,
        agreementPrePaymentFlag=False,
        accountNumber=join_segments(RECEIVABLE_ACCOUNT, ""),
        billingType=document.type.value,
        glEntryIds=",".join(map(str, issued.gl_keys.receivable)),
        project=project_reference(document.project) if document.project else None,
        total=signed(sign, document.total),
        taxable=True,
        taxableTotal=taxable,
        taxCode=tax_code_reference(document.tax_code),
        taxGroupRate=fraction(document.tax_code),
        piggyBackFlag=False,
        taxAccountNumber=TAX_ACCOUNT,
        salesTax=tax,
        stateTax=tax,
        countyTax=NOTHING,
        taxableAmount1=taxable,
        taxableAmount2=NOTHING,
        taxableAmount3=NOTHING,
        taxableAmount4=NOTHING,
        taxableAmount5=NOTHING,
        taxAgencyXref=document.tax_code.agency,
        stateTaxXref=document.tax_code.xref,
        taxDpAppliedFlag=False,
        useAvalaraFlag=False,
        sendAvalaraTaxFlag=False,
        shipToCompany=company_reference(served),
        shipToCompanyAccountNumber=served.account_number,
        shipToCompanyType=dict(COMPANY_TYPE),
        shipSite=site_reference(served),
        shipContact=served.primary.name,
        detail=list(_details(issued, document_type, sign)),
        taxLevels=[
            {"taxLevel": 1, "taxAmount": tax, "taxableAmount": taxable, "taxCodeXref": document.tax_code.xref},
        ],
    )


def fraction(tax_code: TaxCode) -> Decimal:
    """A percentage as the fraction that the export's taxRate and taxGroupRate hold (0.1 for 10 %)."""
    return trimmed(tax_code.percent / 100)


def _details(issued: Issued, document_type: str, sign: int) -> Iterator[JsonObject]:
    document = issued.document
    for index, (line, entry_id) in enumerate(zip(document.lines, issued.gl_keys.lines, strict=True)):
        yield present(
            id=entry_id,
            documentDate=zoneless(document.dated),
            documentType=document_type,
            **_what_was_sold(line, document.location, issued.product_ids.get(index)),
            quantity=trimmed(signed(-sign, line.quantity)),
            total=signed(-sign, line.extended),
            **_line_tax(line, document.tax_code),
        )
    yield _tax_detail(issued, document_type, sign)


def _what_was_sold(line: Line, location: Location, product_id: int | None) -> JsonObject:
    product = line.product
    kind = LINE_DESCRIPTIONS[line.gl_type]
    return present(
        accountNumber=join_segments(line.account, ""),
        glClass=join_segments(location.name, line.department),
        glTypeId=line.gl_type,
        glItemId=product.code if product else line.non_product_id,
        invoiceSummaryOption="0",
        cost=line.cost,
        memo=line.text,
        description=f"Taxable {kind}" if line.taxable else f"Non-Taxable {kind}",
        productAccountNumber=line.account if product else None,
        itemTaxableFlag=line.item_taxable,
        itemPrice=line.exported_price,
        itemCost=product.cost if product else NOTHING,
        itemDescription=product.name if product else line.text,
        unitOfMeasure={"name": line.unit},
        item={"id": product.id, "identifier": product.code} if product else None,
        product={"id": product_id, "description": product.name} if product and product_id else None,
        itemTypeXref=product.family.item_type_xref if product else None,
        serializedFlag=False if product else None,
        dropShippedFlag=False if product else None,
    )


def _line_tax(line: Line, tax_code: TaxCode) -> JsonObject:
    flags = {f"taxable{level}Flag": False for level in range(2, 6)}
    return present(
        taxCode=tax_code_reference(tax_code) if line.taxable else None,
        taxCodeXref=tax_code.xref if line.taxable else None,
        taxRate=fraction(tax_code) if line.taxable else NOTHING,
        taxRatePercent=tax_code.percent if line.taxable else NOTHING,
        taxableFlag=line.taxable,
        **flags,
        taxLevels=[{"taxLevel": 1, "taxableFlag": line.taxable}],
    )


def _tax_detail(issued: Issued, document_type: str, sign: int) -> JsonObject:
    document = issued.document
    tax_code = document.tax_code
    return {
        "id": issued.gl_keys.tax,
        "documentDate": zoneless(document.dated),
        "documentType": document_type,
        "accountNumber": TAX_ACCOUNT,
        "glClass": "",
        "glTypeId": "ST",
        "glItemId": "",
        "invoiceSummaryOption": "0",
        "cost": NOTHING,
        "memo": "Sales Tax",
        "description": "Level 1 Sales Tax",
        "quantity": 0,
        "total": to_cents(signed(-sign, document.tax)),
        "taxCode": tax_code_reference(tax_code),
        "taxCodeXref": tax_code.xref,
        "taxAgencyXref": tax_code.agency,
        "taxNote": "AUTOSTAX",
        "taxRate": fraction(tax_code),
        "taxRatePercent": tax_code.percent,
        "taxableFlag": False,
        "itemTaxableFlag": False,
        "itemPrice": NOTHING,
        "itemCost": NOTHING,
    }


def gl_customer(customer: Customer) -> JsonObject:
    """The payer as the export lists it beside its transactions; tax rates are percentages here."""
    contact, tax_code = customer.contact, customer.region.tax_code
    return present(
        company=company_reference(customer),
        companyType=dict(COMPANY_TYPE),
        contact={"id": contact.id, "name": contact.name} if contact else None,
        site=site_reference(customer),
        accountNumber=customer.account_number,
        billingTerms=terms_reference(customer.terms),
        billingTermsXref=str(customer.terms.days),
        dueDays=customer.terms.days,
        taxable=True,
        taxCode=tax_code_reference(tax_code),
        stateTaxXref=tax_code.xref,
        stateTaxRate=tax_code.percent,
        taxAgencyXref=tax_code.agency,
        stateTaxAgencyXref=tax_code.agency,
        taxLevels=[
            {
                "taxLevel": 1,
                "taxRate": tax_code.percent,
                "taxCodeXref": tax_code.xref,
                "agencyXref": tax_code.agency,
            }
        ],
    )

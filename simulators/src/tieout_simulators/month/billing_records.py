"""ConnectWise's records about what was billed: invoices, product records, catalogue items, agreements, additions."""

from collections.abc import Iterator
from decimal import Decimal

from tieout_simulators.month.agreements import Addition, Agreement
from tieout_simulators.month.arithmetic import extend, signed
from tieout_simulators.month.catalogue import UNITS, Product
from tieout_simulators.month.companies import Customer
from tieout_simulators.month.documents import Document, InvoiceType, Issued
from tieout_simulators.month.gl import type_and_sign
from tieout_simulators.month.places import Location
from tieout_simulators.month.references import (
    agreement_reference,
    company_reference,
    currency_reference,
    department_reference,
    location_reference,
    project_reference,
    site_reference,
    tax_code_reference,
    terms_reference,
    zoned,
)
from tieout_simulators.month.shapes import JsonObject, present

OPEN_STATUS = {"id": 3, "name": "Held for finance", "isClosed": False}
CLOSED_STATUS = {"id": 13, "name": "Closed", "isClosed": True}
SPECIAL_TYPES = (InvoiceType.MISCELLANEOUS, InvoiceType.CREDIT_MEMO)
NOTHING = Decimal("0.00")


def invoice_record(issued: Issued) -> JsonObject:
    """`/finance/invoices/{id}`. ConnectWise shows no lines here, only totals by kind."""
    document = issued.document
    _, sign = type_and_sign(document)
    payer, served = document.bill_to, document.customer
    total = signed(sign, document.total)
    return present(
        id=issued.id,
        invoiceNumber=issued.number,
        type=document.type.value,
        status=dict(CLOSED_STATUS if document.is_closed else OPEN_STATUS),
        company=company_reference(served),
        billToCompany=company_reference(payer),
        shipToCompany=company_reference(served),
        accountNumber=payer.account_number,
        applyToType="All" if document.type in SPECIAL_TYPES else None,
        attention=payer.contact.name if payer.contact else None,
        **_address("billing", payer),
        **_address("shipping", served),
        billingTerms=terms_reference(payer.terms),
        reference="",
        customerPO=document.purchase_order,
        date=zoned(document.dated),
        dueDate=zoned(document.due),
        locationId=document.location.id,
        location=location_reference(document.location),
        **_department(document),
        taxableFlag=True,
        taxCode=tax_code_reference(document.tax_code),
        currency=currency_reference(payer.region.currency),
        serviceTotal=signed(sign, document.part("R")),
        productTotal=signed(sign, document.part("RP")),
        expenseTotal=signed(sign, document.part("RE")),
        agreementAmount=signed(sign, document.part("RA")),
        subtotal=signed(sign, document.subtotal),
        salesTax=signed(sign, document.tax),
        total=total,
        payments=NOTHING,
        credits=NOTHING,
        balance=total,
        downpaymentApplied=NOTHING,
        specialInvoiceFlag=document.type in SPECIAL_TYPES,
        agreement=agreement_reference(document.agreement) if document.agreement else None,
        project=project_reference(document.project) if document.project else None,
        closedBy="kwilliams" if document.is_closed else None,
        _info={"lastUpdated": zoned(document.dated).replace("T00:00:00", "T05:41:27"), "updatedBy": "kwilliams"},
    )


def _address(purpose: str, customer: Customer) -> JsonObject:
    return {
        f"{purpose}Site": site_reference(customer),
        f"{purpose}SiteAddressLine1": customer.street,
        f"{purpose}SiteCity": customer.suburb,
        f"{purpose}SiteState": customer.state,
        f"{purpose}SiteZip": customer.postcode,
        f"{purpose}SiteCountry": customer.region.country.name,
    }


def _department(document: Document) -> JsonObject:
    department = department_reference("Managed" if document.agreement else document.lines[0].department)
    return {"departmentId": department["id"], "department": department}


def product_records(issued: Issued) -> Iterator[JsonObject]:
    """The rows of `/procurement/products` behind the document's lines, with the price at its full precision."""
    document = issued.document
    _, sign = type_and_sign(document)
    for sequence, (index, record_id) in enumerate(issued.product_ids.items(), start=1):
        line = document.lines[index]
        product = line.product
        assert product is not None, "only a line that sells a product has a product record"
        yield {
            "id": record_id,
            "catalogItem": {"id": product.id, "identifier": product.code},
            "description": product.name,
            "customerDescription": product.detail,
            "sequenceNumber": sequence,
            "quantity": signed(sign, line.quantity),
            "unitOfMeasure": {"id": UNITS[product.unit], "name": product.unit},
            "price": line.price,
            "cost": product.cost,
            "extPrice": signed(sign, line.extended),
            "extCost": signed(sign, line.cost),
            "priceMethod": "FlatRateForRange",
            "billableOption": "Billable",
            "locationId": document.location.id,
            "location": location_reference(document.location),
            "taxableFlag": line.taxable,
            "cancelledFlag": False,
            "invoice": {"id": issued.id, "identifier": issued.number, "billingType": document.type.value},
            "taxCode": tax_code_reference(document.tax_code),
            "company": company_reference(document.customer),
            "productClass": product.family.product_class,
            "uom": product.unit,
        }


def catalogue_record(product: Product) -> JsonObject:
    """`/procurement/catalog/{id}`."""
    family = product.family
    type_id, type_name = family.product_type
    subcategory_id, subcategory_name = family.subcategory
    return {
        "id": product.id,
        "identifier": product.code,
        "description": product.name,
        "inactiveFlag": False,
        "subcategory": {"id": subcategory_id, "name": subcategory_name},
        "type": {"id": type_id, "name": type_name},
        "productClass": family.product_class,
        "unitOfMeasure": {"id": UNITS[product.unit], "name": product.unit},
        "price": product.price,
        "cost": product.cost,
        "taxableFlag": product.taxable,
        "customerDescription": product.detail,
    }


def agreement_record(agreement: Agreement, location: Location) -> JsonObject:
    """`/finance/agreements/{id}`; the bill amount is that of a whole month."""
    served, payer = agreement.customer, agreement.customer.bill_to
    return present(
        id=agreement.id,
        name=agreement.name,
        type={"id": 5, "name": agreement.plan},
        company=company_reference(served),
        contact={"id": served.primary.id, "name": served.primary.name},
        site=site_reference(served),
        billToCompany=company_reference(payer),
        billToSite=site_reference(payer),
        location=location_reference(location),
        department=department_reference("Managed"),
        startDate="2025-07-01T00:00:00Z",
        noEndingDateFlag=True,
        cancelledFlag=False,
        coverAgreementTime=True,
        billingCycle={"id": 2, "name": "Monthly"},
        billingTerms=terms_reference(payer.terms),
        billAmount=agreement.fee,
        taxable=True,
        taxCode=tax_code_reference(location.region.tax_code),
        prorateFlag=True,
        invoiceProratedAdditionsFlag=True,
        periodType="Current",
        agreementStatus="Active",
    )


def addition_record(addition: Addition, agreement: Agreement) -> JsonObject:
    """A row of `/finance/agreements/{id}/additions`: the only place where an addition's full price stands."""
    product = addition.product
    return present(
        id=addition.id,
        product={"id": product.id, "identifier": product.code},
        quantity=addition.quantity,
        lessIncluded=0,
        billedQuantity=addition.quantity,
        unitPrice=addition.unit_price,
        unitCost=product.cost,
        billCustomer="Billable",
        effectiveDate=zoned(addition.effective),
        taxableFlag=product.taxable,
        invoiceDescription=product.detail,
        description=product.name,
        agreementId=agreement.id,
        uom=product.unit,
        extPrice=extend(addition.quantity, addition.unit_price),
        proratePrice=addition.prorated_price if addition.is_prorated else None,
        extendedProratePrice=addition.extended if addition.is_prorated else None,
        prorateCurrentPeriodFlag=addition.is_prorated,
        agreementStatus="Active",
    )

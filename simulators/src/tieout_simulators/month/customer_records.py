"""ConnectWise's records about customers: companies, their sites, their contacts."""

from tieout_simulators.month.companies import Customer, Person
from tieout_simulators.month.references import (
    COMPANY_TYPE,
    company_reference,
    country_reference,
    currency_reference,
    site_reference,
    tax_code_reference,
    terms_reference,
)
from tieout_simulators.month.shapes import JsonObject, present

EMAIL = {"id": 1, "name": "Email"}
PHONE = {"id": 2, "name": "Direct"}
ENTERED: JsonObject = {"lastUpdated": "2026-09-14T03:20:11Z", "updatedBy": "kwilliams"}


def company_record(customer: Customer) -> JsonObject:
    """`/company/companies/{id}`."""
    country = customer.region.country
    return present(
        id=customer.id,
        identifier=customer.identifier,
        name=customer.name,
        status={"id": 1, "name": "Active"},
        addressLine1=customer.street,
        city=customer.suburb,
        state=customer.state,
        zip=customer.postcode,
        country=country_reference(country),
        phoneNumber=customer.phone,
        website=f"www.{customer.identifier.lower()}.{country.web_domain}",
        accountNumber=customer.account_number,
        defaultContact=person_reference(customer.primary),
        billingContact=person_reference(customer.contact) if customer.contact else None,
        taxCode=tax_code_reference(customer.region.tax_code),
        billingTerms=terms_reference(customer.terms),
        parentCompany=company_reference(customer.parent) if customer.parent else None,
        billToCompany=company_reference(customer.bill_to),
        billingSite=site_reference(customer.bill_to),
        invoiceToEmailAddress=customer.bill_to.contact.email if customer.bill_to.contact else None,
        currency=currency_reference(customer.region.currency),
        deletedFlag=False,
        isVendorFlag=False,
        types=[dict(COMPANY_TYPE)],
        site=site_reference(customer),
        _info=dict(ENTERED),
    )


def person_reference(person: Person) -> JsonObject:
    """ContactReference."""
    return {"id": person.id, "name": person.name}


def site_record(customer: Customer) -> JsonObject:
    """The company's one row of `/company/companies/{id}/sites`."""
    state = customer.region.state
    return {
        "id": customer.site_id,
        "name": "Main",
        "addressLine1": customer.street,
        "city": customer.suburb,
        "stateReference": {"id": state.id, "identifier": state.identifier, "name": state.name},
        "zip": customer.postcode,
        "country": country_reference(customer.region.country),
        "phoneNumber": customer.phone,
        "primaryAddressFlag": True,
        "defaultShippingFlag": True,
        "defaultBillingFlag": True,
        "defaultMailingFlag": True,
        "inactiveFlag": False,
        "company": company_reference(customer),
    }


def contact_record(customer: Customer, person: Person) -> JsonObject:
    """A person in `/company/contacts`; mail and phone are the communication items."""
    return {
        "id": person.id,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "company": company_reference(customer),
        "site": site_reference(customer),
        "title": person.title,
        "inactiveFlag": False,
        "defaultBillingFlag": person == customer.contact,
        "defaultFlag": person == customer.primary,
        "defaultPhoneType": "Direct",
        "defaultPhoneNbr": person.phone,
        "communicationItems": [
            {
                "id": person.id * 2,
                "type": dict(EMAIL),
                "value": person.email,
                "defaultFlag": True,
                "domain": f"@{person.email.partition('@')[2]}",
                "communicationType": "Email",
            },
            {
                "id": person.id * 2 + 1,
                "type": dict(PHONE),
                "value": person.phone,
                "defaultFlag": True,
                "communicationType": "Phone",
            },
        ],
        "_info": dict(ENTERED),
    }

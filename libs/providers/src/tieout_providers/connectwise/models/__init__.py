"""What ConnectWise answers, as tolerant read models: every field optional, enums as text, unknown fields ignored.

ConnectWise leaves null fields out of its answers, so a missing field means "no value" and never "unchanged".
"""

from tieout_providers.connectwise.models.agreements import Addition, Agreement
from tieout_providers.connectwise.models.batches import AccountingBatch, BatchCreated, BatchEntry
from tieout_providers.connectwise.models.companies import Company, Contact, ContactCommunication, Site
from tieout_providers.connectwise.models.gl_export import (
    GLCustomer,
    GLDetail,
    GLExport,
    GLTaxLevel,
    GLTransaction,
)
from tieout_providers.connectwise.models.invoices import Invoice, UnpostedInvoice
from tieout_providers.connectwise.models.products import CatalogItem, ProductItem
from tieout_providers.connectwise.models.references import CurrencyReference, Reference
from tieout_providers.connectwise.models.setup import (
    AccountingPackageSetup,
    BillingStatus,
    BillingTerm,
    Callback,
    CallbackKey,
    CompanyInfo,
    Currency,
    ExpenseType,
    Location,
    Member,
    PaymentType,
    SystemInfo,
    TaxCode,
    TaxLevel,
)

__all__ = [
    "AccountingBatch",
    "AccountingPackageSetup",
    "Addition",
    "Agreement",
    "BatchCreated",
    "BatchEntry",
    "BillingStatus",
    "BillingTerm",
    "Callback",
    "CallbackKey",
    "CatalogItem",
    "Company",
    "CompanyInfo",
    "Contact",
    "ContactCommunication",
    "Currency",
    "CurrencyReference",
    "ExpenseType",
    "GLCustomer",
    "GLDetail",
    "GLExport",
    "GLTaxLevel",
    "GLTransaction",
    "Invoice",
    "Location",
    "Member",
    "PaymentType",
    "ProductItem",
    "Reference",
    "Site",
    "SystemInfo",
    "TaxCode",
    "TaxLevel",
    "UnpostedInvoice",
]

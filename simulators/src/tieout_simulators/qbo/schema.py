"""Which members a request may have, by the names of Intuit's published schema, and of what kind each is.

An unknown member is refused with 2010, as Intuit's JSON reader does.
"""

_ENTITY = """
    Id SyncToken MetaData CustomField AttachableRef domain status sparse
"""
_TRANSACTION = """
    DocNumber TxnDate TxnSubType DepartmentRef CurrencyRef ExchangeRate PrivateNote TxnStatus LinkedTxn Line
    TxnTaxDetail TxnSource TaxFormType TaxFormNum TransactionLocationType Tag TxnApprovalInfo RecurDataRef
    RecurringInfo ProjectRef TotalCostAmount HomeTotalCostAmount
"""
_SALES_FORM = """
    AutoDocNumber CustomerRef CustomerMemo BillAddr ShipAddr FreeFormAddress ShipFromAddr RemitToRef ClassRef
    SalesTermRef DueDate SalesRepRef PONumber FOB ShipMethodRef ShipDate TrackingNum GlobalTaxCalculation
    TotalAmt HomeTotalAmt ApplyTaxAfterDiscount ShippingTaxIncludedInTotalTax TemplateRef PrintStatus
    EmailStatus BillEmail BillEmailCc BillEmailBcc ARAccountRef Balance HomeBalance FinanceCharge
    PaymentMethodRef PaymentRefNum PaymentType CheckPayment CreditCardPayment DepositToAccountRef DeliveryInfo
    DiscountRate DiscountAmt GovtTxnRefIdentifier TaxExemptionRef
"""
_INVOICE = """
    Deposit AllowIPNPayment AllowOnlinePayment AllowOnlineCreditCardPayment AllowOnlineACHPayment
    AllowOnlinePayPalPayment AllowOnlineAffirmPayment EInvoiceStatus ECloudStatusTimeStamp CfdiUse Exportation
    GlobalInfo invoiceStatus callToAction invoiceStatusLog InvoiceEx LessCIS InvoiceLink PaymentDetailsMessage
    ConvenienceFeeDetail EnabledSurchargeInfo InvoiceLinkSecurityCode InvoiceLinkExpiryDate AutoPayEligible
    SchedulePayEligible ScheduledPaymentId GratuityEnabled FinancingProductType SubscriptionPaymentsSetting
    TxnRetainageDetail
"""
_CREDIT_MEMO = """
    RemainingCredit InvoiceRef CreditMemoEx
"""
_PAYMENT = """
    CustomerRef RemitToRef ARAccountRef DepositToAccountRef PaymentMethodRef PaymentRefNum PaymentType
    CheckPayment CreditCardPayment TotalAmt UnappliedAmt ProcessPayment PaymentExtendedType PaymentEx
"""
_NAME = """
    IntuitId Organization Title GivenName MiddleName FamilyName Suffix FullyQualifiedName CompanyName
    DisplayName PrintOnCheckName UserId Active V4IDPseudonym PrimaryPhone AlternatePhone Mobile Fax
    PrimaryEmailAddr WebAddr OtherContactInfo DefaultTaxCodeRef BillAddr ShipAddr OtherAddr ContactName
    AltContactName Notes ParentRef Balance OpenBalanceDate CreditLimit AcctNum CurrencyRef TDSEnabled
    BusinessNumber GSTIN GSTRegistrationType Source
"""
_CUSTOMER = """
    Taxable Job BillWithParent RootCustomerRef Level CustomerTypeRef SalesTermRef SalesRepRef TaxGroupCodeRef
    TaxRateRef PaymentMethodRef CCDetail PriceLevelRef BalanceWithJobs OverDueBalance TotalRevenue TotalExpense
    PreferredDeliveryMethod ResaleNum JobInfo CustomerEx SecondaryTaxIdentifier ARAccountRef
    PrimaryTaxIdentifier TaxExemptionReasonId IsProject IsCISContractor ClientCompanyId ClientEntityId TaxRegime
"""
_VENDOR = """
    TaxCountry TaxIdentifier TaxIdEffectiveDate VendorTypeRef TermRef PrefillAccountRef BillRate Vendor1099
    T4AEligible T5018Eligible TDSEntityTypeId TDSSectionTypeId TDSOverrideThreshold TaxReportingBasis
    APAccountRef VendorEx IsSubContractor SubcontractorType CISRate HasTPAR VendorPaymentBankDetail CostRate
    AgencyVerificationStatus AgencyVerificationStatusMsg AgencyVerificationTSUTC CompanyRegistrationNumber
"""
_ITEM = """
    Name Sku Description Active SubItem ParentRef Level FullyQualifiedName Taxable SalesTaxIncluded PercentBased
    UnitPrice RatePercent Type PaymentMethodRef UOMSetRef IncomeAccountRef PurchaseDesc PurchaseTaxIncluded
    PurchaseCost ExpenseAccountRef COGSAccountRef AssetAccountRef PrefVendorRef AvgCost TrackQtyOnHand QtyOnHand
    QtyOnPurchaseOrder QtyOnSalesOrder ReorderPoint ManPartNum DepositToAccountRef SalesTaxCodeRef
    PurchaseTaxCodeRef InvStartDate BuildPoint PrintGroupedItems SpecialItem SpecialItemType ItemGroupDetail
    ItemAssemblyDetail AbatementRate ReverseChargeRate ServiceType ItemCategoryType ItemEx TaxClassificationRef
    UQCDisplayText UQCId ClassRef Source DeferredRevenue CustomExtensions
"""

_TEXTS = {
    "Invoice": _ENTITY + _TRANSACTION + _SALES_FORM + _INVOICE,
    "CreditMemo": _ENTITY + _TRANSACTION + _SALES_FORM + _CREDIT_MEMO,
    "Payment": _ENTITY + _TRANSACTION + _PAYMENT,
    "Customer": _ENTITY + _NAME + _CUSTOMER,
    "Vendor": _ENTITY + _NAME + _VENDOR,
    "Item": _ENTITY + _ITEM,
    "Line": """
        Id LineNum Description Amount Received LinkedTxn DetailType PaymentLineDetail DiscountLineDetail
        TaxLineDetail SalesItemLineDetail DescriptionLineDetail ItemBasedExpenseLineDetail
        AccountBasedExpenseLineDetail ReimburseLineDetail DepositLineDetail PurchaseOrderItemLineDetail
        SalesOrderItemLineDetail ItemReceiptLineDetail JournalEntryLineDetail GroupLineDetail
        SubTotalLineDetail TDSLineDetail ItemAdjustmentLineDetail CustomField LineEx ProjectRef CostAmount
        HomeCostAmount CustomExtensions
    """,
    "SalesItemLineDetail": """
        ItemRef ClassRef UnitPrice UnitCostPrice RatePercent PriceLevelRef MarkupInfo Qty UOMRef
        ItemAccountRef InventorySiteRef TaxCodeRef TaxClassificationRef ServiceDate TaxInclusiveAmt
        DiscountRate DiscountAmt DeferredRevenue RetainageAmount SalesItemLineDetailEx
    """,
    "DiscountLineDetail": """
        DiscountRef PercentBased DiscountPercent DiscountAccountRef ServiceDate ClassRef TaxCodeRef
        DiscountLineDetailEx
    """,
    "DescriptionLineDetail": "ServiceDate TaxCodeRef DescriptionLineDetailEx",
    "SubTotalLineDetail": "ItemRef ServiceDate",
    "GroupLineDetail": "GroupItemRef Quantity UOMRef ServiceDate Line GroupLineDetailEx",
    "TxnTaxDetail": "DefaultTaxCodeRef TxnTaxCodeRef TotalTax TaxReviewStatus TaxLine UseAutomatedSalesTax",
    "TaxLineDetail": """
        TaxRateRef PercentBased TaxPercent NetAmountTaxable TaxInclusiveAmount OverrideDeltaAmount
        ServiceDate TaxLineDetailEx
    """,
    "LinkedTxn": "TxnId TxnType TxnLineId",
    "PhysicalAddress": """
        Id Line1 Line2 Line3 Line4 Line5 City Country CountryCode County CountrySubDivisionCode PostalCode
        PostalCodeSuffix Lat Long Tag Note
    """,
    "EmailAddress": "Id Address Default Tag",
    "TelephoneNumber": "Id DeviceType CountryCode AreaCode ExchangeCode Extension FreeFormNumber Default Tag",
    "WebSiteAddress": "Id URI Default Tag",
    "Reference": "value name type",
    "Memo": "value id",
}
PROPERTIES = {name: frozenset(text.split()) for name, text in _TEXTS.items()}

NESTED = {
    "Line": "Line",
    "SalesItemLineDetail": "SalesItemLineDetail",
    "DiscountLineDetail": "DiscountLineDetail",
    "DescriptionLineDetail": "DescriptionLineDetail",
    "SubTotalLineDetail": "SubTotalLineDetail",
    "GroupLineDetail": "GroupLineDetail",
    "TxnTaxDetail": "TxnTaxDetail",
    "TaxLine": "Line",
    "TaxLineDetail": "TaxLineDetail",
    "LinkedTxn": "LinkedTxn",
    "CustomerMemo": "Memo",
    "PrimaryPhone": "TelephoneNumber",
    "AlternatePhone": "TelephoneNumber",
    "Mobile": "TelephoneNumber",
    "Fax": "TelephoneNumber",
    "PrimaryEmailAddr": "EmailAddress",
    "BillEmail": "EmailAddress",
    "BillEmailCc": "EmailAddress",
    "BillEmailBcc": "EmailAddress",
    "WebAddr": "WebSiteAddress",
    "BillAddr": "PhysicalAddress",
    "ShipAddr": "PhysicalAddress",
    "ShipFromAddr": "PhysicalAddress",
}
LISTS = frozenset({"Line", "TaxLine", "LinkedTxn", "CustomField", "OtherContactInfo", "AttachableRef"})
NUMBERS = frozenset(
    {
        "Amount", "Qty", "UnitPrice", "TaxInclusiveAmt", "DiscountPercent", "ExchangeRate", "TotalTax", "TaxPercent",
        "NetAmountTaxable", "TotalAmt", "OverrideDeltaAmount", "TaxInclusiveAmount", "PurchaseCost", "QtyOnHand",
        "Deposit", "DiscountAmt", "DiscountRate", "ReorderPoint",
    }
)  # fmt: skip
FLAGS = frozenset(
    {
        "Active", "Taxable", "Job", "BillWithParent", "PercentBased", "ApplyTaxAfterDiscount", "TrackQtyOnHand",
        "SubItem", "Vendor1099", "sparse", "ProcessPayment", "SalesTaxIncluded", "PurchaseTaxIncluded",
        "AutoDocNumber", "UseAutomatedSalesTax",
    }
)  # fmt: skip
DAYS = frozenset({"TxnDate", "DueDate", "ShipDate", "ServiceDate", "InvStartDate", "OpenBalanceDate"})


def type_of(name: str) -> str | None:
    """The type of a member that is an object or a list of objects; None for a plain value."""
    if name.endswith("Ref") and name not in LISTS:
        return "Reference"
    return NESTED.get(name)

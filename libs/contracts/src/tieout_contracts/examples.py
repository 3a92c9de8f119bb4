"""One believable example of each event: the golden messages, and the documentation's."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from tieout_contracts.documents import (
    ExpectedTotals,
    LedgerContact,
    LedgerDocument,
    LedgerItem,
    LedgerLine,
    TaxTotal,
    TrackingAssignment,
)
from tieout_contracts.events import (
    ChangedResource,
    ChangeHinted,
    Event,
    LedgerCalled,
    LedgerCompared,
    LinksDecided,
    PostingPlanned,
    PostingRefused,
    PostingSettled,
    PreviewFinished,
    PreviewRequested,
    RecordCaptured,
    RecordCommanded,
    RecordPreviewed,
    RecordStaged,
    ReferencePublished,
    RunListed,
    RunRequested,
    SettingsChanged,
)
from tieout_contracts.exchanges import LedgerExchange
from tieout_contracts.posting import Explanation, LedgerDocumentRef, Posting, Settlement, plan_hash, posting_id
from tieout_contracts.previews import RecordPreview
from tieout_contracts.problems import problem
from tieout_contracts.proposals import ContactCandidate, ContactProposal, DocumentProposal, LinkDecision
from tieout_contracts.records import Address, InvoiceRecord, Party, Person, RecordLine, RecordRef, TaxEntry, TaxLevel
from tieout_contracts.reference import (
    LedgerAccount,
    LedgerItemRef,
    LedgerReference,
    LedgerTaxRate,
    TaxComponent,
    TrackingCategory,
)

_AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
_RUN = UUID("3f0f4f0a-6f4e-4a55-9a66-0d7a6d5c1b01")
_PREVIEW = UUID("3f0f4f0a-6f4e-4a55-9a66-0d7a6d5c1b03")
_CONTACT = ContactCandidate(ledger_id="bd2270c3-8706-4c11-9cfb-000b551c3f51", name="Example Co", account_number="EX001")
_HEAD = {"tenant_id": "harbourline", "company_id": "harbourline-au"}


def invoice() -> InvoiceRecord:
    """1,000 × 0.061171 is 61.17 in ConnectWise; the export shows the price as 0.06."""
    return InvoiceRecord(
        record_id=39005,
        number="40005",
        invoice_type="Standard",
        document_date=date(2026, 10, 31),
        due_date=date(2026, 11, 30),
        terms_name="Net 30",
        terms_xref="30",
        location_id=11,
        currency="AUD",
        bill_to=Party(
            company_id=19604,
            identifier="EXAMPLECO",
            name="Example Company Pty Ltd",
            account_number="EX001",
            email="accounts@example.com.au",
            address=Address(lines=("1 Example Street",), city="Sydney", region="NSW", postal_code="2000"),
            billing_contact=Person(first_name="Ada", last_name="Example", email="ada@example.com.au"),
        ),
        customer_po="PO-7781",
        tax_code="GST",
        taxable=True,
        tax_rate=Decimal("0.1"),
        lines=(
            RecordLine(
                gl_entry_id=1009,
                gl_type="RP",
                description="Transactional e-mail, per message",
                quantity=Decimal(1000),
                exported_price=Decimal("0.06"),
                own_price=Decimal("0.061171"),
                amount=Decimal("61.17"),
                account="230",
                gl_class="Sydney:Managed",
                item_code="MAIL-MSG",
                item_name="Transactional e-mail",
                taxable_levels=(1,),
                tax_code="GST",
                item_taxable=True,
                subcategory="Managed services",
            ),
        ),
        tax_entries=(
            TaxEntry(
                gl_entry_id=1016,
                level=1,
                code="GST",
                account="820",
                description="Sales Tax",
                amount=Decimal("6.12"),
            ),
        ),
        sales_rep_id="RV",
        sales_rep_name="Robin Vale",
        tax_levels=(TaxLevel(level=1, code="GST", taxable_amount=Decimal("61.17"), tax_amount=Decimal("6.12")),),
        subtotal=Decimal("61.17"),
        tax=Decimal("6.12"),
        total=Decimal("67.29"),
        ar_account="610",
        gl_entry_ids=(1009, 1010, 1016),
        closed_at=_AT,
    )


def document() -> LedgerDocument:
    tracking = (
        TrackingAssignment(category="Location", option="Sydney"),
        TrackingAssignment(category="Practice", option="Managed"),
    )
    return LedgerDocument(
        kind="sales_invoice",
        number="40005",
        document_date=date(2026, 10, 31),
        due_date=date(2026, 11, 30),
        reference="PO-7781",
        currency="AUD",
        contact=LedgerContact(connectwise_company_id=19604, contact_number="CW-19604", name="Example Company Pty Ltd"),
        lines=(
            LedgerLine(
                kind="source",
                source_line=0,
                method="rounding_line",
                description="Transactional e-mail, per message",
                quantity=Decimal(1000),
                unit_amount=Decimal("0.0612"),
                amount=Decimal("61.20"),
                account_code="230",
                item_code="MAIL-MSG",
                tax_code="OUTPUT",
                tax_amount=Decimal("6.12"),
                tracking=tracking,
            ),
            LedgerLine(
                kind="rounding",
                source_line=0,
                description="Rounding of line 1",
                quantity=Decimal(1),
                unit_amount=Decimal("-0.03"),
                amount=Decimal("-0.03"),
                account_code="230",
                tax_code="OUTPUT",
                tax_amount=Decimal("0.00"),
                tracking=tracking,
            ),
        ),
        items=(LedgerItem(code="MAIL-MSG", name="Transactional e-mail"),),
        expected=ExpectedTotals(
            subtotal=Decimal("61.17"),
            tax=Decimal("6.12"),
            total=Decimal("67.29"),
            tax_by_code=(TaxTotal(tax_code="OUTPUT", amount=Decimal("6.12")),),
        ),
    )


def posting() -> Posting:
    record, planned = invoice(), document()
    revision, plan = record.content_hash(), plan_hash(planned)
    arithmetic = "1,000 × 0.0612 = 61.20 in Xero, ConnectWise says 61.17 (1,000 × 0.061171): rounding line −0.03"
    return Posting(
        posting_id=posting_id(_HEAD["company_id"], record.ref, revision, plan),
        company_id=_HEAD["company_id"],
        record=record.ref,
        revision=revision,
        plan_hash=plan,
        number=record.number,
        settings_version=3,
        reference_version=1,
        document=planned,
        warnings=(problem("rules.rounding_line", line=0, arithmetic=arithmetic, rounding="−0.03"),),
        explanation=(Explanation(line=0, text=arithmetic),),
    )


def reference() -> LedgerReference:
    return LedgerReference(
        ledger="xero",
        organisation_id="b2c885a9-4bb9-4a00-9b6e-6c2bf60b1a2b",
        organisation_name="Harbourline IT",
        country="AU",
        base_currency="AUD",
        currencies=("AUD",),
        accounts=(
            LedgerAccount(code="230", name="Software", account_class="REVENUE", account_type="REVENUE"),
            LedgerAccount(
                code="860", name="Rounding", account_class="EXPENSE", account_type="EXPENSE", system="ROUNDING"
            ),
        ),
        tax_rates=(
            LedgerTaxRate(
                code="OUTPUT",
                name="GST on Income",
                rate=Decimal(10),
                components=(TaxComponent(name="GST", rate=Decimal(10)),),
                applies_to=("REVENUE",),
            ),
        ),
        tracking=(TrackingCategory(name="Location", options=("Sydney",)),),
        items=(LedgerItemRef(code="MAIL-MSG", name="Transactional e-mail"),),
        period_lock_date=date(2026, 6, 30),
        actions=("CreateApprovedInvoice",),
        read_at=_AT,
        version=1,
    )


def events() -> tuple[Event, ...]:
    """One of each type, in the order of a record's life."""
    record, planned = invoice(), posting()
    about = {**_HEAD, "record_ref": record.ref, "number": record.number, "revision": planned.revision}
    settlement = Settlement(
        posting_id=planned.posting_id,
        company_id=planned.company_id,
        record=record.ref,
        revision=planned.revision,
        outcome="posted",
        document=LedgerDocumentRef(
            ledger="xero",
            organisation_id=reference().organisation_id,
            document_kind="sales_invoice",
            document_id="ed255415-e141-4150-aab7-89c3bbbb851c",
            number=record.number,
            status="AUTHORISED",
        ),
        actual=planned.document.expected,
        ledger_calls=2,
    )
    return (
        SettingsChanged(**_HEAD, version=3),
        ReferencePublished(**_HEAD, reference=reference()),
        RunRequested(**_HEAD, run_id=_RUN, requested_at=_AT),
        ChangeHinted(
            **_HEAD,
            provider="connectwise",
            connection_id="connectwise",
            changed=(ChangedResource(resource="invoice", resource_id="39005"),),
            hinted_at=_AT,
        ),
        RecordCaptured(**about, record=record, captured_at=_AT, run_id=_RUN),
        RunListed(**_HEAD, run_id=_RUN, unposted=1, captured=1, listed=0, unrouted=0, refused=0, listed_at=_AT),
        PostingPlanned(
            **about,
            disposition="post",
            ledger="xero",
            ledger_connection="harbourline-xero",
            organisation_id=reference().organisation_id,
            posting=planned,
            planned_at=_AT,
        ),
        PostingRefused(
            **about,
            total=record.total,
            currency="AUD",
            problems=(problem("rules.account_missing", line=0, account="230"),),
            settings_version=3,
            refused_at=_AT,
        ),
        PostingSettled(**about, settlement=settlement, settled_at=_AT),
        LedgerCalled(
            **_HEAD,
            call_id=UUID("6b1c9a0e-3c7e-4a0b-9d53-2f6f7a1f9c44"),
            ledger="xero",
            organisation_id="80848864-de3d-5383-ad2b-602d36909427",
            records=(record.ref,),
            exchange=LedgerExchange(
                purpose="approve",
                method="POST",
                target="/api.xro/2.0/Invoices?summarizeErrors=false&unitdp=4",
                request_body='{"Invoices":[{"InvoiceID":"0f1e2d3c","Status":"AUTHORISED"}]}',
                finding="answered",
                status=200,
                answer_body='{"Invoices":[{"InvoiceID":"0f1e2d3c","Status":"AUTHORISED","Total":1100.00}]}',
                ended_at=_AT,
            ),
        ),
        RecordStaged(
            **about,
            stage="batched",
            at=_AT,
            document_date="2026-10-31",
            total=record.total,
            currency="AUD",
            batch_identifier="TIE-I39005-0a1b2c3d",
            run_id=_RUN,
        ),
        RecordCommanded(
            **_HEAD,
            command_id=UUID("3f0f4f0a-6f4e-4a55-9a66-0d7a6d5c1b02"),
            record_ref=RecordRef(kind="invoice", record_id=39005),
            action="retry",
            person="ada@example.com.au",
            commanded_at=_AT,
        ),
        PreviewRequested(**_HEAD, preview_id=_PREVIEW, record_refs=(record.ref,), requested_at=_AT),
        RecordPreviewed(
            **about,
            preview_id=_PREVIEW,
            preview=RecordPreview(
                outcome="create",
                total=record.total,
                currency=record.currency,
                document_date=record.document_date,
                posting=planned,
                new_items=planned.document.items,
            ),
            previewed_at=_AT,
        ),
        PreviewFinished(**_HEAD, preview_id=_PREVIEW, records=1, finished_at=_AT),
        LedgerCompared(
            **_HEAD,
            preview_id=_PREVIEW,
            contacts=(
                ContactProposal(
                    contact_number=planned.document.contact.contact_number,
                    name=planned.document.contact.name,
                    account_number="EX001",
                    records=1,
                    finding="account_number",
                    candidates=(_CONTACT,),
                ),
            ),
            documents=(
                DocumentProposal(
                    record=record.ref, number=record.number, finding="adopt", document=settlement.document
                ),
            ),
            proposals=2,
            compared_at=_AT,
        ),
        LinksDecided(
            **_HEAD,
            decisions=(
                LinkDecision(contact_number=planned.document.contact.contact_number, ledger_id=_CONTACT.ledger_id),
            ),
            person="ada@example.com.au",
            decided_at=_AT,
        ),
    )

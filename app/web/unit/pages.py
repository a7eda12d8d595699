"""The pages of the unit's workspace, for the site map."""

from __future__ import annotations

from app.web.base import Page
from app.web.files import FileView
from app.web.unit import (
    assets,
    case,
    certificates,
    change,
    home,
    identity,
    imports,
    lookups,
    messages,
    patents,
    products,
    recognition,
    revocations,
    supplement,
    uploads,
    wizard,
)

PAGES: list[type[Page]] = [
    home.UnitHomeView, identity.UnitIdentityView, change.UnitChangeView, assets.UnitAssetsView,
    patents.UnitPatentsView, products.UnitProductsView, wizard.UnitFilingView, wizard.UnitUpdateView,
    revocations.UnitRevocationView, case.UnitCaseView, certificates.UnitCertificatesView, messages.UnitMessagesView, lookups.UnitLookupView,
    uploads.UnitUploadView, recognition.UnitRecognitionView, supplement.UnitSupplementView, imports.UnitImportView, FileView,
]  # fmt: skip

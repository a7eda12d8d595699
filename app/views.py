"""THE MAP OF THE SITE: every page and generated view, in menu order; each view says which roles get what."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.api import administration as api_administration
from app.api import codes as api_codes
from app.api import documents as api_documents
from app.api import evaluations as api_evaluations
from app.api import exports as api_exports
from app.api import filing as api_filing
from app.api import imports as api_imports
from app.api import judging as api_judging
from app.api import public as api_public
from app.api import recognition as api_recognition
from app.api import review as api_review
from app.api import rounds as api_rounds
from app.api import security as api_security
from app.api import settings as api_settings
from app.api import statistics as api_statistics
from app.api import templates as api_templates
from app.api import units as api_units
from app.web import (
    accounts,
    articles,
    background,
    captcha,
    exports,
    guide,
    imports,
    message_box,
    notices,
    objections,
    open_data,
    portal,
    public_lists,
    records,
    reference,
    sitemap,
    tokens,
    users,
    verify,
    webhooks,
)
from app.web.desk import batch as desk_batch
from app.web.desk import case as desk_case
from app.web.desk import messages as desk_messages
from app.web.desk import queue as desk_queue
from app.web.desk import records as desk_records
from app.web.desk import stats as desk_stats
from app.web.recognition import candidates as recognition_candidates
from app.web.recognition import certificates as recognition_certificates
from app.web.recognition import evaluation as recognition_evaluation
from app.web.recognition import notices as recognition_notices
from app.web.recognition import objections as recognition_objections
from app.web.recognition import proposal as recognition_proposal
from app.web.recognition import records as recognition_records
from app.web.recognition import review as recognition_review
from app.web.recognition import rounds as recognition_rounds
from app.web.recognition import schemes as recognition_schemes
from app.web.recognition import screening as recognition_screening
from app.web.recognition import supplements as recognition_supplements
from app.web.recognition import templates as recognition_templates
from app.web.recognition import what_if as recognition_what_if
from app.web.stats import pages as stats_pages
from app.web.stats import public as stats_public
from app.web.unit import pages as unit_pages

#: menu category → (label, icon, [(view, name in the permissions, label, roles that see the entry)])
STAFF = ("Reviewer", "RecognitionOfficer", "Auditor", "Admin")
OFFICES = (*STAFF, "IPOffice")
OFFICERS = ("RecognitionOfficer", "Auditor", "Admin")
READERS = ("Auditor", "Admin")
ADMINS = ("Admin",)

MENU: list[tuple[str, Any, list[tuple[type[Any], Any, tuple[str, ...]]]]] = [
    (
        "Filing",
        _l("备案数据"),
        [
            (records.ProductView, _l("产品"), OFFICES),
            (records.ProductYearView, _l("产品年度数据"), OFFICES),
            (records.UnitView, _l("备案单位"), OFFICES),
            (records.AssetYearView, _l("单位资产信息"), OFFICES),
            (records.PatentView, _l("单位专利"), OFFICES),
            (records.RegisterPatentView, _l("专利登记簿"), STAFF),
            (desk_records.CaseView, _l("全部审核事项"), STAFF),
            (records.StoredFileView, _l("上传文件"), READERS),
        ],
    ),
    (
        "Recognition",
        _l("认定"),
        [
            (recognition_records.RecognitionRecordView, _l("产品认定"), STAFF),
            (recognition_records.RecognitionRoundView, _l("认定批次"), STAFF),
            (recognition_records.ScreeningRunView, _l("初筛运行"), OFFICERS),
            (recognition_records.SupplementView, _l("补充信息"), OFFICERS),
            (recognition_records.EvaluationView, _l("评审评分"), OFFICERS),
            (recognition_records.PublicNoticeView, _l("公示公告"), STAFF),
            (recognition_records.ObjectionRecordView, _l("异议与线索"), OFFICERS),
            (recognition_records.CertificateRecordView, _l("认定证书"), STAFF),
        ],
    ),
    (
        "Rules",
        _l("规则与代码"),
        [
            (reference.FilingRuleView, _l("备案规则"), STAFF),
            (reference.ParameterView, _l("参数"), STAFF),
            (reference.PhraseView, _l("常用审核意见"), STAFF),
            (reference.MessageTemplateView, _l("消息模板"), STAFF),
            (articles.ArticleView, _l("文章"), STAFF),
            (reference.ProductClassView, _l("产品分类"), STAFF),
            (reference.IndustryView, _l("国民经济行业分类"), STAFF),
            (reference.IntensiveIndustryView, _l("专利密集型产业"), STAFF),
            (reference.RegionView, _l("行政区划"), STAFF),
            (reference.CalendarDayView, _l("工作日历"), STAFF),
        ],
    ),
    (
        "System",
        _l("系统"),
        [
            (users.UserView, _l("用户"), READERS),
            (users.RoleView, _l("角色"), READERS),
            (records.OutboxView, _l("消息发送记录"), READERS),
            (records.AuditEventView, _l("审计日志"), READERS),
            (imports.StaffImportView, _l("导入数据"), ADMINS),
        ],
    ),
]

#: pages of our own design, not in the generated menu
PAGES: list[type[Any]] = [
    portal.PortalView,
    public_lists.PublicListsView,
    open_data.OpenDataView,
    sitemap.SitemapView,
    guide.GuideView,
    articles.ArticlesView,
    notices.NoticesView,
    objections.ObjectionsView,
    verify.VerifyView,
    *unit_pages.PAGES,
    accounts.AuthView,
    accounts.RegisterView,
    accounts.PasswordView,
    accounts.PreferencesView,
    captcha.CaptchaView,
    message_box.BoxView,
    background.BackgroundView,
    exports.ExportsView,
    tokens.TokensView,
    webhooks.WebhooksView,
    desk_queue.DeskView,
    desk_case.DeskCaseView,
    desk_batch.DeskBatchView,
    desk_stats.DeskStatsView,
    desk_messages.DeskMessagesView,
    recognition_review.ReviewView,
    recognition_rounds.RecognitionView,
    recognition_evaluation.RoundEvaluationView,
    recognition_evaluation.ProductEvaluationView,
    recognition_proposal.ProposalView,
    recognition_notices.NoticeDeskView,
    recognition_certificates.CertificateDeskView,
    recognition_objections.ObjectionDeskView,
    recognition_supplements.SupplementsView,
    recognition_candidates.RoundCandidatesView,
    recognition_schemes.SchemesView,
    recognition_screening.RoundScreeningView,
    recognition_what_if.WhatIfView,
    recognition_templates.TemplatesView,
    stats_pages.StatsView,
    stats_public.PublicStatsView,
    stats_public.StatsMapView,
    api_documents.DocumentView,
]


APIS: list[type[Any]] = [
    api_filing.ProductApi,
    api_filing.ProductYearApi,
    api_filing.CheckApi,
    api_codes.ProductClassApi,
    api_codes.IndustryApi,
    api_codes.IntensiveIndustryApi,
    api_codes.RegionApi,
    api_codes.FilingRuleApi,
    api_units.UnitApi,
    api_units.AssetYearApi,
    api_units.PatentApi,
    api_units.RegisterPatentApi,
    api_units.FileApi,
    api_units.MessageApi,
    api_review.CaseApi,
    api_rounds.RoundApi,
    api_rounds.ScreeningRunApi,
    api_rounds.NoticeApi,
    api_judging.SchemeApi,
    api_judging.JudgingApi,
    api_recognition.RecognitionApi,
    api_evaluations.EvaluationApi,
    api_recognition.SupplementApi,
    api_recognition.CertificateApi,
    api_recognition.ObjectionApi,
    api_recognition.JobApi,
    api_statistics.StatisticsApi,
    api_exports.ExportApi,
    api_imports.ImportApi,
    api_settings.ParameterApi,
    api_settings.CalendarApi,
    api_settings.PhraseApi,
    api_settings.MessageTemplateApi,
    api_settings.ArticleApi,
    api_templates.DocumentTemplateApi,
    api_administration.UserApi,
    api_administration.RoleApi,
    api_administration.AuditEventApi,
    api_administration.DeliveryApi,
    api_administration.StoredFileApi,
    api_security.SecurityApi,
    api_documents.DocumentApi,
    api_public.PublicApi,
]


def register(appbuilder: Any) -> None:
    """Register every view with FAB; called once by ``create_app``."""
    for resource in APIS:
        appbuilder.add_api(resource)
    for page in PAGES:
        appbuilder.add_view_no_menu(page)
    for category, category_label, entries in MENU:
        for view, label, _roles in entries:
            appbuilder.add_view(
                view, view.__name__, label=label, category=category, category_label=category_label
            )


def menu_roles() -> dict[str, set[str]]:
    """Which roles see which menu entries, categories included; the set-up command writes it to FAB's tables."""
    result: dict[str, set[str]] = {}
    for category, _label, entries in MENU:
        for view, _entry_label, roles in entries:
            for role in roles:
                result.setdefault(role, set()).update({category, view.__name__})
    return result

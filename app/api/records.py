"""Reads of the filing's records, and the checker, over REST."""

from __future__ import annotations

from typing import Any

from flask import jsonify
from flask_appbuilder.api import expose
from werkzeug.exceptions import BadRequest

from app import models as m
from app.api.base import Api, RecordApi, body, guarded_api
from app.db import session
from app.domain.clock import utc_now
from app.services import fieldsets, filings
from app.services.checking import check_document
from app.web.bodies import json_object
from app.web.interface import PolicyInterface
from app.web.security import current_actor
from app.web.text import render

READ = ("can_get_list", "can_get")
EVERY_READER = dict.fromkeys(("Unit", "Reviewer", "RecognitionOfficer", "IPOffice", "Auditor", "Admin"), READ)


class ProductApi(RecordApi):
    """Products; a unit may also save a draft."""

    resource_name = "products"
    datamodel = PolicyInterface(m.Product)
    roles = {**EVERY_READER, "Unit": (*READ, "can_put")}
    list_columns = (
        "filing_no",
        "name",
        "class_code",
        "industry_code",
        "takes_part",
        "filing_year",
        "updated_year",
        "state",
        "filed_on",
    )
    show_columns = (
        *list_columns,
        "model",
        "models_reason",
        "nature",
        "stage",
        "introduction",
        "launch_date",
        "province",
        "version",
    )
    filter_columns = ("state", "nature")
    text_columns = ("name", "filing_no")
    order_columns = ("filed_on",)
    #: what the caller may set; state, numbers and owner are set by the process alone
    writable = tuple(field.name for field in fieldsets.PRODUCT)

    @expose("/<pk>", methods=("PUT",))
    @guarded_api()
    def put(self, pk: str) -> Any:
        """Save a draft's product information.
        ---
        put:
          description: Save a draft's product information; `version` is the one that was read.
          parameters:
          - {in: path, name: pk, required: true, schema: {type: string}}
          responses:
            200: {description: Saved; problems of single fields are listed}
            404: {description: Not found}
            409: {description: Not editable in this state, or changed meanwhile}
            422: {description: A field that cannot be set, or a value that cannot be taken}
        """
        product = self.datamodel.find(pk)
        data = body((*self.writable, "version"))
        version = data.pop("version", None)
        if not isinstance(version, int):
            raise BadRequest
        saved = filings.save_step(current_actor(), product.id, 1, data, version, utc_now())
        session.flush()
        problems = [{"field": p.field, "message": render(p.message)} for p in saved.problems]
        return jsonify(result={"id": product.id, "version": saved.product.version}, problems=problems)


class ProductYearApi(RecordApi):
    """Products' data of each year."""

    resource_name = "product-years"
    datamodel = PolicyInterface(m.ProductYear)
    roles = EVERY_READER
    list_columns = ("product_id", "year", "output_value", "sales", "export", "profit", "state")
    show_columns = (*list_columns, "volume", "volume_unit", "domestic_share", "world_share")
    filter_columns = ("state", "year")


class PatentApi(RecordApi):
    """Units' patents."""

    resource_name = "patents"
    datamodel = PolicyInterface(m.Patent)
    roles = EVERY_READER
    list_columns = ("application_no", "title", "kind", "legal_state", "obtained", "filing_date", "expiry")
    show_columns = (*list_columns, "patentees", "inventors", "grant_date", "publication_no", "ipc", "source")
    filter_columns = ("kind", "legal_state", "obtained")
    text_columns = ("application_no", "title")


class UnitApi(RecordApi):
    """Filing units."""

    resource_name = "units"
    datamodel = PolicyInterface(m.Unit)
    roles = EVERY_READER
    list_columns = ("name", "uscc", "kind", "province", "state")
    show_columns = (
        *list_columns,
        "city",
        "district",
        "address",
        "legal_representative",
        "founded",
        "industry_code",
    )
    filter_columns = ("state", "kind", "province")
    text_columns = ("name", "uscc")


class AssetYearApi(RecordApi):
    """Units' yearly assets."""

    resource_name = "assets"
    datamodel = PolicyInterface(m.AssetYear)
    roles = EVERY_READER
    list_columns = ("year", "revenue", "total_profit", "total_assets", "rnd_spending", "employees", "state")
    show_columns = (
        *list_columns,
        "cost",
        "net_profit",
        "intangible_assets",
        "tax",
        "export",
        "rnd_staff",
        "valid_patents",
        "statement_seal",
    )
    filter_columns = ("state", "year")


class CaseApi(RecordApi):
    """Submissions and their outcome."""

    resource_name = "cases"
    datamodel = PolicyInterface(m.Case)
    roles = dict.fromkeys(("Unit", "Reviewer", "Auditor", "Admin"), READ)
    list_columns = ("receipt_no", "kind", "title", "round", "state", "due_on", "submitted_at")
    show_columns = (*list_columns, "due_provisional", "closed_at", "reason")
    filter_columns = ("kind", "state")
    text_columns = ("receipt_no", "title")


class CheckApi(Api):
    """The checker: the same rules as in the wizard, for a filing given as JSON."""

    resource_name = "filing-checks"
    roles = dict.fromkeys(("Unit", "Reviewer", "Admin"), ("can_post",))

    @expose("/", methods=("POST",))
    @guarded_api()
    def post(self) -> Any:
        """Check a filing.
        ---
        post:
          description: Check a filing given as JSON; one finding an entry with rule, clause, severity, field, message.
          responses:
            200: {description: The findings}
            422: {description: The JSON does not describe a filing}
        """
        return jsonify(result=check_document(json_object(), utc_now()))

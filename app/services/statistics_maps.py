"""Maps of the statistics: the built-in ones, and those an administrator uploads in their place."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app import models as m
from app.db import session
from app.domain.errors import NotFound, Problem, RuleError
from app.domain.text import N_, Message
from app.registers import regions

#: what ``tools/assets.py`` fetched
BUILT_IN = Path(__file__).parents[1] / "static" / "vendor" / "echarts"
MAX_BYTES = 5 * 1024 * 1024
#: of the country and of provinces
LEVELS = (1, 2)


def of(region: str) -> str:
    """The map of a region's divisions as GeoJSON; NotFound where there is none."""
    uploaded = session.get(m.StatMap, region)
    if uploaded is not None:
        return uploaded.geojson
    if not _built_in(region):
        raise NotFound
    return _path(region).read_text(encoding="utf-8")


def is_there(region: str) -> bool:
    """Whether there is a map of a region's divisions."""
    if len(regions.line(region)) not in LEVELS:
        return False
    return _built_in(region) or session.get(m.StatMap, region) is not None


def _built_in(region: str) -> bool:
    return len(regions.line(region)) in LEVELS and _path(region).is_file()


def _path(region: str) -> Path:
    return BUILT_IN / f"{'china' if region == regions.COUNTRY else region}.json"


def replace(region: str, content: bytes, now: datetime) -> m.StatMap:
    """Use an uploaded map from now on: a GeoJSON collection whose areas carry the divisions' codes."""
    if len(regions.line(region)) not in LEVELS:
        raise _refusal(N_("请选择全国或一个省（自治区、直辖市）"), "region")
    if len(content) > MAX_BYTES:
        raise _refusal(N_("地图文件至多 {mib} MiB", mib=MAX_BYTES // 1024 // 1024))
    document = _read(content)
    known = {each.code for each in regions.children(region)}
    codes = [code for code in map(_code, document["features"]) if code]
    if not known.intersection(codes):
        raise _refusal(N_("地图中没有该地区下级行政区划的代码（属性 id 或 adcode）"))
    for feature in document["features"]:
        feature["properties"] = {**(feature.get("properties") or {}), "id": _code(feature)}
    found = session.get(m.StatMap, region) or m.StatMap(region=region)
    found.geojson = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    found.changed_at = now
    session.add(found)
    return found


def remove(region: str) -> None:
    """Go back to the built-in map."""
    found = session.get(m.StatMap, region)
    if found is None:
        raise NotFound
    session.delete(found)


def uploaded() -> list[tuple[str, datetime]]:
    """Which maps were uploaded, and when."""
    query = select(m.StatMap.region, m.StatMap.changed_at).order_by(m.StatMap.region)
    return [(region, changed_at) for region, changed_at in session.execute(query)]


def _read(content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise _refusal(N_("文件不是 UTF-8 编码的 GeoJSON")) from None
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not features or not all(isinstance(f, dict) for f in features):
        raise _refusal(N_("文件不是 GeoJSON 的要素集合（FeatureCollection）"))
    return dict(document)


def _code(feature: dict[str, Any]) -> str:
    properties = feature.get("properties")
    values = properties if isinstance(properties, dict) else {}
    code = feature.get("id") or values.get("id") or values.get("adcode") or ""
    return str(code) if isinstance(code, str | int) else ""


def _refusal(message: Message, field: str = "file") -> RuleError:
    return RuleError([Problem(field, message)])

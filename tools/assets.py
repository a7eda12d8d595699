"""Copy what browsers load out of ``node_modules`` into ``app/static/vendor`` (neither is in the repository).

Fonts stay where npm puts them: only the PDF writer reads them, from disk.
"""

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "node_modules"
VENDOR = ROOT / "app" / "static" / "vendor"

FILES = {
    "echarts/echarts.min.js": "echarts/dist/echarts.min.js",
    "echarts/LICENSE": "echarts/LICENSE",
    "echarts/NOTICE": "echarts/NOTICE",
    "echarts/china.json": "echarts-map/map/json/china.json",
}


def main() -> None:
    """Make the vendor folder anew, so that nothing of an earlier version stays behind."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    for target, source in FILES.items():
        (VENDOR / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PACKAGES / source, VENDOR / target)


if __name__ == "__main__":
    main()

// What ECharts is told for each kind of chart, from the table beside it. No HTML in tooltips: the content policy forbids its styles.
"use strict";

const StatCharts = (() => {
  const BLUE = ["#1456a8", "#d98e04", "#2a8c5a", "#a8483f", "#6a5acd", "#3aa0b8", "#8a6d3b", "#c05c9b", "#6b7785"];
  const INK = "#1d2733";
  const numbers = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 2 });
  const say = (value) => (value === null || value === undefined || Number.isNaN(value) ? "—" : numbers.format(value));
  const text = { color: INK, fontFamily: "inherit" };
  const tooltip = (more) => ({ renderMode: "richText", confine: true, textStyle: { fontSize: 13 }, ...more });
  const base = { color: BLUE, textStyle: text, animation: !matchMedia("(prefers-reduced-motion: reduce)").matches, aria: { enabled: false } };
  const axis = { axisLabel: { color: INK, formatter: (value) => say(value) } };
  const short = (label, most) => (label.length > most ? `${label.slice(0, most - 1)}…` : label);

  function bar(data, key) {
    const rows = data.rows.filter((row) => row.values[key] !== null).sort((a, b) => a.values[key] - b.values[key]).slice(-25);
    return { ...base, grid: { left: 8, right: 40, top: 8, bottom: 8, containLabel: true },
      tooltip: tooltip({ trigger: "item", formatter: (one) => `${rows[one.dataIndex].label}\n${data.names[key]}：${say(one.value)}` }),
      xAxis: { type: "value", ...axis, splitNumber: 4 },
      yAxis: { type: "category", data: rows.map((row) => row.label), axisLabel: { color: INK, formatter: (label) => short(label, 16) } },
      series: [{ type: "bar", data: rows.map((row) => row.values[key]), barMaxWidth: 22 }] };
  }

  function line(data, key) {
    return { ...base, grid: { left: 8, right: 24, top: 20, bottom: 8, containLabel: true },
      tooltip: tooltip({ trigger: "item", formatter: (one) => `${data.rows[one.dataIndex].label}\n${data.names[key]}：${say(one.value)}` }),
      xAxis: { type: "category", data: data.rows.map((row) => row.label), axisLabel: { color: INK } },
      yAxis: { type: "value", ...axis },
      series: [{ type: "line", data: data.rows.map((row) => row.values[key]), symbolSize: 9, lineStyle: { width: 3 }, connectNulls: true }] };
  }

  function pie(data, key) {
    return { ...base, tooltip: tooltip({ formatter: (one) => `${one.name}：${say(one.value)}（${one.percent}%）` }),
      series: [{ type: "pie", radius: ["40%", "70%"], label: { color: INK, formatter: "{b}\n{d}%" },
        data: data.rows.filter((row) => row.values[key]).map((row) => ({ name: row.label, value: row.values[key] })) }] };
  }

  function map(data, key) {
    const named = new Map(data.rows.map((row) => [row.code, row]));
    const values = data.rows.filter((row) => row.code && row.values[key] !== null);
    const most = Math.max(1, ...values.map((row) => row.values[key]));
    return { ...base,
      tooltip: tooltip({ formatter: (one) => `${named.get(one.name)?.label || data.areas.get(one.name) || one.name}\n${data.names[key]}：${say(named.get(one.name)?.values[key])}` }),
      visualMap: { min: 0, max: most, calculable: true, left: 8, bottom: 8, itemHeight: 90, inRange: { color: ["#eaf2fb", "#8fb8e4", "#1456a8", "#0a2c57"] }, formatter: (value) => say(Math.round(value)), textStyle: text },
      series: [{ type: "map", map: data.map, roam: false, selectedMode: false, itemStyle: { areaColor: "#eef1f5", borderColor: "#93a3b5" },
        emphasis: { label: { show: true, formatter: (one) => named.get(one.name)?.label || data.areas.get(one.name) || "" }, itemStyle: { areaColor: "#f2b632" } },
        data: values.map((row) => ({ name: row.code, value: row.values[key] })) }] };
  }

  function sankey(data, key) {
    const links = data.rows.map((row) => ({ source: row.label, target: row.texts.to, value: row.values[key] }));
    const nodes = [...new Set(links.flatMap((link) => [link.source, link.target]))].map((name) => ({ name }));
    return { ...base, tooltip: tooltip({ formatter: (one) => one.dataType === "edge" ? `${one.data.source} → ${one.data.target}：${say(one.data.value)}` : `${one.name}：${say(one.value)}` }),
      series: [{ type: "sankey", nodes, links, left: 8, right: 150, top: 12, bottom: 12, nodeGap: 14, label: { color: INK }, lineStyle: { color: "gradient", opacity: 0.45 } }] };
  }

  function heat(data) {
    const cells = data.rows.flatMap((row, y) => data.columns.map((key, x) => [x, y, row.values[key]])).filter((cell) => cell[2] !== null);
    return { ...base, grid: { left: 8, right: 16, top: 8, bottom: 64, containLabel: true },
      tooltip: tooltip({ formatter: (one) => `${data.rows[one.value[1]].label} → ${data.names[data.columns[one.value[0]]]}：${say(one.value[2])}%` }),
      xAxis: { type: "category", data: data.columns.map((key) => data.names[key]), axisLabel: { color: INK } },
      yAxis: { type: "category", data: data.rows.map((row) => row.label), axisLabel: { color: INK } },
      visualMap: { min: 0, max: 100, orient: "horizontal", left: "center", bottom: 4, inRange: { color: ["#eaf2fb", "#1456a8"] }, textStyle: text },
      series: [{ type: "heatmap", data: cells, label: { show: true, formatter: (one) => say(one.value[2]) } }] };
  }

  return { bar, line, pie, map, sankey, heat };
})();

// Draws each table's chart above it, with a choice of the figure drawn and a download of the picture. Without it the tables stand.
"use strict";

(() => {
  const number = (cell) => (cell?.dataset.value === undefined ? null : Number(cell.dataset.value));

  function read(table) {
    const heads = [...table.tHead.rows[0].cells].slice(1);
    const names = Object.fromEntries(heads.map((head) => [head.dataset.key, head.textContent.trim()]));
    const rows = [...table.tBodies[0].rows].filter((row) => !("total" in row.dataset)).map((row) => {
      const cells = [...row.cells];
      const at = (read) => Object.fromEntries(heads.map((head, place) => [head.dataset.key, read(cells[place + 1])]));
      return { label: cells[0].textContent.trim(), code: row.dataset.code || "", href: cells[0].querySelector("a")?.href,
        values: at(number), texts: at((cell) => cell.textContent.trim()) };
    });
    return { names, rows };
  }

  async function fetchMap(figure, data) {
    const response = await fetch(figure.dataset.map);
    if (!response.ok) {
      await response.text();
      return false;
    }
    const found = await response.json();
    data.areas = new Map();
    for (const area of found.features) {
      const code = String(area.id || area.properties.id || area.properties.adcode || area.properties.name);
      data.areas.set(code, area.properties.name);
      area.properties.name = code;
    }
    data.map = figure.dataset.map;
    echarts.registerMap(data.map, found);
    return data.rows.some((row) => data.areas.has(row.code));
  }

  function tools(figure, data, columns, draw, chart) {
    const box = document.createElement("div");
    box.className = "stat-tools";
    if (columns.length > 1 && figure.dataset.chart !== "heat") {
      const label = document.createElement("label");
      const select = document.createElement("select");
      select.className = "form-control";
      select.id = `${figure.dataset.table}-drawn`;
      label.htmlFor = select.id;
      label.textContent = figure.dataset.draw;
      for (const key of columns) select.add(new Option(data.names[key], key));
      select.addEventListener("change", () => draw(select.value));
      box.append(label, select);
    }
    const save = document.createElement("button");
    save.type = "button";
    save.className = "btn btn-default btn-sm";
    save.textContent = figure.dataset.save;
    save.addEventListener("click", () => {
      const link = document.createElement("a");
      link.href = chart.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: "#ffffff" });
      link.download = `${figure.dataset.title}.png`;
      link.click();
    });
    box.append(save);
    figure.prepend(box);
  }

  async function show(figure) {
    const data = read(document.getElementById(figure.dataset.table));
    const columns = figure.dataset.columns.split(" ").filter((key) => key in data.names);
    data.columns = columns;
    let kind = figure.dataset.chart;
    if (kind === "map" && !(await fetchMap(figure, data))) kind = "bar";
    const canvas = figure.querySelector(".stat-canvas");
    canvas.classList.toggle("is-map", kind === "map");
    canvas.classList.toggle("is-tall", kind === "sankey");
    if (kind === "bar") canvas.style.height = `${Math.min(560, 70 + 26 * Math.min(25, data.rows.length))}px`;
    if (kind === "heat") canvas.style.height = `${Math.min(560, 120 + 40 * data.rows.length)}px`;
    figure.hidden = false;
    const chart = echarts.init(canvas, null, { renderer: "canvas" });
    const draw = (key) => chart.setOption(StatCharts[kind](data, key), true);
    draw(columns[0]);
    tools(figure, data, columns, draw, chart);
    chart.on("click", (event) => {
      const row = data.rows.find((one) => one.code === event.name || one.label === event.name);
      if (row?.href) window.location.assign(row.href);
    });
    new ResizeObserver(() => chart.resize()).observe(canvas);
  }

  if (typeof echarts !== "undefined") {
    for (const figure of document.querySelectorAll("[data-chart]")) show(figure);
  }
})();

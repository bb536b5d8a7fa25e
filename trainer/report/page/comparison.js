// Fills the page of a comparison from the data in it. Everything from outside goes through textContent.
const find = id => document.getElementById(id);
const data = id => JSON.parse(find(id).textContent);
const comparison = data("comparison-data"), pictureData = data("picture-data");
const { methods, measures } = comparison;
const colour = i => `var(--series-${i % 8})`;
const dateOf = seconds => new Date(seconds * 1000).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
const last = method => method.points.at(-1);

function minutes(seconds) {
  if (seconds < 120) return `${brief(seconds, 3)} s`;
  if (seconds < 7200) return `${brief(seconds / 60, 3)} min`;
  return `${brief(seconds / 3600, 3)} h`;
}

const millions = count => count > 0 ? `${brief(count / 1e6, 3)} M` : "–";
const mebibytes = bytes => bytes > 0 ? `${grouped(bytes / 1048576)} MiB` : "–";

function showState() {
  const finished = methods.filter(method => method.state === "finished").length;
  const failed = methods.some(method => method.state === "failed");
  const done = finished === methods.length;
  find("state").className = "state " + (done ? "finished" : failed ? "stopped" : "silent");
  find("state").textContent = done ? "Finished" : `${finished} of ${methods.length} methods finished`;
  find("summary").textContent = comparison.summary;
}

// The cells of a row: name, small print below it, class of the row, texts, and which of them are the best.
function addRow(body, name, small, texts, options = {}) {
  const row = element(body, "tr", options.className);
  const head = element(row, "th", "");
  head.scope = "row";
  if (options.colour) element(head, "i").style.setProperty("--colour", options.colour);
  element(head, "span", "", name);
  if (small) element(head, "small", "", small);
  texts.forEach((text, i) => element(row, "td", options.best && options.best[i] ? "best" : "", text));
}

function addHead(head, names) {
  const row = element(head, "tr");
  for (const [name, note] of names) {
    const cell = element(row, "th", "", name);
    cell.scope = "col";
    if (note) cell.title = note;
  }
}

function showTable() {
  const [head, body] = [find("table").querySelector("thead"), find("table").querySelector("tbody")];
  addHead(head, [["Method"], ["Steps"], ["Images of A seen"], ["Seconds a step"], ["Peak memory"], ["Parameters"], ["of the generator"],
    ...measures.map(measure => [measure.name + (measure.lowerIsBetter ? " ↓" : " ↑"), measure.note])]);
  const best = measures.map((measure, i) => {
    const values = methods.filter(last).map(method => last(method).values[i]).filter(value => value !== null);
    return measure.lowerIsBetter ? Math.min(...values) : Math.max(...values);
  });
  methods.forEach((method, k) => {
    const values = last(method) ? last(method).values : measures.map(() => null);
    const known = method.steps > 0;
    addRow(body, method.name, method.state === "finished" ? method.network : method.state,
      [known ? grouped(method.steps) : "–", known ? grouped(method.images) : "–", known ? brief(method.secondsPerStep, 3) : "–",
        mebibytes(method.peakBytes), millions(method.parameters), millions(method.generatorParameters),
        ...values.map(value => brief(value, 4))],
      { colour: colour(k), best: [...Array(6).fill(false), ...values.map((value, i) => value !== null && methods.length > 1 && value === best[i])] });
  });
  const reference = (name, key) => {
    if (measures.some(measure => measure[key] !== null))
      addRow(body, name, "", [...Array(6).fill(""), ...measures.map(measure => measure[key] === null ? "" : brief(measure[key], 4))],
        { className: "reference" });
  };
  reference("A as it is", "untranslated");
  reference("B, half against half", "halves");
  find("table-hint").textContent = measures.map(measure => `${measure.name}: ${measure.note}`).join(". ") +
    (measures.length ? ". " : "") + "Peak memory is the process's resident set; a card's memory is not in it.";
}

function showCharts() {
  const host = find("charts");
  const places = [...new Set(methods.flatMap(method => method.points.map(point => point.at)))].sort((a, b) => a - b);
  find("distances").hidden = places.length === 0;
  if (!places.length) return;
  host.replaceChildren();
  const charts = measures.map((measure, i) => {
    const chart = element(host, "div", "chart");
    element(element(chart, "h3", "", measure.name), "span", "", measure.lowerIsBetter ? "lower is better" : "higher is better");
    const curves = methods.map((method, k) => ({ name: method.name, colour: colour(k),
      mean: places.map(place => (method.points.find(point => point.at === place) || { values: [] }).values[i] ?? null) }));
    for (const [name, value] of [["A as it is", measure.untranslated], ["half against half", measure.halves]])
      if (value !== null) curves.push({ name, colour: "var(--soft)", dashed: true, mean: places.map(() => value) });
    return [chart, curves];
  });
  // After all are there: only then is their width known.
  for (const [chart, curves] of charts)
    drawChart(chart, curves, { steps: places, stepsPerEpoch: comparison.axisIsTime ? 60 : 0, log: false, smoothing: 0, height: 220,
      units: comparison.axisIsTime ? ["second", "minute"] : undefined,
      describe: place => comparison.axisIsTime ? `after ${minutes(place)}` : `after ${grouped(place)} steps` });
}

function showLegend() {
  methods.forEach((method, k) => {
    const entry = element(find("legend"), "button");
    entry.type = "button";
    entry.disabled = true;
    entry.style.setProperty("--colour", colour(k));
    element(entry, "i");
    element(entry, "span", "", method.name);
  });
}

function showPictures() {
  find("pictures").hidden = pictureData.rows.length === 0;
  pictureData.rows.forEach((row, i) => {
    const line = element(find("rows"), "div", "row");
    line.style.setProperty("--columns", Math.max(1, row.cells.length));
    element(line, "p", "name", row.name);
    row.cells.forEach(([label, number], k) => {
      const figure = element(line, "figure");
      const button = element(figure, "button");
      button.type = "button";
      button.title = label;
      const img = element(button, "img"), picture = pictureData.images[number];
      img.alt = `${label} of ${row.name}`;
      img.width = picture.width;
      img.height = picture.height;
      img.src = "data:image/webp;base64," + picture.data;
      element(figure, "figcaption", "", label);
      button.addEventListener("click", () => enlarge(i, k));
    });
  });
}

function enlarge(row, cell) {
  const dialog = find("enlarged"), img = dialog.querySelector("img");
  const show = candidate => {
    const shown = pictureData.rows[row].cells[candidate];
    if (!shown) return;
    cell = candidate;
    const picture = pictureData.images[shown[1]];
    dialog.style.setProperty("--ratio", picture.width / picture.height);
    img.src = "data:image/webp;base64," + picture.data;
    dialog.querySelector("p").textContent = `${shown[0]} · ${pictureData.rows[row].name}`;
  };
  show(cell);
  dialog.onkeydown = event => show(cell + ({ ArrowLeft: -1, ArrowRight: 1 }[event.key] || 0));
  dialog.onclick = () => dialog.close();
  dialog.showModal();
}

function showOptions() {
  find("differences").hidden = comparison.differences.length === 0;
  const [head, body] = [find("differences").querySelector("thead"), find("differences").querySelector("tbody")];
  addHead(head, [["Option"], ...methods.map(method => [method.name])]);
  for (const [option, values] of comparison.differences) addRow(body, option, "", values.map(value => value || "–"));
  find("configuration").hidden = comparison.common.length === 0;
  for (const [option, value] of comparison.common) {
    const line = element(find("configuration").querySelector("dl"), "div");
    element(line, "dt", "", option);
    element(line, "dd", "", value);
  }
  find("footer").textContent = `Written ${dateOf(comparison.written)}. Each method's own page is METHOD/web/index.html beside this one.`;
}

showState();
showTable();
showPictures();
showLegend();
showCharts();
showOptions();
let shownWidth = innerWidth;
addEventListener("resize", () => { if (shownWidth !== innerWidth) { shownWidth = innerWidth; showCharts(); } });

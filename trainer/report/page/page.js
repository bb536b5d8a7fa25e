// Fills the page from the data in it. Everything from outside goes through textContent.
const find = id => document.getElementById(id);
const data = id => JSON.parse(find(id).textContent);
const run = data("run-data"), curveData = data("curve-data"), pictureData = data("picture-data");

const settings = { layout: "together", scale: "linear", smoothing: 80, hidden: [], scroll: 0 };
const memory = "cut-trainer " + location.pathname;
try { Object.assign(settings, JSON.parse(sessionStorage.getItem(memory))); } catch { /* a browser that keeps nothing */ }
function remember() {
  try { sessionStorage.setItem(memory, JSON.stringify(settings)); } catch { /* the same */ }
}

function duration(seconds) {
  const units = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  const whole = Math.max(0, Math.round(seconds));
  const first = units.findIndex(([, size]) => whole >= size);
  if (first < 0) return "0 s";
  const [name, size] = units[first];
  const rest = units[first + 1] && Math.floor(whole % size / units[first + 1][1]);
  return `${Math.floor(whole / size)} ${name}` + (rest ? ` ${rest} ${units[first + 1][0]}` : "");
}

const dateOf = seconds => new Date(seconds * 1000).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
const now = () => Date.now() / 1000;
// A run that was killed cannot say so.
const isSilent = () => run.state === "running" && now() - run.written > 300 + 10 * run.secondsPerStep;

function showState() {
  const silent = isSilent();
  const state = silent ? "silent" : run.state;
  const words = { running: run.secondsLeft >= 0 ? `Running · ${duration(run.secondsLeft)} left` : "Running", finished: "Finished",
    stopped: "Stopped", silent: `No word for ${duration(now() - run.written)}` };
  find("state").className = "state " + state;
  find("state").textContent = words[state];
}

function showFacts() {
  const fact = (name, value, rest) => {
    const box = element(find("facts"), "div");
    element(box, "dt", "", name);
    const shown = element(box, "dd", "", value);
    if (rest) element(shown, "small", "", " " + rest);
  };
  fact("Epoch", grouped(run.epoch), run.epochs > 0 ? `of ${grouped(run.epochs)}` : "");
  fact("Step", grouped(run.step), run.steps > 0 ? `of ${grouped(run.steps)}` : "");
  fact("Images seen", grouped(run.images));
  fact("Images per second", brief(run.imagesPerSecond, 3));
  fact("Learning rate", brief(run.learningRate, 3));
  fact("This run", duration(run.written - run.started));
  if (run.steps > 0) {
    find("progress").hidden = false;
    find("progress").firstElementChild.style.width = `${Math.min(100, 100 * run.step / run.steps)}%`;
  }
}

const colour = i => `var(--series-${i % 8})`;
const rates = ["learning rate", "images/s"];
const losses = curveData.curves.filter(curve => !rates.includes(curve.name)).map((curve, i) => ({ ...curve, colour: colour(i) }));

function drawLosses() {
  const host = find("loss-charts");
  const shown = losses.filter(curve => !settings.hidden.includes(curve.name));
  const options = { steps: curveData.steps, stepsPerEpoch: run.stepsPerEpoch, log: settings.scale === "log",
    smoothing: settings.smoothing / 100 };
  const apart = settings.layout === "apart";
  host.className = apart ? "charts apart" : "charts";
  host.replaceChildren();
  const charts = (apart ? shown.map(curve => [curve]) : [shown]).filter(curves => curves.length).map(curves => {
    const chart = element(host, "div", "chart");
    if (apart) element(chart, "h3", "", curves[0].name);
    return [chart, curves];
  });
  // After all are there: only then is their width known.
  for (const [chart, curves] of charts) drawChart(chart, curves, { ...options, height: apart ? 190 : Math.min(420, 240 + innerWidth / 8) });
}

function drawRates() {
  const host = find("rates").firstElementChild;
  host.replaceChildren();
  const charts = curveData.curves.filter(curve => rates.includes(curve.name)).map(curve => {
    const chart = element(host, "div", "chart");
    element(chart, "h3", "", curve.name[0].toUpperCase() + curve.name.slice(1));
    return [chart, curve];
  });
  for (const [chart, curve] of charts)
    drawChart(chart, [{ ...curve, colour: "var(--series-0)" }],
      { steps: curveData.steps, stepsPerEpoch: run.stepsPerEpoch, log: false, height: 150,
        smoothing: curve.name === "learning rate" ? 0 : settings.smoothing / 100 });
}

function drawCharts() {
  if (!curveData.steps.length) {
    find("loss-hint").textContent = "The first step is not done yet.";
    return;
  }
  find("rates").hidden = false;
  if (curveData.stepsPerPoint > 1)
    find("loss-hint").textContent = `Each point is the mean of ${grouped(curveData.stepsPerPoint)} steps; the band shows the lowest and highest of them.`;
  drawLosses();
  drawRates();
}

function showLegend() {
  for (const curve of losses) {
    const button = element(find("loss-legend"), "button");
    button.type = "button";
    button.style.setProperty("--colour", curve.colour);
    button.setAttribute("aria-pressed", !settings.hidden.includes(curve.name));
    element(button, "i");
    element(button, "span", "", curve.name);
    element(button, "b", "", brief(smoothed(curve.mean, 0.8).filter(value => value !== null).at(-1), 3));
    button.title = "Show or hide";
    button.addEventListener("click", () => {
      const hide = !settings.hidden.includes(curve.name);
      settings.hidden = hide ? [...settings.hidden, curve.name] : settings.hidden.filter(name => name !== curve.name);
      button.setAttribute("aria-pressed", !hide);
      remember();
      drawLosses();
    });
  }
}

function wireControls() {
  const buttons = document.querySelectorAll("[data-setting]");
  const press = () => buttons.forEach(button => button.setAttribute("aria-pressed", settings[button.dataset.setting] === button.dataset.value));
  const change = (name, value) => { settings[name] = value; remember(); press(); drawCharts(); };
  buttons.forEach(button => button.addEventListener("click", () => change(button.dataset.setting, button.dataset.value)));
  find("smoothing").value = settings.smoothing;
  find("smoothing").addEventListener("input", event => change("smoothing", Number(event.target.value)));
  press();
  let width = innerWidth;
  addEventListener("resize", () => { if (width !== innerWidth) { width = innerWidth; drawCharts(); } });
}

function showPicture(img, number) {
  const picture = pictureData.images[number];
  img.width = picture.width;
  img.height = picture.height;
  img.src = "data:image/webp;base64," + picture.data;
}

function showSet(host, set, number) {
  const box = element(host, "article", "set");
  const heading = element(box, "h3", "", `Epoch ${grouped(set.epoch)}`);
  element(heading, "span", "", `step ${grouped(set.step)}`);
  set.rows.forEach((row, i) => {
    const line = element(box, "div", "row");
    line.style.setProperty("--columns", Math.max(1, row.cells.length));
    element(line, "p", "name", row.name);
    row.cells.forEach(([label, picture], k) => {
      const figure = element(line, "figure");
      const button = element(figure, "button");
      button.type = "button";
      const img = element(button, "img");
      img.alt = `${label} of ${row.name}, epoch ${set.epoch}, step ${set.step}`;
      showPicture(img, picture);
      element(figure, "figcaption", "", label);
      button.title = label;
      button.addEventListener("click", () => enlarge(number, i, k));
    });
  });
}

function showPictures() {
  const sets = pictureData.sets;
  find("pictures").hidden = sets.length === 0;
  if (!sets.length) return;
  showSet(find("sets"), sets[sets.length - 1], sets.length - 1);
  if (sets.length < 2) return;
  const earlier = element(find("sets"), "div", "earlier");
  for (let i = sets.length - 2; i >= 0; --i) showSet(earlier, sets[i], i);
}

function enlarge(number, row, cell) {
  const dialog = find("enlarged"), img = dialog.querySelector("img");
  const show = candidate => {
    const set = pictureData.sets[candidate], shown = set && set.rows[row] && set.rows[row].cells[cell];
    if (!shown) return;
    number = candidate;
    const picture = pictureData.images[shown[1]];
    dialog.style.setProperty("--ratio", picture.width / picture.height);
    img.src = "data:image/webp;base64," + picture.data;
    dialog.querySelector("p").textContent = `${shown[0]} · ${set.rows[row].name} · epoch ${grouped(set.epoch)} · step ${grouped(set.step)}`;
  };
  show(number);
  dialog.onkeydown = event => show(number + ({ ArrowLeft: -1, ArrowRight: 1 }[event.key] || 0));
  dialog.onclick = () => dialog.close();
  dialog.showModal();
}

function showLists() {
  find("notices").hidden = run.notices.length === 0;
  for (const notice of [...run.notices].reverse()) {
    const line = element(find("notices").querySelector("ul"), "li");
    element(line, "time", "", `${dateOf(notice.time)} · step ${grouped(notice.step)}`);
    element(line, "span", "", notice.text);
  }
  find("configuration").hidden = run.configuration.length === 0;
  for (const [option, value] of run.configuration) {
    const line = element(find("configuration").querySelector("dl"), "div");
    element(line, "dt", "", option);
    element(line, "dd", "", value);
  }
  find("footer").textContent = `Written ${dateOf(run.written)}. Every step is in losses.csv; tensorboard --logdir shows the run's folder too.`;
}

// While the run lasts; not under somebody's hands, and not in a tab that nobody sees.
function refresh() {
  if (run.state !== "running") return;
  let touched = 0;
  for (const kind of ["pointermove", "pointerdown", "keydown", "wheel", "touchmove"])
    addEventListener(kind, () => { touched = performance.now(); }, { passive: true });
  const due = performance.now() + 1000 * (isSilent() ? 120 : run.refreshSeconds);
  setInterval(() => {
    showState();
    const busy = performance.now() - touched < 4000 || find("enlarged").open || document.hidden;
    if (performance.now() > due && !busy) location.reload();
  }, 1000);
}

history.scrollRestoration = "manual";
addEventListener("pagehide", () => { settings.scroll = scrollY; remember(); });
showState();
showFacts();
showLegend();
wireControls();
drawCharts();
showPictures();
showLists();
scrollTo(0, settings.scroll);
refresh();

// A chart of curves over steps as SVG: raw faintly behind, smoothed in front, axes, values where the pointer is.
const svgSpace = "http://www.w3.org/2000/svg";

function svg(parent, name, attributes = {}, text) {
  const element = document.createElementNS(svgSpace, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

function element(parent, name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  if (parent) parent.append(made);
  return made;
}

const grouped = value => Math.round(value).toLocaleString("en-US");

function brief(value, digits = 4) {
  if (value === null || value === undefined) return "–";
  if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6)) return value.toExponential(2).replace(/\.?0+e/, "e");
  return Number(value.toPrecision(digits)).toString();
}

// Exponential moving average of what is there, corrected for its beginning.
function smoothed(values, weight) {
  let sum = 0, all = 0;
  return values.map(value => {
    if (value === null) return null;
    sum = sum * weight + value * (1 - weight);
    all = all * weight + 1 - weight;
    return sum / all;
  });
}

// Round numbers from `low` to `high`, about `count` of them.
function ticks(low, high, count) {
  const rough = (high - low) / Math.max(1, count);
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find(factor => factor * magnitude >= rough) * magnitude;
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; ++i) found.push(i * step + 0);  // no -0
  return found;
}

function logTicks(low, high, count) {
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); ++power)
    for (const factor of [1, 2, 5]) found.push(factor * 10 ** power);
  const inside = found.filter(value => value >= low * 0.999 && value <= high * 1.001);
  if (inside.length > count * 1.6) return inside.filter(value => /^1(e|0*$)|^0\.0*1$/.test(String(value)));
  return inside.length >= 2 ? inside : ticks(low, high, count).filter(value => value > 0);
}

// The range of the curves; single spikes of the raw values do not count.
function rangeOf(curves, log) {
  const usable = values => values.filter(value => value !== null && (!log || value > 0));
  let low = Infinity, high = -Infinity;
  for (const curve of curves) {
    const raw = usable([...(curve.low || curve.mean), ...(curve.high || curve.mean)]).sort((a, b) => a - b);
    const line = usable(curve.line);
    if (!raw.length) continue;
    const at = share => raw[Math.round(share * (raw.length - 1))];
    low = Math.min(low, at(0.01), ...line);
    high = Math.max(high, at(0.99), ...line);
  }
  if (low > high) return log ? [0.1, 1] : [0, 1];
  if (log) return low === high ? [low / 2, high * 2] : [low, high];
  const margin = (high - low || Math.abs(high) || 1) * 0.05;
  return [low >= 0 && low - margin < 0 ? 0 : low - margin, high + margin];
}

// "M x y L x y ...", interrupted where there is no value.
function path(steps, values, x, y) {
  let text = "", drawing = false;
  values.forEach((value, i) => {
    const height = value === null ? NaN : y(value);
    if (!Number.isFinite(height)) { drawing = false; return; }
    // A point without neighbours is a dot.
    text += `${drawing ? "L" : "M"}${x(steps[i]).toFixed(1)} ${height.toFixed(1)}${drawing ? "" : "h0"}`;
    drawing = true;
  });
  return text;
}

function band(steps, low, high, x, y) {
  const places = steps.map((_, i) => i).filter(i => low[i] !== null && Number.isFinite(y(low[i])) && Number.isFinite(y(high[i])));
  if (!places.length) return "";
  const corner = (values, i) => `${x(steps[i]).toFixed(1)} ${y(values[i]).toFixed(1)}`;
  return "M" + places.map(i => corner(high, i)).join("L") + "L" + places.reverse().map(i => corner(low, i)).join("L") + "Z";
}

// curves: [{name, colour, mean, low?, high?, dashed?}]; options: {steps, stepsPerEpoch, log, smoothing, height, units?: names of
// step and epoch, describe?: the text of a step}.
function drawChart(host, curves, options) {
  host.replaceChildren(...host.querySelectorAll("h3"));
  const { steps } = options;
  const width = Math.max(200, host.clientWidth), height = options.height;
  const lines = curves.map(curve => ({ ...curve, line: smoothed(curve.mean, options.smoothing) }));
  const positive = lines.some(curve => curve.mean.some(value => value > 0));
  const log = options.log && positive;
  const [low, high] = rangeOf(lines, log);
  const yTicks = log ? logTicks(low, high, height / 55) : ticks(low, high, height / 55);
  const labels = yTicks.map(value => brief(value));
  const left = 14 + 6.6 * Math.max(1, ...labels.map(label => label.length)), right = 10, top = 10, bottom = 24;
  const first = steps[0] - 1, last = Math.max(steps[steps.length - 1], first + 1);
  const x = step => left + (step - first) / (last - first) * (width - left - right);
  const scale = log ? Math.log10 : value => value;
  const y = value => height - bottom - (scale(value) - scale(low)) / (scale(high) - scale(low)) * (height - top - bottom);

  const picture = svg(host, "svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img",
    "aria-label": "Curves of " + curves.map(curve => curve.name).join(", ") });
  yTicks.forEach((value, i) => {
    svg(picture, "line", { class: "grid", x1: left, x2: width - right, y1: y(value), y2: y(value) });
    svg(picture, "text", { x: left - 8, y: y(value) + 4, "text-anchor": "end" }, labels[i]);
  });
  const unit = options.stepsPerEpoch > 0 && last - first >= options.stepsPerEpoch ? options.stepsPerEpoch : 1;
  const [step, epoch] = options.units || ["step", "epoch"];
  const unitName = unit > 1 ? epoch : step;
  svg(picture, "line", { class: "axis", x1: left, x2: width - right, y1: height - bottom, y2: height - bottom });
  for (const value of ticks(first / unit, last / unit, width / 110)) {
    const place = x(value * unit);
    if (place < left - 1 || place > width - right - 46 || (unit === 1 && !Number.isInteger(value))) continue;
    svg(picture, "text", { x: place, y: height - 7, "text-anchor": "middle" }, Number.isInteger(value) ? grouped(value) : brief(value));
  }
  svg(picture, "text", { x: width - right, y: height - 7, "text-anchor": "end" }, unitName);

  const clip = "clip-" + (drawChart.count = (drawChart.count || 0) + 1);
  svg(svg(picture, "clipPath", { id: clip }), "rect", { x: left - 3, y: 0, width: width - left - right + 6, height: height - bottom + 1 });
  const inside = svg(picture, "g", { "clip-path": `url(#${clip})` });
  for (const curve of lines) {
    const style = `--colour: ${curve.colour}`;
    if (curve.low) svg(inside, "path", { class: "band", style, d: band(steps, curve.low, curve.high, x, y) });
    if (options.smoothing > 0) svg(inside, "path", { class: "raw", style, d: path(steps, curve.mean, x, y) });
  }
  for (const curve of lines)
    svg(inside, "path", { class: curve.dashed ? "smooth dashed" : "smooth", style: `--colour: ${curve.colour}`, "data-name": curve.name, d: path(steps, curve.line, x, y) });
  followPointer(host, picture, lines, { ...options, left, right, top, bottom, width, height, x, y });
}

function followPointer(host, picture, lines, geometry) {
  const { steps, x, y, width, height } = geometry;
  const marks = svg(picture, "g", { visibility: "hidden" });
  const cursor = svg(marks, "line", { class: "cursor", y1: geometry.top, y2: height - geometry.bottom });
  const dots = lines.map(curve => svg(marks, "circle", { class: "dot", r: 4.5, style: `--colour: ${curve.colour}` }));
  const tip = element(host, "div", "tip");
  tip.hidden = true;
  picture.addEventListener("pointerleave", () => { tip.hidden = true; marks.setAttribute("visibility", "hidden"); });
  picture.addEventListener("pointermove", event => {
    const place = event.clientX - picture.getBoundingClientRect().left;
    let nearest = 0;
    steps.forEach((step, i) => { if (Math.abs(x(step) - place) < Math.abs(x(steps[nearest]) - place)) nearest = i; });
    const at = x(steps[nearest]);
    marks.setAttribute("visibility", "visible");
    cursor.setAttribute("x1", at);
    cursor.setAttribute("x2", at);
    tip.replaceChildren();
    const epoch = geometry.stepsPerEpoch > 0 ? `epoch ${Math.ceil(steps[nearest] / geometry.stepsPerEpoch)} · ` : "";
    element(tip, "p", "", geometry.describe ? geometry.describe(steps[nearest]) : `${epoch}step ${grouped(steps[nearest])}`);
    lines.forEach((curve, i) => {
      const value = curve.line[nearest];
      const shown = value !== null && Number.isFinite(y(value));
      dots[i].setAttribute("visibility", shown ? "inherit" : "hidden");
      if (shown) { dots[i].setAttribute("cx", at); dots[i].setAttribute("cy", y(value)); }
      const line = element(tip, "div");
      element(line, "i").style.setProperty("--colour", curve.colour);
      element(line, "span", "", curve.name);
      element(line, "b", "", brief(value));
    });
    tip.hidden = false;
    const onLeft = at > width / 2;
    tip.style.left = onLeft ? "" : `${at + 14}px`;
    tip.style.right = onLeft ? `${width - at + 14}px` : "";
  });
}

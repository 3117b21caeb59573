"use strict";
// Values under the pointer, and with the arrow keys; everything else of the page works without this.
const tip = document.getElementById("tip");
for (const svg of document.querySelectorAll("svg.chart")) {
  const series = [...svg.querySelectorAll("g[data-points]")].map((g) => ({
    label: g.dataset.label,
    points: g.dataset.points.split(" ").map((pair) => pair.split(",").map(Number)),
    x: g.dataset.x.split("|"),
    y: g.dataset.y.split("|"),
    css: g.getAttribute("class"),
  }));
  const dot = svg.querySelector("circle.dot");
  let at = [0, -1];
  const show = (s, i) => {
    at = [s, i];
    const one = series[s];
    const [x, y] = one.points[i];
    dot.setAttribute("cx", x);
    dot.setAttribute("cy", y);
    dot.setAttribute("class", "dot shown " + one.css);
    tip.replaceChildren();
    for (const [name, value] of [["", one.label], [svg.dataset.xname, one.x[i]], [svg.dataset.yname, one.y[i]]]) {
      const line = tip.appendChild(document.createElement("div"));
      const term = line.appendChild(document.createElement(name ? "span" : "b"));
      term.textContent = name || value;
      if (name) line.appendChild(document.createElement("b")).textContent = value;
    }
    tip.hidden = false;
    const box = svg.getBoundingClientRect();
    const scale = box.width / svg.viewBox.baseVal.width;
    const wide = tip.offsetWidth;
    const left = Math.min(Math.max(box.left + x * scale + 14, 8), document.documentElement.clientWidth - wide - 8);
    tip.style.left = window.scrollX + (left < box.left + x * scale ? Math.max(8, box.left + x * scale - wide - 14) : left) + "px";
    tip.style.top = window.scrollY + Math.max(8, box.top + y * scale - tip.offsetHeight - 14) + "px";
  };
  const hide = () => {
    tip.hidden = true;
    dot.setAttribute("class", "dot");
  };
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const scale = svg.viewBox.baseVal.width / box.width;
    const px = (event.clientX - box.left) * scale;
    const py = (event.clientY - box.top) * scale;
    let best = [Infinity, 0, 0];
    series.forEach((one, s) => one.points.forEach(([x, y], i) => {
      const distance = (x - px) ** 2 + (y - py) ** 2;
      if (distance < best[0]) best = [distance, s, i];
    }));
    if (best[0] < 60 ** 2) show(best[1], best[2]);
    else hide();
  });
  svg.addEventListener("pointerleave", hide);
  svg.addEventListener("blur", hide);
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    if (!step || !series.length) return;
    event.preventDefault();
    const s = (at[0] + step[0] + series.length) % series.length;
    show(s, Math.min(Math.max(at[1] + step[1], 0), series[s].points.length - 1));
  });
  svg.setAttribute("tabindex", "0");
}

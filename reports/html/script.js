"use strict";
(() => {
const root = document.documentElement;
const make = (name, properties) => Object.assign(document.createElement(name), properties);

// Light or dark: what the system says, until somebody says otherwise.
const toggle = document.getElementById("theme");
const system = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : system.matches;
const name = () => { toggle.textContent = isDark() ? "Light" : "Dark"; };
toggle.hidden = false;
toggle.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; name(); });
system.addEventListener("change", name);
name();

// Tables sort by a column's numbers, or its text; unknown ones stay last. Long ones show their first rows.
const shown = 15;
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const rows = [...body.rows];
  let whole = rows.length <= shown + 5;
  const fold = () => [...body.rows].forEach((row, i) => { row.hidden = !whole && i >= shown; });
  heads.forEach((head, column) => {
    const button = make("button", { type: "button", textContent: head.textContent });
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const cells = rows.map(row => row.cells[column]);
      const number = head.classList.contains("num");
      const before = head.getAttribute("aria-sort");
      const down = before ? before === "ascending" : number;
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = cell => number ? (cell.dataset.value === undefined ? NaN : Number(cell.dataset.value)) : cell.textContent;
      const compare = (a, b) => number ? a - b : a.localeCompare(b, "en", { numeric: true });
      const unknown = value => number ? Number.isNaN(value) : value === "";
      const keys = new Map(rows.map((row, i) => [row, key(cells[i])]));
      const order = [...rows].sort((a, b) => {
        const x = keys.get(a), y = keys.get(b);
        if (unknown(x) || unknown(y)) return unknown(x) - unknown(y);
        return down ? compare(y, x) : compare(x, y);
      });
      body.append(...order);
      fold();
    });
  });
  if (!whole) {
    const button = make("button", { type: "button", className: "tool", textContent: `Show all ${rows.length.toLocaleString("en")} rows` });
    const line = make("p", { className: "more" });
    line.append(button);
    table.parentElement.after(line);
    button.addEventListener("click", () => { whole = true; fold(); line.remove(); table.parentElement.classList.add("tall"); table.parentElement.focus(); });
  }
  fold();
}

// Requests are searched by all that is written of them.
for (const browser of document.querySelectorAll(".browser")) {
  const pairs = [...browser.querySelectorAll(".pair")];
  const texts = pairs.map(pair => pair.textContent.toLowerCase());
  const line = browser.querySelector(".search");
  const status = line.querySelector("[role=status]");
  const input = line.querySelector("input");
  const some = 20;
  let all = pairs.length <= some + 5;
  const button = make("button", { type: "button", className: "tool", textContent: `Show all ${pairs.length} requests` });
  const more = make("p", { className: "more" });
  more.append(button);
  const search = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    pairs.forEach((pair, i) => {
      const match = words.every(word => texts[i].includes(word));
      if (match) found++;
      pair.hidden = !match || (!all && !words.length && i >= some);
    });
    status.textContent = words.length ? `${found} of ${pairs.length}` : "";
    more.hidden = all || words.length > 0;
  };
  input.addEventListener("input", search);
  button.addEventListener("click", () => { all = true; search(); });
  browser.append(more);
  line.hidden = false;
  search();
}

// What a point of a chart is about stands beside the pointer.
const tip = make("div", { id: "tip", hidden: true });
document.body.append(tip);
for (const chart of document.querySelectorAll("svg.chart")) {
  const title = chart.querySelector(":scope > title");
  if (title) { chart.setAttribute("aria-label", title.textContent); chart.removeAttribute("aria-labelledby"); title.remove(); }
  for (const point of chart.querySelectorAll(".pt")) {
    const about = point.querySelector("title");
    if (!about) continue;
    const text = about.textContent;
    about.remove();
    point.addEventListener("pointermove", event => {
      tip.textContent = text;
      tip.hidden = false;
      const box = tip.getBoundingClientRect();
      const left = Math.min(event.clientX + 14, innerWidth - box.width - 8);
      const below = event.clientY + 18;
      tip.style.left = Math.max(left, 8) + "px";
      tip.style.top = (below + box.height > innerHeight ? event.clientY - box.height - 12 : below) + "px";
    });
    point.addEventListener("pointerleave", () => { tip.hidden = true; });
  }
}

// A print has what is folded away.
addEventListener("beforeprint", () => { for (const fold of document.querySelectorAll(".fold")) fold.open = true; });
})();

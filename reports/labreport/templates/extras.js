"use strict";
// The page is whole without this: it adds sorting by column, quick tool tips, and the place in the contents.

function sortValue(cell) {
  const value = cell.dataset.value;
  return value === undefined ? cell.textContent.trim() : Number(value);
}

function compareCells(one, other) {
  if (typeof one === "number" && typeof other === "number") return one - other;
  if (typeof one !== typeof other) return typeof one === "number" ? -1 : 1;
  return one.localeCompare(other, "en", { numeric: true });
}

function sortTable(head, column) {
  const table = head.closest("table");
  const direction = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", direction === 1 ? "ascending" : "descending");
  const body = table.tBodies[0];
  const rows = Array.from(body.rows, (row) => [sortValue(row.cells[column]), row]);
  rows.sort((one, other) => direction * compareCells(one[0], other[0]));
  body.append(...rows.map((pair) => pair[1]));
}

for (const table of document.querySelectorAll("table.data")) {
  Array.from(table.tHead.rows[0].cells).forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.title = "Sort by this column";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sortTable(head, column));
    head.append(button);
  });
}

const hint = document.createElement("div");
hint.className = "hint";
hint.hidden = true;
document.body.append(hint);

for (const mark of document.querySelectorAll(".tip")) {
  const title = mark.querySelector(":scope > title");
  mark.dataset.tip = title.textContent;
  title.remove();
}

document.addEventListener("pointermove", (event) => {
  const mark = event.target instanceof Element && event.target.closest(".tip");
  hint.hidden = !mark;
  if (!mark) return;
  hint.textContent = mark.dataset.tip;
  const right = Math.min(event.clientX + 14, window.innerWidth - hint.offsetWidth - 8);
  const above = event.clientY - hint.offsetHeight - 12;
  hint.style.left = `${Math.max(8, right)}px`;
  hint.style.top = `${above > 4 ? above : event.clientY + 18}px`;
});

const links = new Map();
for (const link of document.querySelectorAll(".contents a")) links.set(link.hash.slice(1), link);
if ("IntersectionObserver" in window) {
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const link of links.values()) link.removeAttribute("aria-current");
      links.get(entry.target.id)?.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-10% 0px -80% 0px" });
  for (const part of document.querySelectorAll("section.part")) watcher.observe(part);
}

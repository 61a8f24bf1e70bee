"use strict";
// The page is complete without this: it adds a pointer that reads all tracks, zoom, and a filter for the logs.
(() => {
  const data = JSON.parse(document.getElementById("readings").textContent);
  const scroll = document.querySelector(".scroll");
  const wide = document.querySelector(".wide");
  const frame = document.querySelector(".frame");
  const cross = document.querySelector(".cross");
  const readings = [...document.querySelectorAll(".reading")];
  const most = Math.max(8, Math.min(64, data.seconds));
  let zoom = 1;

  function show(from, to) {
    const room = Math.max(to - from, 1 / most);
    zoom = Math.min(most, Math.max(1, 0.8 / room));
    wide.style.setProperty("--zoom", zoom);
    const gutter = wide.querySelector(".gutter").offsetWidth;
    const middle = frame.offsetWidth * (from + to) / 2;
    scroll.scrollLeft = gutter + middle - (scroll.clientWidth + gutter) / 2;
  }
  function middle() {
    const gutter = wide.querySelector(".gutter").offsetWidth;
    return (scroll.scrollLeft + (scroll.clientWidth + gutter) / 2 - gutter) / frame.offsetWidth;
  }
  function zoomTo(factor) {
    const at = middle(), half = 0.4 / Math.max(1, Math.min(most, factor));
    show(at - half, at + half);
  }
  document.querySelector(".zoom").hidden = false;
  document.querySelectorAll("[data-zoom]").forEach((button) => button.addEventListener("click", () => {
    if (button.dataset.zoom === "all") show(0, 1);
    else zoomTo(button.dataset.zoom === "in" ? zoom * 2 : zoom / 2);
  }));
  document.querySelectorAll("[data-from]").forEach((link) => link.addEventListener("click", () => {
    show(link.dataset.from / 100, link.dataset.to / 100);
  }));

  function read(event) {
    const box = frame.getBoundingClientRect();
    const at = (event.clientX - box.left) / box.width;
    const inside = at >= 0 && at <= 1;
    cross.hidden = !inside;
    if (!inside) return clear();
    cross.style.left = `${at * 100}%`;
    const bucket = Math.min(data.buckets - 1, Math.floor(at * data.buckets));
    const seconds = ((at - data.origin) * data.seconds).toFixed(2);
    for (const place of readings) {
      const track = data.tracks[place.dataset.track];
      const words = track ? track.words[track.at[bucket]] : "";
      const moment = place.dataset.track === "faults" ? `${seconds > 0 ? "+" : ""}${seconds} s` : "";
      place.textContent = moment || (words ? `▸ ${words}` : "");
    }
    return undefined;
  }
  function clear() {
    cross.hidden = true;
    for (const place of readings) place.textContent = "";
  }
  wide.addEventListener("pointermove", read);
  wide.addEventListener("pointerleave", clear);

  const filter = document.querySelector(".filter");
  if (filter) {
    const rows = [...document.querySelectorAll(".log tbody tr")];
    const status = filter.querySelector("[role=status]");
    filter.hidden = false;
    filter.querySelector("input").addEventListener("input", (event) => {
      const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
      let left = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        left += row.hidden ? 0 : 1;
      }
      status.textContent = words.length ? `${left} line${left === 1 ? "" : "s"}` : "";
    });
  }
})();

// Arrivals on the wire: rows rendered by the server are inserted at the head of the list. For a
// reader who has scrolled down, a button counts them and inserts them when pressed. Without this
// script, a reload of the page shows the same.
"use strict";
(() => {
  const state = document.getElementById("live-state");
  const arrived = document.getElementById("arrived");
  const main = document.querySelector(".wire");
  const MOST_ROWS = 200;
  const waiting = [];
  const quietly = document.title;

  const list = () => {
    let entries = document.getElementById("entries");
    if (!entries) {
      entries = document.createElement("ol");
      entries.className = "entries";
      entries.id = "entries";
      document.getElementById("empty")?.replaceWith(entries);
      if (!entries.isConnected) main.append(entries);
    }
    return entries;
  };

  const rowOf = (key) =>
    [...list().children].find((row) => row.dataset.key === key);

  const withdraw = (row) => {
    if (!row || row.matches(".withdrawn, .kill")) return;
    row.classList.add("withdrawn");
    row.querySelector("blockquote")?.remove();
    const badge = document.createElement("span");
    badge.className = "badge alarm";
    badge.textContent = "Withdrawn";
    row.querySelector(".from").prepend(badge, " ");
    arrived.textContent = `Withdrawn: ${row.querySelector(".line").textContent}`;
  };

  const timeOf = (row) => Date.parse(row.querySelector("time").dateTime);

  // True if the page already shows this version or a later version. A kill with the uri of its
  // target must not replace the withdrawn row.
  const isShown = ({ key, version, seen, withdraws }) => {
    const row = rowOf(key);
    if (!row) return false;
    return withdraws === key || row.dataset.version === version || timeOf(row) > Date.parse(seen);
  };

  const insert = ({ key, html }) => {
    const entries = list();
    rowOf(key)?.remove();
    const holder = document.createElement("template");
    holder.innerHTML = html; // rendered and escaped by our own server, and no script may run
    const row = holder.content.firstElementChild;
    row.classList.add("fresh");
    entries.prepend(row);
    while (entries.children.length > MOST_ROWS) entries.lastElementChild.remove();
  };

  const isAtTop = () =>
    window.scrollY < 120 && !list().contains(document.activeElement);

  const say = () => {
    arrived.textContent = "";
    document.title = waiting.length ? `(${waiting.length}) ${quietly}` : quietly;
    if (!waiting.length) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "main";
    button.textContent = `${waiting.length} new item${waiting.length > 1 ? "s" : ""}: show`;
    button.addEventListener("click", () => {
      show();
      window.scrollTo({ top: 0 });
      list().querySelector(".line a")?.focus({ preventScroll: true });
    });
    arrived.append(button);
  };

  const show = () => {
    waiting.splice(0).forEach(insert);
    say();
  };

  const receive = (event) => {
    const row = JSON.parse(event.data);
    if (row.withdraws) withdraw(rowOf(row.withdraws));
    if (isShown(row)) return;
    if (isAtTop() && !document.hidden && !waiting.length) {
      insert(row);
      arrived.textContent = `New: ${row.headline}`;
      return;
    }
    const same = waiting.findIndex((other) => other.key === row.key);
    if (same >= 0) waiting.splice(same, 1);
    waiting.push(row);
    if (waiting.length > MOST_ROWS) waiting.shift();
    say();
  };

  const query = new URLSearchParams(window.location.search);
  query.set("after", main.dataset.after);
  const source = new EventSource(`/live?${query}`);
  source.addEventListener("row", receive);
  source.addEventListener("lost", () => window.location.reload());
  source.addEventListener("open", () => {
    state.textContent = "Live. Times are UTC.";
    state.classList.add("live");
  });
  source.addEventListener("error", () => {
    state.textContent = "Not live just now. Times are UTC.";
    state.classList.remove("live");
  });
  // A page in the back-forward cache must not hold a connection, and is old when it is shown again.
  window.addEventListener("pagehide", () => source.close());
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });
})();

// A case's page: says when somebody changed the case, and shows who the household is without leaving the page.
"use strict";
const shown = document.getElementById("case");
const news = document.getElementById("news");
let touched = false;
let source = null;

function listen() {
  source = new EventSource("/cases/" + encodeURIComponent(shown.dataset.number) + "/events?version=" + shown.dataset.version);
  source.addEventListener("changed", () => {
    source.close();
    // whoever is in the middle of something is told; a page that is only looked at follows by itself
    const busy = touched || document.activeElement !== document.body || document.querySelector("details.command[open]");
    if (busy) news.hidden = false; else location.reload();
  });
}

document.addEventListener("input", () => { touched = true; });
const leave = () => { if (source) source.close(); };
document.addEventListener("submit", leave);
addEventListener("beforeunload", leave); // a reload must not overtake the way elsewhere
// A browser keeps only six connections to a server: a page nobody looks at gives its stream back.
document.addEventListener("visibilitychange", () => { if (document.hidden) { if (source) source.close(); } else listen(); });
listen();

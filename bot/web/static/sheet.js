// The sheet: print it as it is, or fetch who the household is (which the case's record notes) and print that.
"use strict";
const button = document.getElementById("identity");
document.getElementById("print").addEventListener("click", () => window.print());
if (button) button.addEventListener("click", async () => {
  button.disabled = true;
  try {
    const answer = await fetch("/cases/" + encodeURIComponent(button.dataset.case) + "/identity", { method: "POST", headers: { "Content-Type": "application/json", "X-Tsunagu": "1" }, body: "{}" });
    const { html } = await answer.json();
    document.getElementById(answer.ok ? "identity-lines" : "answer").innerHTML = html;
    if (answer.ok) window.print();
  } finally {
    button.disabled = false;
  }
});

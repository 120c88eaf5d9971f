/** How the HTML report looks. It is one file: nothing is loaded from anywhere. */
export const styles = `
:root{color-scheme:light;font:14px/1.45 system-ui,sans-serif;color:#1d2530;background:#fff}
body{max-width:72rem;margin:0 auto;padding:1rem 1.5rem 4rem}
h1{font-size:1.35rem}h2{font-size:1.1rem;margin:1.6rem 0 .5rem}
table{border-collapse:collapse}td,th{padding:.2rem .6rem;text-align:left;vertical-align:top;border-bottom:1px solid #e2e6eb}
.risk{display:inline-block;padding:0 .45rem;border-radius:.6rem;font-size:.85rem;white-space:nowrap;color:#1d2530}
.verdict{font-weight:600;padding:.5rem .75rem;border-radius:.3rem}.passed{background:#cfebcb}.failed{background:#f6b8b3}
#filters{position:sticky;top:0;background:#fff;display:flex;flex-wrap:wrap;gap:.75rem;align-items:center;padding:.6rem 0;border-bottom:1px solid #c3ccd5}
fieldset{border:1px solid #c3ccd5;border-radius:.3rem;padding:.2rem .6rem}fieldset label{margin-right:.7rem;white-space:nowrap}
details{border:1px solid #e2e6eb;border-radius:.3rem;margin:.4rem 0;padding:.35rem .7rem}
summary{cursor:pointer;font-weight:600;overflow-wrap:anywhere}
.fields{width:100%;table-layout:fixed;font-family:ui-monospace,monospace;font-size:.85rem;margin:.4rem 0}
.fields td{overflow-wrap:anywhere}.fields td:first-child{width:1.2rem}.fields td:nth-child(2){width:34%}
.fields tr.add td:first-child,.added{color:#14702b}.fields tr.remove td:first-child,.removed{color:#b3261e}
pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}
.note{color:#54616e}ul{margin:.4rem 0;padding-left:1.1rem}figure{margin:0;overflow-x:auto}
footer{margin-top:2rem;font-size:.9rem;display:grid;gap:.25rem}
`;

/** Filters of the HTML report. Without scripts everything is shown. */
export const script = `
const form = document.getElementById("filters");
const text = document.getElementById("text");
const details = [...document.querySelectorAll("details[data-risk]")];
const chosen = (name) => new Set([...form.querySelectorAll("input[name=" + name + "]")].filter((box) => box.checked).map((box) => box.value));
function filter() {
  const risks = chosen("risk"), environments = chosen("environment"), wanted = text.value.trim().toLowerCase();
  const byRisk = form.querySelector("input[name=risk]") !== null;
  let shown = 0;
  for (const each of details) {
    const fits = (!byRisk || risks.has(each.dataset.risk)) && environments.has(each.dataset.environment) && each.textContent.toLowerCase().includes(wanted);
    each.hidden = !fits;
    if (fits) shown++;
  }
  for (const section of document.querySelectorAll("section[data-environment]")) section.hidden = !environments.has(section.dataset.environment);
  document.getElementById("none").hidden = shown > 0 || details.length === 0;
}
form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
filter();
`;

/** How the HTML report looks. It is one file: nothing is loaded from anywhere. */
export const styles = `
:root{color-scheme:light;font:15px/1.5 system-ui,"PingFang SC","Microsoft YaHei",sans-serif;color:#1d2530;background:#f5f7f9}
body{max-width:76rem;margin:0 auto;padding:1.5rem clamp(.75rem,3vw,2rem) 4rem;overflow-wrap:anywhere}
h1{font-size:1.45rem;line-height:1.25;margin:.2rem 0 1rem;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:2rem 0 .6rem;overflow-wrap:anywhere}
h2 small{font-weight:400;color:#54616e;font-size:.95rem}
table{border-collapse:collapse}td,th{padding:.35rem .7rem;text-align:left;vertical-align:top;border-bottom:1px solid #e8ecf0}
th{font-size:.85rem;font-weight:600;color:#54616e}tbody tr:last-child td{border-bottom:0}
.summary{width:100%;background:#fff;border:1px solid #dfe4ea;border-radius:.5rem;border-collapse:separate;border-spacing:0}
.summary td:first-child{font-weight:600;white-space:nowrap}
.risk{display:inline-block;padding:.05rem .55rem;border-radius:.7rem;font-size:.85rem;white-space:nowrap;color:#1d2530}
.risk+.risk{margin-left:.3rem}.risk b{font-variant-numeric:tabular-nums}
.verdict{font-weight:600;padding:.6rem .9rem;border-radius:.5rem}.passed{background:#cfebcb}.failed{background:#f6b8b3}
#filters{position:sticky;top:0;z-index:1;background:#f5f7f9;display:flex;flex-wrap:wrap;gap:.5rem 1.25rem;align-items:center;padding:.7rem 0;margin-top:.7rem;border-bottom:1px solid #dfe4ea}
fieldset{border:0;padding:0;margin:0;display:flex;flex-wrap:wrap;gap:.2rem .8rem}
legend{float:left;padding:0;margin-right:.2rem;color:#54616e}fieldset label{white-space:nowrap}
#filters input[type=checkbox]{margin:0 .15rem 0 0;vertical-align:middle}
#text{font:inherit;padding:.25rem .6rem;border:1px solid #c3ccd5;border-radius:.4rem;background:#fff;min-width:14rem}
details{background:#fff;border:1px solid #dfe4ea;border-radius:.5rem;margin:.5rem 0;padding:.5rem .9rem}
summary{cursor:pointer;font-weight:600;overflow-wrap:anywhere}summary:hover{color:#0b4a8f}
a{color:#0b4a8f}
.fields{width:100%;table-layout:fixed;font:.85rem/1.45 ui-monospace,Menlo,Consolas,monospace;margin:.5rem 0}
.fields td{overflow-wrap:anywhere;padding:.25rem .5rem}.fields td:first-child{width:1.2rem}.fields td:nth-child(2){width:34%}
.fields tr.add td:first-child,.added{color:#14702b}.fields tr.remove td:first-child,.removed{color:#b3261e}
pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}
.note{color:#54616e}ul{margin:.4rem 0;padding-left:1.1rem}li{margin:.15rem 0}
figure{margin:0;overflow-x:auto;background:#fff;border:1px solid #dfe4ea;border-radius:.5rem;padding:.5rem}
footer{margin-top:2rem;font-size:.9rem;display:grid;gap:.35rem}
@media (max-width:42rem){
#filters{position:static}#text{min-width:0;width:100%;box-sizing:border-box}#filters>label{width:100%}
.summary thead{display:none}.summary tr{display:block;padding:.4rem 0;border-bottom:1px solid #e8ecf0}.summary tr:last-child{border-bottom:0}
.summary td{display:block;border:0;padding:.1rem .8rem}
.risk+.risk{margin-left:0}.summary .risk{margin:.1rem .3rem .1rem 0}
.fields,.fields tbody{display:block}.fields tr{display:grid;grid-template-columns:1.3rem minmax(0,1fr);padding:.25rem 0;border-bottom:1px solid #e8ecf0}
.fields td,.fields td:nth-child(2){border:0;padding:0;width:auto}.fields td:nth-child(3){grid-column:2}
.fields td:nth-child(2){color:#54616e}
details{padding:.5rem .7rem}
}
@media print{#filters{display:none}:root{background:#fff}}
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

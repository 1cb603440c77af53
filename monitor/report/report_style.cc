#include "monitor/report/report_style.h"

namespace mailcanary {

const char* report_style() {
  return R"css(
.report header,.report main,.report footer{max-width:60rem}
.bars .maintenance{fill:var(--maintenance)}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(12rem,1fr));gap:.75rem;margin-top:1.25rem}
.figure{margin:0}
.figure p{margin:0}
.figure .value{font-size:1.5rem;font-weight:600;line-height:1.35}
.bars.meter{height:.4rem;margin:.3rem 0 .45rem;border-radius:.2rem}
.bars .rest{fill:var(--bar-unknown)}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:.1rem 2rem;margin:.9rem 0 0}
dl div{display:flex;justify-content:space-between;gap:1rem;border-top:1px solid var(--line);padding:.25rem 0}
dt{color:var(--soft);font-size:.9rem;white-space:nowrap}
dd{margin:0;font-size:.9rem;text-align:right;font-variant-numeric:tabular-nums}
.wide{overflow-x:auto;padding:.5rem 1.2rem}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
td,th{padding:.3rem .6rem;text-align:right;white-space:nowrap;border-top:1px solid var(--line)}
th:first-child{text-align:left;padding-left:0}
td:last-child,th:last-child{padding-right:0}
thead th{color:var(--soft);font-weight:400;border-top:0}
tbody th{font-weight:600}
.incident h3{font-size:1rem}
@media (max-width:30rem){
.figures{grid-template-columns:1fr 1fr}
.figure .value{font-size:1.2rem}
dl{grid-template-columns:1fr}
.wide{padding:.4rem .9rem}
}
@media print{
@page{margin:14mm}
:root{color-scheme:light;--ground:#fff;--card:#fff;--ink:#171b20;--soft:#57606a;--line:#d5dae0;
--ok:#1a7f4b;--maintenance:#1f5fa8;--minor:#8a5d00;--major:#b8470f;--critical:#b3211b;--unknown:#5f6873;
--bar-ok:#35a56c;--bar-minor:#dfa81b;--bar-major:#e2711d;--bar-critical:#c9302c;--bar-unknown:#c3c9d1}
body{font-size:11pt}
.report header,.report main,.report footer{max-width:none;padding:0}
.card,tr,.figures{break-inside:avoid}
h2{break-after:avoid}
.bars{print-color-adjust:exact;-webkit-print-color-adjust:exact}
.wide{overflow:visible}
}
)css";
}

}  // namespace mailcanary

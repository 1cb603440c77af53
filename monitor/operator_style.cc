#include "monitor/operator_page.h"

namespace mailcanary {

const char* operator_style() {
  return R"css(.wide{max-width:76rem}
.scroll{overflow-x:auto;padding:0}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{padding:.55rem .9rem;text-align:left;vertical-align:top;font-weight:400}
thead th,thead td{color:var(--soft);font-size:.82rem;font-weight:600;white-space:nowrap}
tbody tr{border-top:1px solid var(--line)}
.matrix th{font-weight:600;white-space:nowrap}
.matrix td{min-width:6.5rem;padding:.35rem}
.matrix td.none{display:table-cell;border:0;min-height:0;text-align:center;vertical-align:middle;color:var(--soft)}
.matrix thead td{padding:.55rem .9rem}
.route{display:inline-flex;flex-direction:column;padding:.4rem .7rem;border-radius:8px;color:#fff;text-decoration:none;
line-height:1.3}
.matrix .route{display:flex}
.matrix .route+.route{margin-top:.3rem}
.route span{font-size:.82rem}
.route:hover{text-decoration:underline}
.route.ok{background:#17734a}
.route.degraded{background:#7d5400}
.route.down{background:#a81f19}
.route.unknown{background:#4c5661}
.fault{border-left:5px solid var(--bar-major)}
td.held{color:var(--soft)}
td.failed{color:var(--critical);font-weight:600}
td.queued{color:var(--minor);font-weight:600}
.facts .route{padding:.15rem .7rem}
.canaries{padding:0}
.canary+.canary{border-top:1px solid var(--line)}
.canary{padding:.8rem 1.2rem}
.canary summary{display:flex;flex-wrap:wrap;gap:.2rem 1rem;cursor:pointer}
.fate{font-weight:600;min-width:6rem}
.fate.delivered{color:var(--ok)}
.fate.late,.fate.junked{color:var(--minor)}
.fate.bounced,.fate.rejected,.fate.deferred,.fate.unreachable,.fate.lost{color:var(--critical)}
.steps{margin:.9rem 0}
.steps caption{text-align:left;color:var(--soft);font-size:.82rem;font-weight:600}
.steps th{width:1%;white-space:nowrap}
.steps .took{width:1%;white-space:nowrap;text-align:right}
.steps .bar{width:40%;vertical-align:middle}
.steps svg{display:block;width:100%;height:.6rem}
.steps rect{fill:var(--p50)}
code{font-family:ui-monospace,SFMono-Regular,Consolas,"Liberation Mono",monospace;font-size:.9em;overflow-wrap:anywhere}
.facts-list{display:grid;gap:.5rem;margin:1.2rem 0 0}
.facts-list div{display:grid;grid-template-columns:minmax(7rem,11rem) 1fr;gap:.2rem 1rem}
.facts-list dt{color:var(--soft)}
.facts-list dd{overflow-wrap:anywhere}
.forms{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:1rem;align-items:start}
.forms .card+.card{margin-top:0}
ol.card{margin-top:0}
)css";
}

}  // namespace mailcanary

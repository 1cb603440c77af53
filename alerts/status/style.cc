#include "alerts/status/page.h"

namespace mailcanary {

// Every text has a contrast of at least 4.5 to 1 on its ground, in both schemes.
const char* page_style() {
  return R"css(
:root{color-scheme:light dark;--ground:#f5f6f8;--card:#fff;--ink:#171b20;--soft:#57606a;--line:#e1e5ea;
--ok:#1a7f4b;--maintenance:#1f5fa8;--minor:#8a5d00;--major:#b8470f;--critical:#b3211b;--unknown:#5f6873;
--bar-ok:#35a56c;--bar-minor:#dfa81b;--bar-major:#e2711d;--bar-critical:#c9302c;--bar-unknown:#c3c9d1}
@media (prefers-color-scheme:dark){:root{--ground:#0e1116;--card:#171b21;--ink:#e7eaee;--soft:#9ba5b1;--line:#2b323b;
--ok:#4cc38a;--maintenance:#79b0ee;--minor:#e3b341;--major:#f0954f;--critical:#ff7b72;--unknown:#a3acb7;
--bar-ok:#2f9e66;--bar-minor:#d9a521;--bar-major:#e2711d;--bar-critical:#e5534b;--bar-unknown:#3b434e}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",Arial,sans-serif}
main,header,footer{max-width:46rem;margin:0 auto;padding:0 1rem}
header{padding-top:2rem}
h1{font-size:1.6rem;line-height:1.25;margin:0;overflow-wrap:anywhere}
h2{font-size:1.1rem;margin:2.25rem 0 .75rem}
h3{font-size:1.05rem;margin:0;overflow-wrap:anywhere}
h4{font-size:.9rem;font-weight:600;color:var(--soft);margin:1.25rem 0 .4rem}
p{margin:.25rem 0}
a{color:inherit;text-underline-offset:.15em}
.soft{color:var(--soft);font-size:.9rem}
.banner{display:flex;gap:.9rem;align-items:center;margin:1.25rem 0 0;padding:1.1rem 1.2rem;
border-radius:.6rem;color:#fff;font-size:1.2rem;font-weight:600;line-height:1.3;overflow-wrap:anywhere}
.banner svg{flex:none;width:1.9rem;height:1.9rem}
.banner.ok{background:#1a7f4b}
.banner.minor{background:#855800}
.banner.major{background:#b8470f}
.banner.critical{background:#a81c17}
.banner.unknown{background:#4c5661}
.banner p{margin:.15rem 0 0;font-size:.85rem;font-weight:400}
.stale .banner{background:#4c5661}
.stale .banner div::before{content:"Last known: "}
.stale .state{color:var(--unknown)!important}
#stale{margin:1rem 0 0;padding:.7rem 1rem;border:2px solid var(--minor);border-radius:.6rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1rem 1.2rem;margin:0 0 .75rem}
.components{list-style:none;margin:0;padding:0}
.legend{margin:-.4rem 0 .75rem}
.row{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:baseline;gap:.1rem 1rem}
.state{font-weight:600;white-space:nowrap}
.state svg{width:.85em;height:.85em;margin-right:.4em;vertical-align:-.06em}
.state.ok{color:var(--ok)}
.state.maintenance{color:var(--maintenance)}
.state.minor{color:var(--minor)}
.state.major{color:var(--major)}
.state.critical{color:var(--critical)}
.state.unknown{color:var(--unknown)}
.bars{display:block;width:100%;height:2.4rem;margin:.7rem 0 .15rem}
.bars .ok{fill:var(--bar-ok)}
.bars .minor{fill:var(--bar-minor)}
.bars .major{fill:var(--bar-major)}
.bars .critical{fill:var(--bar-critical)}
.bars .unknown{fill:var(--bar-unknown)}
.axis{display:flex;justify-content:space-between;gap:.75rem;color:var(--soft);font-size:.8rem}
.axis span{white-space:nowrap}
.axis span:nth-child(2){text-align:center;white-space:normal}
.numbers{margin-top:.55rem;color:var(--soft);font-size:.9rem}
.incident{border-left:.35rem solid var(--bar-unknown)}
.incident.minor{border-left-color:var(--bar-minor)}
.incident.major{border-left-color:var(--bar-major)}
.incident.critical{border-left-color:var(--bar-critical)}
.timeline{list-style:none;margin:.8rem 0 0;padding:0}
.timeline li{margin:.7rem 0 0;padding:.7rem 0 0;border-top:1px solid var(--line);overflow-wrap:anywhere}
.timeline time{color:var(--soft);font-size:.85rem;margin-left:.4rem}
summary{cursor:pointer;overflow-wrap:anywhere}
summary .title{font-weight:600}
summary .soft{display:block;padding-left:1.1rem}
footer{padding-top:1.5rem;padding-bottom:2.5rem;color:var(--soft);font-size:.85rem}
@media (max-width:30rem){
header{padding-top:1.25rem}
.card{padding:.85rem .9rem}
.banner{font-size:1.1rem;padding:.9rem 1rem}
.bars{height:2rem}
}
@media print{.banner{color:inherit;background:none!important;border:2px solid}}
)css";
}

// A static file cannot know that its monitor has died; the reader's clock can. Without scripts the time stays in the
// footer for the reader to judge.
const char* page_script() {
  return "(function(){var s=document.getElementById('stale'),m=document.getElementById('made');"
         "var age=(Date.now()-Date.parse(m.dateTime))/1000;"
         "if(age>Number(s.dataset.after)){s.hidden=false;document.body.className='stale'}})()";
}

}  // namespace mailcanary

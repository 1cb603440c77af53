#include "alerts/status/html.h"

namespace mailcanary {

// Every text has a contrast of at least 4.5 to 1 on its ground, in both schemes.
const char* page_style() {
  return R"css(:root{color-scheme:light dark;
--ground:#f6f6f3;--card:#fff;--raised:#f3f3ef;--ink:#1a1d21;--soft:#5a616b;--line:#e5e5df;--focus:#1f5fa8;
--ok:#17734a;--maintenance:#1f5fa8;--minor:#855900;--major:#ad430e;--critical:#b3211b;--unknown:#5a626d;
--bar-ok:#3aa873;--bar-minor:#e0ab25;--bar-major:#e2711d;--bar-critical:#c9302c;--bar-unknown:#cbcfd4;
--p50:#1f6f8b;--p95:#8fb6c6;--band:#e6f0f3;--shade:0 1px 2px rgb(26 29 33/.05),0 8px 24px -16px rgb(26 29 33/.18)}
@media (prefers-color-scheme:dark){:root{
--ground:#0f1114;--card:#171a1e;--raised:#1e2227;--ink:#e8eaed;--soft:#9da5af;--line:#282d33;--focus:#79b0ee;
--ok:#52c58f;--maintenance:#7fb4ef;--minor:#e2b549;--major:#f0975a;--critical:#ff8178;--unknown:#a6aeb8;
--bar-ok:#2f9d67;--bar-minor:#d6a325;--bar-major:#e0732a;--bar-critical:#e5534b;--bar-unknown:#3a414a;
--p50:#6cc0da;--p95:#3f7488;--band:#1c2b31;--shade:none}}
*,*::before,*::after{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%;scrollbar-gutter:stable}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,
"Noto Sans","Liberation Sans",Arial,sans-serif;font-variant-numeric:tabular-nums;-webkit-font-smoothing:antialiased}
.wrap{max-width:54rem;margin:0 auto;padding:0 1.5rem}
main{display:block;outline:0}
h1,h2,h3,p,ol,ul,dl,dd,figure{margin:0;padding:0}
ol,ul{list-style:none}
h1{font-size:1.9rem;line-height:1.2;font-weight:650;letter-spacing:-.018em;overflow-wrap:anywhere;text-wrap:balance}
h2{font-size:1.05rem;font-weight:650;letter-spacing:-.006em;margin:0 0 .9rem}
h3{font-size:1.02rem;font-weight:600;line-height:1.4;overflow-wrap:anywhere}
a{color:inherit;text-decoration-color:color-mix(in srgb,currentColor 35%,transparent);text-underline-offset:.2em}
a:hover{text-decoration-color:currentColor}
:focus-visible{outline:2px solid var(--focus);outline-offset:3px;border-radius:4px}
section{margin-top:3rem}
.soft{color:var(--soft);font-size:.9rem}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip{position:absolute;left:1rem;top:-4rem;z-index:1;padding:.6rem 1rem;background:var(--card);border-radius:0 0 8px 8px}
.skip:focus{top:0}
.top{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:center;gap:.5rem 1.5rem;padding:1.9rem 0 1.6rem}
.brand{display:inline-flex;align-items:center;gap:.6rem;font-size:1.1rem;font-weight:650;letter-spacing:-.01em;
text-decoration:none;overflow-wrap:anywhere}
.brand svg{flex:none;width:1.65rem;height:1.65rem;color:var(--minor)}
nav{display:flex;gap:1.4rem;font-size:.95rem}
.top nav a{color:var(--soft);text-decoration:none;padding:.3rem 0;border-bottom:2px solid transparent}
.top nav a:hover,.top nav a[aria-current]{color:var(--ink);border-bottom-color:currentColor}
.banner{display:flex;gap:1.15rem;align-items:center;padding:1.7rem 1.8rem;border-radius:16px;color:#fff;
background:var(--b);box-shadow:var(--shade)}
.banner.ok{--b:#17734a}
.banner.maintenance{--b:#1f5fa8}
.banner.minor{--b:#7d5400}
.banner.major{--b:#a8420d}
.banner.critical{--b:#a81f19}
.banner.unknown{--b:#4c5661}
.banner svg{flex:none;width:2.6rem;height:2.6rem;stroke-width:2}
.banner h1{font-size:1.55rem}
.banner p{margin-top:.3rem;font-size:.9rem;color:rgb(255 255 255/.88)}
.stale .banner{--b:#4c5661!important}
.stale .banner h1::before{content:"Last known: "}
.stale main .state{color:var(--unknown)!important}
#stale{margin:0 0 1rem;padding:.9rem 1.2rem;border:1.5px solid var(--minor);border-radius:12px;background:var(--card)}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;box-shadow:var(--shade);padding:1.35rem 1.5rem}
.card+.card{margin-top:1rem}
.legend{margin:-.55rem 0 .9rem}
.row{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:baseline;gap:.15rem 1rem}
.row h3 a{text-decoration:none}
.row h3 a:hover{text-decoration:underline}
.state{display:inline-flex;align-items:center;gap:.45rem;font-size:.93rem;font-weight:600;white-space:nowrap}
.state svg{flex:none;width:1em;height:1em}
.ok.state{color:var(--ok)}
.maintenance.state{color:var(--maintenance)}
.minor.state{color:var(--minor)}
.major.state{color:var(--major)}
.critical.state{color:var(--critical)}
.unknown.state{color:var(--unknown)}
.components{padding:0}
.component{padding:1.4rem 1.5rem 1.25rem}
.component+.component{border-top:1px solid var(--line)}
.bars{display:block;width:100%;height:2.25rem;margin:.85rem 0 .45rem;overflow:visible}
.bars rect{rx:1.5px}
.bars rect:hover{opacity:.65}
.bars .ok{fill:var(--bar-ok)}
.bars .minor{fill:var(--bar-minor)}
.bars .major{fill:var(--bar-major)}
.bars .critical{fill:var(--bar-critical)}
.bars .unknown{fill:var(--bar-unknown)}
.axis{display:flex;align-items:center;gap:.9rem;color:var(--soft);font-size:.8rem}
.axis span{flex:none}
.axis span:nth-child(2){flex:1;display:flex;align-items:center;justify-content:center;gap:.9rem;text-align:center}
.axis span:nth-child(2)::before,.axis span:nth-child(2)::after{content:"";flex:1;min-width:.5rem;height:1px;background:var(--line)}
.times{margin-top:.85rem}
.times summary{display:inline-flex;align-items:center;gap:.5rem;padding:.15rem 0;color:var(--soft);font-size:.9rem;cursor:pointer;
list-style:none;border-radius:4px}
.times summary::-webkit-details-marker{display:none}
.times summary::before{content:"";flex:none;width:.42rem;height:.42rem;border:solid currentColor;border-width:0 1.5px 1.5px 0;
transform:rotate(-45deg);margin:0 .15rem}
.times[open] summary::before{transform:rotate(45deg)}
.times summary:hover,.times summary strong{color:var(--ink)}
.times summary strong{font-weight:600}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:1rem 1.75rem;margin-top:.75rem}
figcaption{font-size:.8rem;font-weight:600;color:var(--soft)}
.none{display:grid;place-items:center;min-height:6.5rem;margin-top:.4rem;border:1px dashed var(--line);border-radius:8px;
color:var(--soft);font-size:.85rem}
.chart{display:block;width:100%;height:auto;margin-top:.25rem}
.chart text{fill:var(--soft);font-size:10.5px}
.chart path{fill:none;stroke-width:1.75;stroke-linejoin:round;stroke-linecap:round;vector-effect:non-scaling-stroke}
.chart .grid{stroke:var(--line);stroke-width:1}
.chart .band{fill:var(--band);stroke:none}
.chart .p50{stroke:var(--p50);stroke-width:2}
.chart .p95{stroke:var(--p95)}
.key{display:flex;flex-wrap:wrap;gap:.25rem 1.4rem;margin-top:.35rem;color:var(--soft);font-size:.8rem}
.key .p50::before,.key .p95::before{content:"";display:inline-block;width:1rem;height:2.5px;border-radius:2px;margin-right:.45rem;
vertical-align:.24em;background:var(--p50)}
.key .p95::before{background:var(--p95)}
.key .last{margin-left:auto}
.incident{position:relative;overflow:hidden;padding-left:1.75rem}
.incident::before{content:"";position:absolute;inset:0 auto 0 0;width:5px;background:var(--bar-unknown)}
.incident.minor::before{background:var(--bar-minor)}
.incident.major::before{background:var(--bar-major)}
.incident.critical::before{background:var(--bar-critical)}
.incident.maintenance::before{background:var(--maintenance)}
.incident>.soft+p{margin-top:.5rem}
.timeline{margin-top:1.2rem}
.timeline li{position:relative;padding:0 0 1.25rem 1.5rem;overflow-wrap:anywhere}
.timeline li:last-child{padding-bottom:0}
.timeline li::before{content:"";position:absolute;left:0;top:.5rem;width:.6rem;height:.6rem;border-radius:50%;
border:2px solid var(--soft);background:var(--card)}
.timeline li.resolved::before{border-color:var(--ok);background:var(--ok)}
.timeline li:first-child:not(.resolved)::before{border-color:var(--ink);background:var(--ink)}
.timeline li:not(:last-child)::after{content:"";position:absolute;left:calc(.3rem - .5px);top:1.3rem;bottom:-.35rem;width:1px;
background:var(--line)}
.timeline strong{font-weight:600;margin-right:.6rem}
.timeline time{color:var(--soft);font-size:.88rem}
.timeline p+p{margin-top:.15rem}
.whole .timeline{margin-top:0}
.whole{margin-top:1rem}
.facts{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;margin:.7rem 0 1.8rem;color:var(--soft)}
.lines{padding:0}
.line{padding:1.15rem 1.5rem;overflow-wrap:anywhere}
.line+.line{border-top:1px solid var(--line)}
.line h3{display:flex;align-items:center;gap:.6rem}
.line h3 svg{flex:none;width:1.05rem;height:1.05rem;color:var(--unknown)}
.line.minor h3 svg{color:var(--minor)}
.line.major h3 svg{color:var(--major)}
.line.critical h3 svg{color:var(--critical)}
.line h3 a{text-decoration:none}
.line h3 a:hover{text-decoration:underline}
.line p{padding-left:1.65rem}
.line p+p{margin-top:.3rem;font-size:.95rem}
.more{margin-top:1rem;font-size:.95rem}
.more a{font-weight:600}
.day{margin:1.8rem 0 .7rem;color:var(--soft);font-size:.9rem;font-weight:600}
.month{margin-top:2.2rem}
.month h2 a{text-decoration:none}
.month h2 .soft{font-weight:400;margin-left:.4rem}
main>h1{margin-top:1rem}
main>h1+.card{margin-top:1.6rem}
.turn{justify-content:space-between;flex-wrap:wrap;margin-top:2rem;gap:.5rem 1.5rem}
footer{margin-top:4rem!important;padding-top:1.6rem!important;padding-bottom:3.5rem!important;color:var(--soft);font-size:.88rem}
footer::before{content:"";display:block;height:1px;margin-bottom:1.6rem;background:var(--line)}
footer dl{margin-top:1rem;display:flex;flex-wrap:wrap;gap:.6rem 2.5rem}
footer div{display:flex;flex-wrap:wrap;gap:.3rem .9rem}
footer dt{font-weight:600}
footer dd{display:flex;flex-wrap:wrap;gap:.3rem .9rem}
.asked{padding-top:3rem}
form.card{display:grid;gap:.9rem}
label{display:grid;gap:.3rem;color:var(--soft);font-size:.9rem}
input,textarea,select{width:100%;padding:.55rem .7rem;border:1px solid var(--soft);border-radius:8px;background:var(--ground);
color:var(--ink);font:inherit}
button{justify-self:start;padding:.6rem 1.2rem;border:0;border-radius:8px;background:#1f5fa8;color:#fff;font:inherit;
font-weight:600;cursor:pointer}
button:hover{background:#184c87}
@media (max-width:34rem){
.wrap{padding:0 1rem}
.top{padding:1.2rem 0 1.1rem}
.banner{padding:1.25rem 1.2rem;gap:.9rem;border-radius:14px}
.banner h1{font-size:1.25rem}
.banner svg{width:2.1rem;height:2.1rem}
h1{font-size:1.5rem}
section{margin-top:2.4rem}
.card,.component,.line{padding:1.1rem 1.1rem}
.components,.lines{padding:0}
.incident{padding-left:1.4rem}
.bars{height:2rem}
.axis{gap:.6rem}
.axis span:nth-child(2)::before,.axis span:nth-child(2)::after{content:none}
.key .last{margin-left:0;flex-basis:100%}
.line p{padding-left:0}
}
@media (prefers-reduced-motion:no-preference){.skip{transition:top .15s}}
@media print{.banner{color:inherit;background:none!important;border:2px solid}.banner p{color:inherit}nav,.skip{display:none}}
)css";
}

}  // namespace mailcanary

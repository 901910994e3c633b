"""The look of the report: calm, printable on A4, dark where the reader's system is dark. No font or image is loaded."""

from __future__ import annotations

CSS = """
:root{--paper:#fbfaf6;--card:#fff;--ink:#2b2a27;--soft:#6d6a63;--faint:#a5a198;--rule:#e6e2d9;--lane:#f1eee7;
--r0:#5f7f9e;--r1:#c98f5b;--r2:#7f9b72;--r3:#a67fa0;--redaction:#6b4a86;--unclear:#b4483c;--overlap:#2b2a27;
--hatch:#b9b3a6;--accent:#41625a;--wash:#eef2ee;--good:#4d7a5c;--fair:#a97b22;--poor:#b4483c}
@media (prefers-color-scheme:dark){:root{--paper:#1c1d1f;--card:#232527;--ink:#dedbd4;--soft:#a09c93;--faint:#716e67;
--rule:#35373a;--lane:#2a2c2f;--r0:#7fa3c6;--r1:#d5a070;--r2:#96b487;--r3:#bd97b7;--redaction:#b598d0;
--unclear:#e0806f;--overlap:#f3efe6;--hatch:#5d5a54;--accent:#94b8ac;--wash:#262d2b;--good:#86b595;--fair:#d8b062;
--poor:#e0806f}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.6 "Segoe UI",system-ui,-apple-system,
"Helvetica Neue","Liberation Sans",sans-serif;font-variant-numeric:tabular-nums}
main,header.top,footer{width:min(62rem,100%);margin:0 auto;padding:0 2rem}
header.top{padding-top:3.5rem}
h1,h2,.lead p{font-family:Charter,"Bitstream Charter","Palatino Linotype","Liberation Serif",serif;
font-weight:500}
h1{font-size:2.6rem;line-height:1.15;margin:.1rem 0 .6rem;letter-spacing:-.01em}
h2{font-size:1.45rem;line-height:1.25;margin:0 0 .35rem}
h3{font-size:.95rem;margin:1.6rem 0 .4rem;font-weight:600}
p{margin:0 0 .8rem;width:min(44rem,100%)}
.eyebrow{color:var(--soft);font-size:.85rem;letter-spacing:.04em;margin:0}
.facts{color:var(--soft);margin:0 0 1rem}
.facts span{white-space:nowrap}.facts span+span::before{content:"·";margin:0 .5em 0 .25em;color:var(--faint)}
.status{width:fit-content;border:1px solid var(--rule);background:var(--card);border-radius:2rem;padding:.2rem .9rem;
font-size:.85rem;color:var(--soft);margin:0}
.lead{margin:2.2rem 0 0;padding:0 0 .4rem}
.lead p{font-size:1.3rem;line-height:1.5;margin:0;width:min(46rem,100%)}
nav{margin:1.6rem 0 0;font-size:.88rem;display:flex;flex-wrap:wrap;gap:.35rem 1.3rem}
nav a{color:var(--accent);text-decoration:none;white-space:nowrap}
nav a:hover{text-decoration:underline}
section{margin:3.6rem 0 0}
.hint{color:var(--soft);font-size:.92rem;margin:0 0 1.1rem}
figure{margin:1.2rem 0 0}
svg.picture{display:block;width:100%;height:auto;overflow:visible}
svg text{font-size:12.5px;fill:var(--soft)}svg .who{text-anchor:end;font-weight:600;fill:var(--ink)}
svg .time{font-size:11px}
.lane{fill:var(--lane)}.tick{stroke:var(--faint);stroke-width:.7}
.r0{fill:var(--r0)}.r1{fill:var(--r1)}.r2{fill:var(--r2)}.r3{fill:var(--r3)}
.pause{fill:url(#hatch)}.hatch{stroke:var(--hatch);stroke-width:1.6}
.overlap{fill:var(--overlap);opacity:.62}.redaction{fill:var(--redaction)}
.unclear{fill:var(--unclear)}.unclear-band{fill:var(--unclear);opacity:.38}
rect:hover{filter:brightness(1.12)}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1.5rem;margin:1rem 0 0;padding:0;list-style:none;font-size:.85rem;
color:var(--soft)}
.legend li{display:flex;align-items:center;gap:.5rem}.legend svg{width:22px;height:12px;flex:none}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th{font-weight:600;text-align:left;color:var(--soft);font-size:.8rem;padding:.35rem .9rem .35rem 0;
border-bottom:1px solid var(--rule);vertical-align:bottom}
td{padding:.5rem .9rem .5rem 0;border-bottom:1px solid var(--rule);vertical-align:top}
tr:last-child td{border-bottom:0}
.n{text-align:right;white-space:nowrap}.nowrap{white-space:nowrap}
.scroll{overflow-x:auto}
.look td{padding-top:.75rem;padding-bottom:.75rem}.look .rank{color:var(--faint);width:2.4rem}
.look .where{white-space:nowrap;width:9.5rem}.look .where small{display:block}
.look .done{width:3.4rem;text-align:center;padding-right:0}
.look strong{font-weight:600}.look .detail{color:var(--soft);display:block;width:min(38rem,100%)}
input{width:1.1rem;height:1.1rem;margin:0;vertical-align:-.15rem;accent-color:var(--accent)}
.dot{display:inline-block;width:.6rem;height:.6rem;border-radius:50%;margin-right:.6rem;background:var(--faint)}
.dot.alarm,.dot.roles,.dot.unclear{background:var(--unclear)}.dot.flag,.dot.redaction{background:var(--redaction)}
.dot.hearing,.dot.recovered,.dot.overlap,.dot.note{background:var(--fair)}
small{color:var(--soft);font-size:.85em}
.share{display:flex;height:1.5rem;border-radius:4px;overflow:hidden;margin:.9rem 0 1.3rem;gap:2px}
.share div{min-width:2px}.share .r0{background:var(--r0)}
.share .r1{background:var(--r1)}.share .r2{background:var(--r2)}
.share .r3{background:var(--r3)}
.swatch{display:inline-block;width:.7rem;height:.7rem;border-radius:2px;margin-right:.5rem}
.swatch.r0{background:var(--r0)}.swatch.r1{background:var(--r1)}.swatch.r2{background:var(--r2)}
.swatch.r3{background:var(--r3)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.6rem,1fr));gap:1.4rem 2rem;margin:1.2rem 0 0}
.tile b{display:block;font-size:1.5rem;font-weight:500;line-height:1.2;
font-family:Charter,"Bitstream Charter","Palatino Linotype","Liberation Serif",serif}
.tile span{color:var(--soft);font-size:.88rem;display:block}
.columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:1rem 3.4rem}
.columns h3{margin-top:1rem}
ul.plain{margin:0;padding:0;list-style:none;font-size:.95rem}ul.plain li{padding:.3rem 0}
.grade{font-weight:600}.grade.good{color:var(--good)}.grade.fair{color:var(--fair)}.grade.poor{color:var(--poor)}
.bars{display:flex;align-items:flex-end;gap:3px;height:5.5rem;margin:.8rem 0 .2rem;border-bottom:1px solid var(--rule)}
.bars div{flex:1;background:var(--r0);border-radius:2px 2px 0 0;min-height:1px}.bars .low{background:var(--fair)}
.scale{display:flex;justify-content:space-between;font-size:.78rem;color:var(--soft)}
.bar{display:block;height:.55rem;background:var(--redaction);border-radius:2px;min-width:2px;margin-top:.5rem}
.kinds td:nth-child(2){width:38%}.kinds td:first-child{white-space:nowrap}
.bar.flagged{background:none;border:1px solid var(--redaction)}
.text{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:1.3rem 1.6rem;margin:1rem 0 0;
user-select:all;-webkit-user-select:all;
font-family:Charter,"Bitstream Charter","Palatino Linotype","Liberation Serif",serif;
line-height:1.65;width:min(46rem,100%)}
.text p{width:auto;margin:0}
dl{margin:1.2rem 0 0;width:min(46rem,100%)}dt{font-weight:600;margin-top:1.2rem}
dd{margin:.25rem 0 0}
code{font:.82em ui-monospace,"Cascadia Mono","DejaVu Sans Mono",monospace;color:var(--soft);
word-break:break-all}
footer{margin-top:4.5rem;padding-top:1.1rem;padding-bottom:3rem;color:var(--soft);font-size:.85rem}
footer p{border-top:1px solid var(--rule);padding-top:1.1rem;width:auto}
.signed{margin:1.6rem 0 0}
.empty{color:var(--soft)}
@media (width<=40rem){main,header.top,footer{padding-left:1.1rem;padding-right:1.1rem}h1{font-size:2.1rem}
.lead p{font-size:1.12rem}.look .where{width:auto}}
@page{size:A4;margin:18mm 16mm}
@media print{:root{--paper:#fff;--card:#fff;--ink:#111;--soft:#4a4843;--faint:#8d8a83;--rule:#d5d1c8;--lane:#f3f1ec;
--r0:#5f7f9e;--r1:#c98f5b;--r2:#7f9b72;--r3:#a67fa0;--redaction:#6b4a86;--unclear:#a33a2f;--overlap:#222;--hatch:#aaa;
--accent:#333;--wash:#fff;--good:#3c6a4c;--fair:#8a6416;--poor:#a33a2f}
body{font-size:10.5pt;line-height:1.5;-webkit-print-color-adjust:exact;print-color-adjust:exact}
main,header.top,footer{width:auto;padding:0}header.top{padding-top:0}nav{display:none}
section{margin-top:2rem}h2,h3,.hint{break-after:avoid}.scroll{overflow:visible}
table{font-size:9pt}th{font-size:8pt}td,th{padding-right:.6rem}.n{white-space:normal}tr,figure,.tile,.text,.columns>div{break-inside:avoid}
.text{border-color:#bbb}a{color:inherit}}
"""

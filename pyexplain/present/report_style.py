"""How a report looks: light, dark, narrow and on paper. Nothing is loaded from elsewhere."""

STYLE = """
:root{color-scheme:light dark;--ink:#16181d;--muted:#565d6b;--paper:#fff;--soft:#f3f5f8;--line:#d5dae2;--own:#1d4ed8;
  --up:#11643a;--down:#9b2c1f}
@media (prefers-color-scheme:dark){:root{--ink:#e8eaee;--muted:#a5adba;--paper:#14161a;--soft:#1e2127;--line:#3a404b;
  --own:#8ab4ff;--up:#7ddba3;--down:#ff9c8c}}*{box-sizing:border-box}
body{font:16px/1.55 system-ui,sans-serif;margin:0;color:var(--ink);background:var(--paper);overflow-wrap:break-word}
header,main,footer{max-width:66rem;margin:0 auto;padding:0 1rem}header{padding-top:1.5rem}
h1{font-size:1.7rem;line-height:1.2;margin:.2rem 0}
h2{font-size:1.3rem;margin:2.4rem 0 .6rem;border-top:1px solid var(--line);padding-top:1rem}
h3{font-size:1.05rem;margin:1.4rem 0 .3rem}h4{margin:1rem 0 .2rem}p{max-width:44rem}
.lead{font-size:1.15rem;font-weight:600}.muted{color:var(--muted)}
nav ul{display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;list-style:none;padding:0;margin:1rem 0}
a{color:var(--own)}.scroll{overflow-x:auto;max-width:100%;margin:.4rem 0 1.2rem}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600;padding:.3rem 0}
th,td{padding:.28rem .8rem .28rem 0;text-align:right;white-space:nowrap;font-weight:400}
th:first-child,td:first-child{text-align:left}thead th{border-bottom:2px solid var(--ink);font-weight:600}
tr.control,tr.attribution{color:var(--muted)}td.best{font-weight:700}
table.facts th,table.facts td{text-align:left;white-space:normal;vertical-align:top}
.cards{display:flex;flex-wrap:wrap;gap:.8rem;padding:0;list-style:none}
.cards li{background:var(--soft);border-radius:.5rem;padding:.7rem 1rem;flex:1 1 14rem}
.cards b{display:block;font-size:1.35rem}
article{background:var(--soft);border-radius:.5rem;padding:.2rem 1rem .8rem;margin:.8rem 0}
q{font-style:italic}details summary{cursor:pointer}dl{max-width:48rem}dt{font-weight:600;margin-top:.5rem}
dd{margin:0 0 0 1rem}code,pre{font:.9em ui-monospace,monospace}
pre{background:var(--soft);padding:.7rem;overflow-x:auto}
svg{font:12px system-ui,sans-serif;display:block;max-width:100%;height:auto}
svg text{fill:var(--ink)}svg text.muted{fill:var(--muted)}svg .own{fill:var(--own);stroke:var(--own)}
svg .ctl{fill:var(--paper);stroke:var(--muted);stroke-width:1.5}svg .span{stroke-width:2.5;fill:none}
svg .line{fill:none;stroke-width:2}svg .ctl.line{stroke-dasharray:4 3}svg .grid{stroke:var(--line);fill:none}
.skip{position:absolute;left:-999rem}.skip:focus{left:1rem;top:.5rem;background:var(--paper);padding:.3rem}
@media print{:root{--ink:#000;--paper:#fff;--soft:#fff;--line:#999;--muted:#333;--own:#1d4ed8}nav,.skip{display:none}
  main{max-width:none}.scroll{overflow:visible}article,table,svg{break-inside:avoid}h2,h3{break-after:avoid}
  details:not([open])>*:not(summary){display:block}}
"""

/** How the page of a report looks, in light and in dark, on a screen and on paper. */
export const REPORT_STYLE = `
:root{color-scheme:light dark;--text:#1d2433;--soft:#5b6477;--line:#d9dde5;--page:#fff;--part:#f6f7f9;--good:#0b6e4f;--bad:#b3261e;--new:#1f5fbf}
@media (prefers-color-scheme:dark){:root{--text:#e6e9ef;--soft:#a3abbb;--line:#3a4150;--page:#14171d;--part:#1d222b;--good:#5fd3a8;--bad:#ff8a80;--new:#7fb0ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.5 system-ui,sans-serif}
main{max-width:52rem;margin:0 auto;padding:2rem 1rem}
header{border-left:.4rem solid var(--soft);padding-left:1rem}
header.gain{border-color:var(--good)}
header.regression{border-color:var(--bad)}
h1{margin:0;font-size:1.7rem}
h2{margin:2.5rem 0 .5rem;font-size:1.25rem;border-bottom:1px solid var(--line)}
h3{margin:1.5rem 0 .25rem;font-size:1rem;overflow-wrap:anywhere}
.run,.place,figcaption{color:var(--soft);font-size:.875rem}
.place{margin:0 0 .25rem}
table{width:100%;border-collapse:collapse;font-size:.9rem}
th,td{padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;overflow-wrap:anywhere}
th[scope=row]{width:13rem;font-weight:500;color:var(--soft)}
pre{margin:0;padding:.75rem;background:var(--part);overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere;font:13px/1.45 ui-monospace,monospace}
.diff .added{color:var(--good)}.diff .removed{color:var(--bad)}.diff .place{color:var(--soft)}
details{border-bottom:1px solid var(--line);padding:.4rem 0}
summary{cursor:pointer;overflow-wrap:anywhere}
dl{margin:.5rem 0}dt{color:var(--soft);font-size:.875rem}dd{margin:0 0 .5rem}
figure{margin:1rem 0}
svg{width:100%;height:auto;display:block}
svg .grid{stroke:var(--line)}svg .label{fill:var(--soft);font:11px system-ui,sans-serif}
svg .line{fill:none;stroke:var(--new);stroke-width:2}
svg line{stroke:var(--soft)}svg .interval{stroke:var(--new);stroke-width:3}svg .effect{fill:var(--new)}
svg .least line{stroke-dasharray:3 3}
svg .better line,svg .better circle{stroke:var(--good)}svg .better .after{fill:var(--good)}
svg .worse line,svg .worse circle{stroke:var(--bad)}svg .worse .after{fill:var(--bad)}
svg .same circle{stroke:var(--soft)}svg .before{fill:var(--page)}svg .same .after{fill:var(--soft)}
@media print{details{display:block}pre{white-space:pre-wrap}}
`

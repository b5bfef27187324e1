import type { ReportedCase, ReportedPrompt, RunReport } from '../run/run-report.js'
import { casesChart, effectChart, progressChart } from './charts.js'
import type { ReportOptions } from './markdown-report.js'
import { html, type Content, type Markup } from './markup.js'
import { REPORT_STYLE } from './report-style.js'
import {
  promptDiff,
  proofFacts,
  proofText,
  searchFacts,
  settingFacts,
  spendFacts,
  verdictText,
  type Fact,
  type PromptHistory,
} from './report-facts.js'

/**
 * The report of a run as one page of HTML: it needs no network, no script and no other file. Whatever a workflow, a case
 * or a model has written is text in it.
 */
export function htmlReport(report: RunReport, { histories = [] }: ReportOptions = {}): string {
  const title = `${verdictText(report)}: ${report.run}`
  const page = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta
        http-equiv="Content-Security-Policy"
        content="default-src 'none'; style-src 'unsafe-inline'"
      />
      <title>${title}</title>
    </head>
  </html>`
  const body = html`<body><main><header class="${report.verdict}"><h1>${verdictText(report)}</h1><p>${proofText(report)}</p><p class="run">Run ${report.run}</p></header>
${proofSection(report)}
${section('Search', [figure(progressChart(report), 'The best score on the validation set'), table(searchFacts(report))])}
${section('What ran', table(settingFacts(report)))}
${section('Spent', table(spendFacts(report)))}
${section('Prompts', report.prompts.map(promptPart))}
${section('Cases that got better', report.wins.map(casePart))}
${section('Cases that got worse', report.losses.map(casePart))}
${section('Histories', histories.map(historyPart))}
${section(
  'Notes',
  report.notes.length === 0
    ? []
    : html`<ul>
        ${report.notes.map((note) => html`<li>${note}</li>`)}
      </ul>`,
)}
</main></body></html>
`
  // The style is a constant of this package, and has nothing to escape.
  return `<!doctype html>\n${page.markup}<style>${REPORT_STYLE}</style></head>${body.markup}`
}

function proofSection({ proof, ...report }: RunReport): Content {
  if (proof === null) return undefined
  return section('Held-out test', [
    figure(effectChart(proof), 'The mean difference with its interval'),
    figure(
      casesChart(proof),
      'Each held-out case: hollow with the present texts, filled with the new ones',
    ),
    table(proofFacts({ proof, ...report })),
  ])
}

function section(title: string, content: Content): Content {
  const isEmpty = content === undefined || (Array.isArray(content) && content.length === 0)
  return isEmpty
    ? undefined
    : html`<section>
        <h2>${title}</h2>
        ${content}
      </section>`
}

function figure(chart: Markup | undefined, caption: string): Content {
  return chart === undefined
    ? undefined
    : html`<figure>
        ${chart}
        <figcaption>${caption}</figcaption>
      </figure>`
}

function table(facts: readonly Fact[]): Content {
  if (facts.length === 0) return undefined
  return html`<table>
    ${facts.map(
      ([name, value]) =>
        html`<tr>
          <th scope="row">${name}</th>
          <td>${value}</td>
        </tr>`,
    )}
  </table>`
}

const KINDS: Readonly<Record<string, string>> = { '-': 'removed', '+': 'added', '@': 'place' }

function promptPart(prompt: ReportedPrompt): Markup {
  const { prompt_id: id, node_title: node, line, changed } = prompt
  const place = html`<p class="place">Line ${line}${node === null ? '' : `, ${node}`}</p>`
  if (!changed)
    return html`<h3>${id}</h3>
      ${place}
      <p>Unchanged.</p>`
  const lines = promptDiff(prompt).map(
    // The line end is a value: formatters take that of a template for layout.
    (each) => html`<span class="${KINDS[each.charAt(0)] ?? 'same'}">${`${each}\n`}</span>`,
  )
  return html`<h3>${id}</h3>
    ${place}
    <pre class="diff">${lines}</pre>`
}

function casePart({ case_id: id, inputs, expected, baseline, winner }: ReportedCase): Markup {
  const json = (value: unknown): string => JSON.stringify(value, undefined, 2)
  return html`<details>
    <summary>${id}: ${baseline.score.toFixed(3)} → ${winner.score.toFixed(3)}</summary>
    <dl>
      <dt>Inputs</dt>
      <dd><pre>${json(inputs)}</pre></dd>
      <dt>Expected</dt>
      <dd><pre>${json(expected)}</pre></dd>
      <dt>With the present texts</dt>
      <dd><pre>${json(baseline)}</pre></dd>
      <dt>With the new texts</dt>
      <dd><pre>${json(winner)}</pre></dd>
    </dl>
  </details>`
}

function historyPart({ prompt_id: id, versions }: PromptHistory): Markup {
  const rows = versions.map(
    ({ version, created_at: created, labels, author, message }) =>
      html`<tr>
        <td>${version}</td>
        <td>${created}</td>
        <td>${labels.join(', ')}</td>
        <td>${author ?? ''}</td>
        <td>${message ?? ''}</td>
      </tr>`,
  )
  return html`<h3>${id}</h3>
    <table>
      <thead>
        <tr>
          <th>Version</th>
          <th>Created</th>
          <th>Labels</th>
          <th>Author</th>
          <th>Message</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>`
}

import { nameOf } from './plan.mjs'

const COUNTED = ['cases', 'absorbed', 'refused', 'unknown']

/** Outcomes, added up by fault, by call and by scenario. */
export class Totals {
  sum = empty()
  /** @type {Map<string, Map<string, ReturnType<typeof empty>>>} fault, then scenario */
  faults = new Map()
  /** @type {Map<string, Map<string, ReturnType<typeof empty>>>} call, then scenario */
  calls = new Map()
  /** @type {Set<string>} */
  scenarios = new Set()

  add({ scenario, call, fault }, result) {
    this.scenarios.add(scenario)
    for (const counts of [
      this.sum,
      cell(this.faults, nameOf(fault), scenario),
      cell(this.calls, call, scenario),
    ]) {
      for (const name of COUNTED) counts[name] += result[name]
      counts.violations += result.violations.length
    }
  }

  byScenario() {
    const rows = [...this.scenarios].map((scenario) => {
      const counts = [...this.faults.values()].map((row) => row.get(scenario) ?? empty())
      return [scenario, ...COUNTED.map((name) => String(total(counts, name)))]
    })
    return [['scenario', ...COUNTED], ...rows]
      .map(([first = '', ...rest]) => first.padEnd(16) + rest.map((n) => n.padStart(10)).join(''))
      .join('\n')
  }
}

/** Two tables: each cell says how often the fault was absorbed / refused / answered with an unknown outcome. */
export function markdownOf(totals) {
  return [tableOf('Fault', totals.faults, totals), tableOf('Call', totals.calls, totals)].join('\n')
}

function tableOf(title, rows, { scenarios }) {
  const columns = [...scenarios]
  const lines = [...rows].map(([name, row]) => [
    `\`${name}\``,
    ...columns.map((scenario) => shown(row.get(scenario))),
  ])
  const rule = ['', ...columns].map(() => '---')
  return `${[[title, ...columns], rule, ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n')}\n`
}

function shown(counts) {
  if (counts === undefined || counts.cases === 0) return ''
  const { absorbed, refused, unknown, violations } = counts
  return `${absorbed}/${refused}/${unknown}${violations > 0 ? ` **${violations}!**` : ''}`
}

function cell(table, row, column) {
  const cells = table.get(row) ?? new Map()
  table.set(row, cells)
  const counts = cells.get(column) ?? empty()
  cells.set(column, counts)
  return counts
}

function empty() {
  return { cases: 0, absorbed: 0, refused: 0, unknown: 0, violations: 0 }
}

function total(counts, name) {
  return counts.reduce((sum, each) => sum + each[name], 0)
}

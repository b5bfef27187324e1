// The tables of docs/optimizer-search.md, from what was recorded.

/** @param recorded what search-figures.mjs --record has kept */
export function tablesOf({ date, node, seeds, cells, comparisons }) {
  const flat = cells.filter(({ family }) => family === 'flat')
  const others = cells.filter(({ family }) => family !== 'flat')
  return `${date}, Node ${node.slice(1)}, ${seeds} seeds for each row.

Regret is how far the true score of the result is below that of the best texts, from 0 to 1. A tenth of the seeds has at least the regret of the column "worst tenth". Calls are runs and proposals until the best candidate has 90 % of what can be gained; "-" where less than half of the searches get there.

${table(
  ['family', 'algorithm', 'mean regret', 'median', 'worst tenth', 'calls to 90 %', 'get there'],
  others.map((cell) => [
    cell.family,
    cell.algorithm,
    three(cell.regret_mean),
    three(cell.regret_median),
    three(cell.regret_worst_tenth),
    cell.calls_to_90_percent ?? '-',
    percent(cell.reached_90_percent),
  ]),
)}

How often a gain is claimed on the flat family, where no text is better than another, so that every claim is false: because the winner has a higher score on the validation set; because a permutation test on the validation set says so; and because the test on the held-out set says so, which is what \`prove\` does.

${table(
  ['algorithm', 'higher score', 'test on the validation set', 'test on the held-out set'],
  flat.map(({ algorithm, claims }) => [
    algorithm,
    percent(claims.higher),
    percent(claims.validation),
    percent(claims.held_out),
  ]),
)}

How much lower the regret of reflective search is than that of another algorithm, on the families with several prompts: the mean over the seeds, with an interval of 95 %.

${table(
  ['family', 'against', 'lower by', 'interval'],
  comparisons.map(({ family, against, better_by: by, low, high }) => [
    family,
    against,
    three(by),
    low === null || high === null ? 'too few seeds' : `${three(low)} to ${three(high)}`,
  ]),
)}
`
}

function table(head, rows) {
  const all = [head, ...rows].map((row) => row.map(String))
  const widths = head.map((_, at) => Math.max(...all.map((row) => row[at].length)))
  const line = (row) => `| ${row.map((cell, at) => cell.padEnd(widths[at])).join(' | ')} |`
  const [first, ...rest] = all
  return [
    line(first),
    `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`,
    ...rest.map(line),
  ].join('\n')
}

function three(value) {
  return value.toFixed(3)
}

function percent(share) {
  return `${(share * 100).toFixed(1)} %`
}

// The record of `node bench/backends.mjs` as a section of docs/choosing-a-backend.md.
import { machineLine, table } from '../record.mjs'

const LINES = {
  save_1: 'save, one at a time',
  save_64: 'save, 64 callers',
  save_64_together: '64 saves as one',
  cached_1: 'get, in memory',
  uncached_1: 'get, not in memory',
  uncached_64: 'get, not in memory, 64 callers',
  list: 'list 50 of 1,000, not in memory',
  latest: 'latest of 1,000, not in memory',
  label: 'move a label',
  migrate: 'migrate from memory, versions',
}

/** @param parts what backends.mjs has recorded */
export function backendsSection(parts) {
  const names = Object.keys(parts)
  if (names.length === 0) return 'Not measured.'
  const rates = table(
    ['calls a second', ...names],
    [
      ['acknowledged means', ...names.map((name) => parts[name].means)],
      ...Object.entries(LINES).map(([line, title]) => [
        title,
        ...names.map((name) => count(parts[name].rows[line]?.per_second)),
      ]),
    ],
  )
  const compared = names.filter((name) =>
    Object.values(parts[name].rows).some(({ bare_per_second: bare }) => bare !== undefined),
  )
  const ratios = table(
    ['time of Holdfast / of the bare driver', ...compared],
    Object.entries(LINES)
      .map(([line, title]) => [title, ...compared.map((name) => ratio(parts[name].rows[line]))])
      .filter(([, ...cells]) => cells.some((cell) => cell !== '')),
  )
  const lines = names.map((name) => `- ${name}: ${machineLine(parts[name])}`).join('\n')
  return [rates, ratios, lines].join('\n\n')
}

function count(value) {
  return value === undefined ? '' : value.toLocaleString('en')
}

function ratio(row) {
  const { per_second: own, bare_per_second: bare } = row ?? {}
  return bare === undefined ? '' : (bare / own).toFixed(2)
}

import type { TopSample } from './top-samples.js'

const BARS = '▁▂▃▄▅▆▇█'
const WIDTH_MAX = 80
const NAME_WIDTH = 16
const HISTORY_MAX = WIDTH_MAX - NAME_WIDTH

/** A frame of `holdfast top`: lines of at most 80 columns. The last sample is the present; those before are a curve. */
export function topFrame(samples: readonly TopSample[]): readonly string[] {
  const now = samples.at(-1)
  if (now === undefined) return []
  const rates = samples.flatMap(({ commits_per_second: rate }) => (rate === null ? [] : [rate]))
  const rows: readonly (readonly [name: string, value: string])[] = [
    ['store', `${now.storage_dir} (${now.state})`],
    ['content', `${now.prompts} prompts, ${now.versions} versions`],
    ['open in', `${now.processes} processes`],
    ['commits', perSecond(now.commits_per_second)],
    ['', curve(rates)],
    ['versions', perSecond(now.versions_per_second)],
    ['read', `p50 ${milliseconds(now.read_p50_ms)}, p99 ${milliseconds(now.read_p99_ms)}`],
    ['hit rate', now.hit_rate === null ? 'no reads yet' : `${(100 * now.hit_rate).toFixed(1)} %`],
    ['journal', `${(now.journal_bytes / 1024 / 1024).toFixed(1)} MiB`],
    ['space', `${now.free_mb} MB free, ${now.used_percent} % used`],
    ['problems', now.problems === 0 ? 'none' : `${now.problems}: holdfast doctor explains them`],
  ]
  const title = `holdfast top  ${now.time}`
  return [title, '', ...rows.map(([name, value]) => fit(`${name.padEnd(NAME_WIDTH)}${value}`))]
}

/** The same on one line, for logs and pipes. */
export function topLine(sample: TopSample): string {
  const { time, commits_per_second, versions, read_p50_ms, read_p99_ms, hit_rate } = sample
  const facts = {
    versions,
    commits_per_second,
    read_p50_ms,
    read_p99_ms,
    hit_rate,
    journal_bytes: sample.journal_bytes,
    free_mb: sample.free_mb,
    problems: sample.problems,
  }
  const words = Object.entries(facts).map(([name, value]) => `${name}=${value ?? '-'}`)
  return [time, ...words].join(' ')
}

function perSecond(rate: number | null): string {
  return rate === null ? 'measuring' : `${rate.toFixed(1)} per second`
}

function milliseconds(duration: number | null): string {
  return duration === null ? '-' : `${duration.toFixed(2)} ms`
}

/** One bar for each rate; the highest one is full. */
function curve(rates: readonly number[]): string {
  const shown = rates.slice(-HISTORY_MAX)
  const most = shown.reduce((max, rate) => Math.max(max, rate), 0)
  return shown
    .map((rate) => BARS[most === 0 ? 0 : Math.round((rate / most) * (BARS.length - 1))] ?? '')
    .join('')
}

function fit(line: string): string {
  return line.length <= WIDTH_MAX ? line.trimEnd() : `${line.slice(0, WIDTH_MAX - 1)}…`
}

// Records of benches that are made part by part, and the sections of documents that are written from them.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { arch, cpus, loadavg, platform, release } from 'node:os'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'

/** A file in bench/results. */
export class BenchRecord {
  #file

  /** @param {string} name of the file, such as `registry.json` */
  constructor(name) {
    this.#file = pathOf(`results/${name}`)
  }

  /** Measures a part, prints it, and writes it in place of what was measured before; the other parts stay. */
  async measure(name, work) {
    const about = { at: new Date().toISOString(), load: load(), machine: machine() }
    const part = { ...about, ...(await work()) }
    console.log(JSON.stringify({ [name]: part }))
    const parts = { ...this.parts, [name]: part }
    writeFileSync(this.#file, `${JSON.stringify(parts, undefined, 1)}\n`)
  }

  get parts() {
    return existsSync(this.#file) ? JSON.parse(readFileSync(this.#file, 'utf8')) : {}
  }

  /** Writes a section between the marks of a document. */
  async writeSection(document, mark, section) {
    const file = pathOf(`../docs/${document}`)
    const text = readFileSync(file, 'utf8')
    const [begin, end] = [`<!-- bench:${mark} -->`, `<!-- /bench:${mark} -->`]
    const [from, to] = [text.indexOf(begin), text.indexOf(end)]
    if (from < 0 || to < from) throw new Error(`Expected '${begin}' and then '${end}' in ${file}`)
    const before = text.slice(0, from + begin.length)
    const replaced = `${before}\n\n${section(this.parts)}\n\n${text.slice(to)}`
    const config = await resolveConfig(file)
    writeFileSync(file, await format(replaced, { ...config, filepath: file }))
  }
}

/** The parts that the command line names; all of them if it names none. `--tables`: none, only the documents. */
export function namedParts(all) {
  const named = process.argv.slice(2).filter((argument) => argument !== '--tables')
  for (const name of named)
    if (!all.includes(name)) throw new TypeError(`Expected one of ${all.join(', ')}, got '${name}'`)
  if (process.argv.includes('--tables')) return []
  return named.length > 0 ? named : all
}

/** What was measured when, and on what. */
export function machineLine({ at, load: before, machine: { cpu, cpus: count, system, node } }) {
  const isBusy = before > count / 2
  const warning = isBusy ? ' Other work ran beside it: all times and delays are too long.' : ''
  return `${at.slice(0, 10)}, ${count} x ${cpu}, ${system}, Node ${node.slice(1)}; load before it ${before}.${warning}`
}

export function table(heads, rows) {
  const rule = heads.map((_, column) => (column === 0 ? '---' : '---:'))
  return [heads, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function pathOf(file) {
  return fileURLToPath(new URL(file, import.meta.url))
}

function load() {
  return Math.round(loadavg()[0] * 10) / 10
}

function machine() {
  const [{ model }] = cpus()
  const system = `${platform()} ${release()} ${arch()}`
  return { cpu: model.trim(), cpus: cpus().length, system, node: process.version }
}

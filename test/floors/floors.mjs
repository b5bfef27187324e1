// `node test/floors/floors.mjs RAW REPORT...`: how much of each room of src/ tests have run, in their own process and in
// those that they have started. RAW was NODE_V8_COVERAGE to them; each REPORT is a directory that Vitest's --coverage has
// written to. Fails below a floor.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import coverage from 'istanbul-lib-coverage'
import { childLines } from './child-lines.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Percent of the lines. The command's own share runs as the bundled command, which is not counted. */
const FLOORS = {
  adapters: 95,
  base: 95,
  buckets: 95,
  cli: 85,
  client: 95,
  config: 95,
  dify: 95,
  disk: 95,
  document: 95,
  engine: 95,
  files: 95,
  format: 95,
  interchange: 95,
  locks: 95,
  mcp: 95,
  migration: 95,
  objects: 95,
  optimizer: 95,
  postgres: 95,
  sqlite: 95,
  testing: 95,
  versions: 95,
  wire: 95,
}

const [raw, ...reports] = process.argv.slice(2)
if (reports.length === 0) throw new Error('Usage: node test/floors/floors.mjs RAW REPORT...')
const maps = mkdtempSync(join(tmpdir(), 'holdfast-coverage-'))
try {
  compile()
  const rooms = countRooms(await childLines({ raw, dist: join(ROOT, 'dist'), maps }))
  report(rooms)
} finally {
  rmSync(maps, { recursive: true, force: true })
}

/** As dist/ was compiled, but with source maps. */
function compile() {
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  const argv = [compiler, '-p', 'tsconfig.json', '--sourceMap', '--outDir', maps]
  const { status } = spawnSync(process.execPath, argv, { cwd: ROOT, stdio: ['ignore', 2, 2] })
  if (status !== 0) throw new Error(`The compiler ended with ${status}`)
}

function countRooms(children) {
  const own = coverage.createCoverageMap()
  for (const directory of reports)
    own.merge(JSON.parse(readFileSync(join(directory, 'coverage-final.json'), 'utf8')))
  const rooms = new Map()
  for (const file of own.files()) {
    const [top, name] = relative(join(ROOT, 'src'), file).split(sep)
    if (top === '..' || name === undefined) continue
    const room = rooms.get(top) ?? { lines: 0, covered: 0, files: [] }
    rooms.set(top, room)
    const elsewhere = children.get(file) ?? {}
    const hits = Object.entries(own.fileCoverageFor(file).getLineCoverage())
    const missed = hits.filter(([line, hit]) => hit === 0 && !(elsewhere[line] > 0))
    room.lines += hits.length
    room.covered += hits.length - missed.length
    if (missed.length > 0)
      room.files.push({ file: relative(ROOT, file), missed: missed.map(([line]) => line) })
  }
  return rooms
}

function report(rooms) {
  const below = []
  for (const room of Object.keys(FLOORS).filter((name) => !rooms.has(name)))
    below.push(`${room}: no file of it`)
  for (const [room, { lines, covered, files }] of [...rooms].toSorted(([a], [b]) =>
    a.localeCompare(b),
  )) {
    // A room that is a table of contents has no lines.
    const percent = lines === 0 ? 100 : (100 * covered) / lines
    console.log(`${room.padEnd(10)} ${percent.toFixed(1).padStart(5)} % of ${lines} lines`)
    if (!(room in FLOORS)) below.push(`${room} has no floor`)
    if (!(percent < FLOORS[room])) continue
    below.push(`${room} is below ${FLOORS[room]} %`)
    for (const { file, missed } of files) console.log(`  ${file}: ${missed.join(' ')}`)
  }
  if (below.length === 0) return
  console.error(below.join('\n'))
  process.exitCode = 1
}

// Which lines of src/ the processes ran that tests have started. Each leaves, by NODE_V8_COVERAGE, what it ran of dist/.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { mergeProcessCovs } from '@bcoe/v8-coverage'
import { convert } from 'ast-v8-to-istanbul'
import coverage from 'istanbul-lib-coverage'
import { parseAstAsync } from 'vite'

const { createCoverageMap } = coverage
const BATCH = 50

/**
 * @param raw the directory that processes have written to
 * @param dist the compiled package that they ran
 * @param maps the same package, compiled with source maps
 * @returns hits by line, by path of the source
 */
export async function childLines({ raw, dist, maps }) {
  const prefix = pathToFileURL(join(dist, '/')).href
  let merged = { result: [] }
  // Some at a time: each is a megabyte or two, and there are thousands.
  for (let names = readdirSync(raw); names.length > 0; names = names.slice(BATCH)) {
    const reports = names.slice(0, BATCH).map((name) => readReport(join(raw, name), prefix))
    merged = mergeProcessCovs([merged, ...reports])
  }
  const map = createCoverageMap()
  for (const { url, functions } of merged.result) {
    const place = fileURLToPath(url).slice(dist.length)
    const code = readFileSync(join(dist, place), 'utf8')
    const sourceMap = JSON.parse(readFileSync(`${join(maps, place)}.map`, 'utf8'))
    const compiled = pathToFileURL(join(maps, place)).href
    sourceMap.sources = sourceMap.sources.map((source) => fileURLToPath(new URL(source, compiled)))
    const ast = await parseAstAsync(code)
    map.merge(await convert({ code, ast, sourceMap, coverage: { url, functions } }))
  }
  return new Map(map.files().map((file) => [file, map.fileCoverageFor(file).getLineCoverage()]))
}

/** What a process ran of the package. One that was killed while it wrote leaves a part, which counts for nothing. */
function readReport(path, prefix) {
  try {
    const { result } = JSON.parse(readFileSync(path, 'utf8'))
    const scripts = result.map((script) => ({ ...script, url: script.url.replace(/[?#].*$/, '') }))
    return { result: scripts.filter(({ url }) => url.startsWith(prefix) && !isBundled(url)) }
  } catch (error) {
    if (error instanceof SyntaxError) return { result: [] }
    throw error
  }
}

function isBundled(url) {
  return url.includes('/dist/bundled/')
}

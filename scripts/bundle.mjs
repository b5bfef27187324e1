// Bundles what has dependencies that users of the library need not install: the command, the server for agents, the
// import of workflows, and the formats of other programs.
// Only these parts and those dependencies go in; the rest of dist/ is imported, so that there is one copy of it.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('../', import.meta.url))
const dist = join(root, 'dist')
const output = join(dist, 'bundled')
const parts = ['cli', 'server', 'mcp', 'dify', 'optimizer', 'interchange', 'client', 'wire'].map(
  (name) => join(dist, name) + sep,
)
const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** Their package.json names the licence; each was looked at. */
const WITHOUT_TEXT = ['abstract-logging']

const bundle = await rolldown({
  input: {
    holdfast: join(dist, 'cli/main.js'),
    optimizer: join(dist, 'optimizer/index.js'),
    interchange: join(dist, 'interchange/index.js'),
    client: join(dist, 'client/index.js'),
  },
  platform: 'node',
  external: isDependency,
  onLog: refuseUnresolved,
  plugins: [{ name: 'library', resolveId: libraryOf }],
})
const { output: chunks } = await bundle.generate({
  format: 'esm',
  chunkFileNames: '[name]-[hash].js',
  comments: { legal: false },
})
await bundle.close()

const web = await webClient()
const files = new Map([...chunks, ...web].map(({ fileName, code }) => [fileName, code]))
const modules = [...chunks, ...web].flatMap(({ moduleIds }) => moduleIds)
files.set('THIRD-PARTY-LICENSES.txt', licences(modules))
write(files)

/** Left as an import, what is not installed would be missing for users only. */
function refuseUnresolved(level, log, handle) {
  if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message)
  handle(level, log)
}

/** The client for runtimes without Node: everything of dist/ that it needs is in it, over the web platform alone. */
async function webClient() {
  const standIn = join(root, 'scripts/browser/node.mjs')
  const client = await rolldown({
    input: { 'client-web': join(dist, 'client/index.js') },
    platform: 'browser',
    external: isDependency,
    onLog: refuseUnresolved,
    transform: { inject: { Buffer: [standIn, 'Buffer'] } },
    plugins: [
      {
        name: 'web',
        resolveId: (id) => (id.startsWith('node:') ? standIn : null),
        // Not every browser has it.
        transform: (code) =>
          code.replaceAll('Error.captureStackTrace(', 'Error.captureStackTrace?.('),
      },
    ],
  })
  const made = await client.generate({
    format: 'esm',
    codeSplitting: false,
    comments: { legal: false },
  })
  await client.close()
  return made.output
}

function isDependency(id) {
  return Object.keys(dependencies).some((name) => id === name || id.startsWith(`${name}/`))
}

/** A module of dist/ that is no part of the bundle stays where it is. */
function libraryOf(id, importer) {
  if (!id.startsWith('.') || importer === undefined) return null
  const path = resolve(dirname(importer), id)
  if (!path.startsWith(dist + sep) || parts.some((part) => path.startsWith(part))) return null
  return { id: `../${relative(dist, path).replaceAll(sep, '/')}`, external: true }
}

function licences(modules) {
  const packages = new Map(
    modules
      .map(packageOf)
      .filter(Boolean)
      .map((each) => [each.name, each]),
  )
  return [...packages.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, version, license, author, directory }) => {
      const file = readdirSync(directory).find((each) => /^licen[cs]e/i.test(each))
      if (file === undefined && !WITHOUT_TEXT.includes(name))
        throw new Error(`${name} has no licence text`)
      const text =
        file === undefined
          ? `The package has no text of its licence. Its author: ${author?.name ?? author}`
          : readFileSync(join(directory, file), 'utf8').trim()
      return `${name} ${version} (${license})\n\n${text}\n`
    })
    .join(`\n${'-'.repeat(80)}\n\n`)
}

function packageOf(module) {
  const path = module.replace(/^\0/, '').split('?')[0]
  if (!path.includes(`${sep}node_modules${sep}`)) return undefined
  let directory = dirname(path)
  // Directories of a package may have a package.json of their own, without a name.
  for (;;) {
    const file = join(directory, 'package.json')
    const manifest = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
    if (manifest.name && manifest.version) return { ...manifest, directory }
    directory = dirname(directory)
  }
}

/** Tests may be running the files that are there: each is replaced as a whole, and only where it changes. */
function write(wanted) {
  mkdirSync(output, { recursive: true })
  for (const [name, text] of wanted) {
    const path = join(output, name)
    if (existsSync(path) && readFileSync(path, 'utf8') === text) continue
    const fresh = `${path}.${process.pid}`
    writeFileSync(fresh, text, { mode: name === 'holdfast.js' ? 0o755 : 0o644 })
    renameSync(fresh, path)
  }
  for (const name of readdirSync(output)) if (!wanted.has(name)) rmSync(join(output, name))
}

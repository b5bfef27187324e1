// Writes the bill of materials of what users get, as CycloneDX, to standard output: what the package depends on, and
// what is bundled into it.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const read = (file) => readFileSync(`${root}${file}`, 'utf8')

const { dependencies } = JSON.parse(read('package.json'))
const licences = read('dist/bundled/THIRD-PARTY-LICENSES.txt')
const bundled = [...licences.matchAll(/^(\S+) (\d+\.\d+\.\d+) \([^)]+\)$/gm)]
const parts = new Set([
  ...Object.entries(dependencies).map(([name, version]) => `${name}@${version}`),
  ...bundled.map(([, name, version]) => `${name}@${version}`),
])

const all = JSON.parse(
  execFileSync('npm', ['sbom', '--sbom-format=cyclonedx', '--package-lock-only'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  }),
)
const nameOf = ({ group, name, version }) => `${group ? `${group}/` : ''}${name}@${version}`
const components = all.components.filter((component) => parts.has(nameOf(component)))
const missing = [...parts].filter((part) => !components.some((one) => nameOf(one) === part))
if (missing.length > 0) throw new Error(`Not in the lockfile: ${missing.join(', ')}`)
const kept = new Set([all.metadata.component, ...components].map((one) => one['bom-ref']))
const links = all.dependencies
  .filter(({ ref }) => kept.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((one) => kept.has(one)) }))
process.stdout.write(
  `${JSON.stringify({ ...all, components, dependencies: links }, undefined, 2)}\n`,
)

import { existsSync } from 'node:fs'
import Module from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The binaries that the package may have. Each is written out in the form that webpack, ncc, Turbopack and the file
 * tracer (@vercel/nft) follow: they copy it to their output and put its new path here.
 */
const BINARIES: Readonly<Record<string, () => URL>> = {
  'linux-x64/holdfast.glibc.node': () =>
    new URL('../../../prebuilds/linux-x64/holdfast.glibc.node', import.meta.url),
  'linux-x64/holdfast.musl.node': () =>
    new URL('../../../prebuilds/linux-x64/holdfast.musl.node', import.meta.url),
  'linux-arm64/holdfast.glibc.node': () =>
    new URL('../../../prebuilds/linux-arm64/holdfast.glibc.node', import.meta.url),
  'linux-arm64/holdfast.musl.node': () =>
    new URL('../../../prebuilds/linux-arm64/holdfast.musl.node', import.meta.url),
  'darwin-x64/holdfast.node': () =>
    new URL('../../../prebuilds/darwin-x64/holdfast.node', import.meta.url),
  'darwin-arm64/holdfast.node': () =>
    new URL('../../../prebuilds/darwin-arm64/holdfast.node', import.meta.url),
  'win32-x64/holdfast.node': () =>
    new URL('../../../prebuilds/win32-x64/holdfast.node', import.meta.url),
  'win32-arm64/holdfast.node': () =>
    new URL('../../../prebuilds/win32-arm64/holdfast.node', import.meta.url),
}

/** Only CommonJS has it. The output of a bundler may be CommonJS, and then `import.meta.url` may be empty. */
declare const __filename: string | undefined

/**
 * The path of the binary for this system.
 * @throws Error that says what was looked for, and where
 */
export function findBinary(): string {
  const local = localBuild()
  if (local !== undefined) return local
  const name = binaryName()
  const shipped = BINARIES[name]
  if (shipped === undefined)
    throw new Error(`The package has no binary for this system (prebuilds/${name})`)
  const places = [() => fileURLToPath(shipped()), () => beside(name), () => installed(name)]
  const tried: string[] = []
  for (const place of places) {
    const path = answerOf(place)
    if (path === undefined || tried.includes(path)) continue
    if (existsSync(path)) return path
    tried.push(path)
  }
  throw new Error(
    `No file ${[...tried, 'prebuilds/' + name].slice(0, Math.max(1, tried.length)).join(', nor ')}. ` +
      'A bundler has to copy it or to leave the package out of the bundle: see docs/bundlers.md',
  )
}

/** A developer's build comes first. The published package has no binding.gyp. */
function localBuild(): string | undefined {
  const file = thisFile()
  if (file === undefined) return undefined
  // Above this file, and above the package's own bundles.
  const roots = ['../../..', '../..'].map((above) => join(dirname(file), above))
  const root = roots.find((each) => existsSync(join(each, 'binding.gyp')))
  const path = root && join(root, 'build', 'Release', 'holdfast.node')
  return path !== undefined && existsSync(path) ? path : undefined
}

/** Where `prebuilds` was copied beside a bundler's output. */
function beside(name: string): string | undefined {
  const file = thisFile()
  return file && join(dirname(file), 'prebuilds', ...name.split('/'))
}

/** Where a bundler's output runs while the package is installed. */
function installed(name: string): string | undefined {
  const file = thisFile()
  if (file === undefined) return undefined
  const manifest = Module.createRequire(file).resolve('holdfast/package.json')
  return join(dirname(manifest), 'prebuilds', ...name.split('/'))
}

/** This file, or the output that a bundler has put it into. */
function thisFile(): string | undefined {
  const url = import.meta.url as string | undefined
  if (typeof url === 'string' && url.startsWith('file:')) return fileURLToPath(url)
  return typeof __filename === 'string' ? __filename : undefined
}

function answerOf(place: () => string | undefined): string | undefined {
  try {
    return place()
  } catch {
    return undefined
  }
}

function binaryName(): string {
  const { platform, arch } = process
  const libc = platform === 'linux' ? `.${libcName()}` : ''
  return `${platform}-${arch}/holdfast${libc}.node`
}

/** The libc that Node is linked to, as are its addons. */
function libcName(): 'glibc' | 'musl' {
  // The types of Node 20 do not know `excludeNetwork`, which 20.13 has.
  const report = process.report as unknown as Report | undefined
  // Deno has none, and is linked to glibc.
  if (typeof report?.getReport !== 'function') return 'glibc'
  const { excludeNetwork } = report
  // Otherwise the name of each open socket is looked up.
  report.excludeNetwork = true
  try {
    const { header } = report.getReport()
    return header.glibcVersionRuntime === undefined ? 'musl' : 'glibc'
  } finally {
    report.excludeNetwork = excludeNetwork
  }
}

interface Report {
  excludeNetwork: boolean
  getReport(): { readonly header: { readonly glibcVersionRuntime?: string } }
}

// Bundlers in their default configuration: what they put out finds the addon.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expectNative, install, NODE, project, ROOT, run } from './proof.mjs'

/** Each builds the app of the project, and says which file to run and what is deployed without node_modules. */
const BUNDLERS = {
  esbuild(cwd, tool) {
    run(
      tool('esbuild/bin/esbuild'),
      ['app.mjs', '--bundle', '--platform=node', '--format=esm', '--outfile=out/app.mjs'],
      { cwd },
    )
    return { file: 'out/app.mjs' }
  },
  'esbuild to CommonJS'(cwd, tool) {
    // There is no await at the top of CommonJS.
    const [imports, ...body] = readFileSync(join(cwd, 'app.mjs'), 'utf8').split('\n\n')
    const entry = `${imports}\nmain()\nasync function main() {\n${body.join('\n')}\n}\n`
    writeFileSync(join(cwd, 'entry.mjs'), entry)
    const argv = ['entry.mjs', '--bundle', '--platform=node', '--format=cjs']
    run(tool('esbuild/bin/esbuild'), [...argv, '--outfile=out/app.cjs'], { cwd })
    return { file: 'out/app.cjs' }
  },
  rollup(cwd, tool) {
    writeFileSync(
      join(cwd, 'rollup.config.mjs'),
      `import commonjs from ${quoted(tool('@rollup/plugin-commonjs/dist/es/index.js'))}
       import json from ${quoted(tool('@rollup/plugin-json/dist/es/index.js'))}
       import { nodeResolve } from ${quoted(tool('@rollup/plugin-node-resolve/dist/es/index.js'))}
       export default {
         input: 'app.mjs',
         output: { dir: 'out', format: 'es', entryFileNames: '[name].mjs', chunkFileNames: '[name].mjs' },
         plugins: [nodeResolve({ preferBuiltins: true }), commonjs(), json()],
       }\n`,
    )
    run(NODE, [tool('rollup/dist/bin/rollup'), '-c', 'rollup.config.mjs', '--silent'], { cwd })
    return { file: 'out/app.mjs' }
  },
  vite(cwd, tool) {
    run(
      NODE,
      [
        tool('vite/bin/vite.js'),
        'build',
        '--ssr',
        'app.mjs',
        '--outDir',
        'out',
        '--logLevel',
        'error',
      ],
      { cwd },
    )
    return { file: 'out/app.js' }
  },
  webpack(cwd, tool) {
    writeFileSync(
      join(cwd, 'build.mjs'),
      `import webpack from ${quoted(tool('webpack/lib/index.js'))}
       const options = { target: 'node', mode: 'production', entry: './app.mjs', output: { path: ${quoted(join(cwd, 'out'))}, filename: 'app.cjs' } }
       webpack(options, (error, stats) => {
         if (error || stats.hasErrors()) { console.error(error ?? stats.toString('errors-only')); process.exit(1) }
       })\n`,
    )
    run(NODE, ['build.mjs'], { cwd })
    return { file: 'out/app.cjs', alone: true }
  },
  ncc(cwd, tool) {
    run(NODE, [tool('@vercel/ncc/dist/ncc/cli.js'), 'build', 'app.mjs', '-o', 'out', '--quiet'], {
      cwd,
    })
    return { file: 'out/index.mjs', alone: true }
  },
}

/** @throws naming the bundler whose output does not run on the addon */
export async function proveBundlers(directory, tarball) {
  const modules = install('bundlers')
  const tool = (path) => join(modules, path)
  for (const [name, build] of Object.entries(BUNDLERS)) {
    const cwd = installed(join(directory, name.replaceAll(' ', '-')), tarball)
    const { file, alone = false } = build(cwd, tool)
    // What is deployed alone must not find the package that it was built from.
    if (alone) renameSync(join(cwd, 'node_modules'), join(cwd, 'modules-gone'))
    expectNative(NODE, [file], { cwd })
    console.log(`bundlers: ${name}: ok${alone ? ', without node_modules' : ''}`)
  }
  await proveNext(join(directory, 'next'), tarball, modules)
}

/** Next.js builds a route that opens a store; the server of `output: 'standalone'` answers it, away from its sources. */
async function proveNext(cwd, tarball, modules) {
  project(cwd, tarball)
  const own = join(cwd, 'node_modules/holdfast')
  execFileSync('cp', ['-al', modules, join(cwd, 'node_modules')])
  mkdirSync(join(own, 'node_modules'), { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '-C', own, '--strip-components=1'])
  // Not hoisted: the bundlers bring other versions of some of them.
  const { dependencies } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8'))
  for (const name of Object.keys(dependencies))
    cpSync(join(ROOT, 'node_modules', name), join(own, 'node_modules', name), { recursive: true })
  mkdirSync(join(cwd, 'pages/api'), { recursive: true })
  const options = "{ output: 'standalone', serverExternalPackages: ['holdfast'] }"
  writeFileSync(join(cwd, 'next.config.mjs'), `export default ${options}\n`)
  writeFileSync(join(cwd, 'pages/index.js'), 'export default function Page() { return null }\n')
  writeFileSync(
    join(cwd, 'pages/api/native.js'),
    `import { nativeInfo } from 'holdfast'
     export default function handler(request, response) { response.json(nativeInfo()) }\n`,
  )
  run(NODE, ['node_modules/next/dist/bin/next', 'build'], { cwd, env: NO_TELEMETRY })
  const deployed = join(cwd, '../next-deployed')
  renameSync(join(cwd, '.next/standalone'), deployed)
  renameSync(join(cwd, 'node_modules'), join(cwd, 'modules-gone'))
  const { available, reason } = await askServer(deployed)
  if (!available) throw new Error(`In Next.js there is no addon: ${reason}`)
  console.log('bundlers: Next.js standalone: ok, without the sources')
}

const NO_TELEMETRY = { NEXT_TELEMETRY_DISABLED: '1' }
const ANSWER_MS_MAX = 30_000

async function askServer(cwd) {
  const port = await freePort()
  const env = { ...process.env, ...NO_TELEMETRY, PORT: String(port), HOSTNAME: '127.0.0.1' }
  const server = spawn(NODE, ['server.js'], { cwd, env, stdio: 'ignore' })
  try {
    for (let waitedMs = 0; ; waitedMs += 100) {
      const answer = await fetch(`http://127.0.0.1:${port}/api/native`).catch(() => undefined)
      if (answer?.ok) return await answer.json()
      if (waitedMs > ANSWER_MS_MAX) throw new Error(`The server of Next.js says ${answer?.status}`)
      await sleep(100)
    }
  } finally {
    server.kill()
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return port
}

function quoted(text) {
  return JSON.stringify(text)
}

function installed(cwd, tarball) {
  project(cwd, tarball)
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], {
    cwd,
  })
  return cwd
}

// Every supported version of Node loads the shipped addon: its suite, and the app from the tarball, imported and required.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { compileFsExt } from '../support/fs-ext.mjs'
import { expectNative, HERE, install, project, ROOT, run } from './proof.mjs'

const NODES = ['node22', 'node24', 'node26']

/** @throws naming the version on which something fails */
export function proveNodes(directory, tarball) {
  const modules = install('nodes')
  const cwd = project(join(directory, 'nodes'), tarball)
  run('npm', ['install', '--no-audit', '--no-fund'], { cwd })
  writeFileSync(join(cwd, 'required.cjs'), REQUIRED)
  writeFileSync(join(cwd, 'threads.mjs'), THREADS)
  for (const name of NODES) {
    const node = join(modules, name, 'bin/node')
    const version = run(node, ['--version'], { cwd }).trim()
    expectNative(node, ['app.mjs'], { cwd })
    expectNative(node, ['required.cjs'], { cwd })
    expectNative(node, ['threads.mjs'], { cwd })
    const suite = [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--project',
      'suite',
      'test/unit/native',
    ]
    const witness = compileFsExt({
      compiler: 'g++',
      headers: join(modules, name, 'include/node'),
      output: join(cwd, `${name}-fs-ext.node`),
    })
    run(node, suite, {
      cwd: ROOT,
      env: {
        HOLDFAST_SKIP_BUILD: '1',
        NODE_OPTIONS: `--require=${join(HERE, 'witness.cjs')}`,
        HOLDFAST_TEST_FS_EXT: witness,
      },
    })
    console.log(`nodes: ${version}: ok, with the suite of the addon`)
  }
}

const REQUIRED = `
  const { FileSystemStorage, nativeInfo } = require('holdfast')
  if (typeof FileSystemStorage.open !== 'function') throw new Error('require gives no class')
  if (!nativeInfo().available) throw new Error('no addon where it is required')
  import('./app.mjs')
`

/** The app in two threads at once, then in the processes of a cluster; the last one speaks for all. */
const THREADS = `
  import cluster from 'node:cluster'
  import { once } from 'node:events'
  import { Worker } from 'node:worker_threads'
  const app = new URL('./app.mjs', import.meta.url)
  const directory = process.argv[2]
  const inThread = async (place) => {
    const worker = new Worker(app, { argv: [directory + place], stdout: true })
    let output = ''
    worker.stdout.on('data', (chunk) => (output += chunk))
    const [code] = await once(worker, 'exit')
    if (code !== 0) throw new Error('a thread ended with ' + code)
    return output
  }
  const inProcess = async (place) => {
    cluster.setupPrimary({ exec: app.pathname, args: [directory + place], silent: true })
    const worker = cluster.fork()
    let output = ''
    worker.process.stdout.on('data', (chunk) => (output += chunk))
    worker.once('online', () => worker.disconnect())
    const [code] = await once(worker, 'exit')
    if (code !== 0) throw new Error('a process of the cluster ended with ' + code)
    return output
  }
  const outputs = await Promise.all([inThread('-a'), inThread('-b')])
  outputs.push(await inProcess('-c'))
  if (new Set(outputs).size !== 1) throw new Error('they say different things: ' + outputs.join())
  process.stdout.write(outputs[0])
`

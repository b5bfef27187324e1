import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nativeInfo } from '../../../src/disk/native/load-binding.js'
import { tempDirectory } from '../../support/temp.js'
import { builtModule, compilePreload } from './support.js'

/** As Node-API answers in a process whose JavaScript may see no memory but its own, such as Electron's. */
const CAGE = `
  int cage_create_external_arraybuffer(void* env, void* data, unsigned long length,
                                       void* finalize, void* hint, void** result) {
    (void)env, (void)data, (void)length, (void)finalize, (void)hint, (void)result;
    return 22; /* napi_no_external_buffers_allowed */
  }`

/** Two users of one store, one of which sees what the other commits; then what a new process recovers. */
const PROGRAM = `
  import { DurableDirectory } from '${builtModule('index')}'
  import { loadBinding, nativeInfo } from '${builtModule('disk/native/load-binding')}'
  import { nativeDisk } from '${builtModule('disk/native/native-disk')}'
  const [path, name, addon] = process.argv.slice(1)
  const binding = loadBinding(addon)
  if (binding === undefined) throw new Error(nativeInfo(addon).reason)
  const open = () => DurableDirectory.open(path, { disk: nativeDisk(binding) })
  const first = await open()
  const second = await open()
  const large = new Uint8Array(300_000).fill(7)
  await first.commit([{ kind: 'create', path: name, bytes: large }])
  const seen = await second.read(name)
  await second.commit([{ kind: 'create', path: name + '.2', bytes: large }])
  const back = await first.read(name + '.2')
  console.log(JSON.stringify({
    disk: first.health().disk,
    seen: [seen?.length, back?.length],
    together: first.health().lsn === second.health().lsn,
  }))
  if (name === 'killed') process.kill(process.pid, 'SIGKILL')
  await first.close()
  await second.close()`

describe.skipIf(process.platform !== 'linux')('where JavaScript sees no foreign memory', () => {
  it('the page is reached by calls, and shared with processes that map it', async () => {
    const directory = await tempDirectory()
    const preload = compilePreload(directory, CAGE) ?? ''
    const caged = join(directory, 'caged.node')
    await writeFile(caged, asInCage(await readFile(nativeInfo().path ?? '')))
    const store = await tempDirectory()
    const told = { disk: 'native', seen: [300_000, 300_000], together: true }
    expect(run(store, 'killed', caged, preload)).toEqual(told)
    expect(run(store, 'caged', caged, preload)).toEqual(told)
    expect(run(store, 'mapped', nativeInfo().path ?? '', '')).toEqual(told)
    expect(run(store, 'again', caged, preload)).toEqual(told)
  })
})

/** The symbol that is looked up gets the name of our function: Node's own cannot be hidden from an addon. */
function asInCage(addon: Buffer): Buffer {
  const at = addon.indexOf('napi_create_external_arraybuffer\0')
  expect(at).toBeGreaterThan(0)
  addon.write('cage', at)
  return addon
}

function run(store: string, name: string, addon: string, preload: string): unknown {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', PROGRAM, store, name, addon],
    { encoding: 'utf8', env: { ...process.env, LD_PRELOAD: preload } },
  )
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

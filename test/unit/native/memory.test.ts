import { spawnSync } from 'node:child_process'
import { execPath, platform } from 'node:process'
import { expect, it } from 'vitest'
import { VOLUME_OPTIONS } from '../disk/support.js'
import { tempDirectory } from '../../support/temp.js'

const module = (name: string): string => new URL(`../../../dist/${name}.js`, import.meta.url).href

/** The address space ends before the copy of the content that a call takes */
const PROGRAM = `
  import { spawnSync } from 'node:child_process'
  import { readFileSync } from 'node:fs'
  import { chooseDisk } from '${module('disk/choose-disk')}'
  const options = ${JSON.stringify(VOLUME_OPTIONS)}
  const volume = await chooseDisk('native').openVolume(process.argv[1], options)
  const file = await volume.createFile('pieces')
  const large = new Uint8Array(2 ** 30)
  const usedBytes = Number(/^VmSize:\\s+(\\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024
  const limit = usedBytes + 2 ** 28
  spawnSync('prlimit', ['--pid', String(process.pid), '--as=' + limit + ':'])
  const calls = {
    write: () => volume.write('large', large, { replace: false, flush: false }),
    append: () => file.append(large),
    startSegment: () => volume.startSegment('spare', 'segment', large),
    small: () => volume.write('small', new Uint8Array(10), { replace: false, flush: false }),
    read: async () => (await volume.read('small')).length === 10 || Promise.reject(new Error('short')),
  }
  const told = {}
  for (const [name, call] of Object.entries(calls))
    told[name] = await call().then(() => 'done', (error) => error.name + ' ' + error.code)
  await volume.close()
  console.log(JSON.stringify(told))
`

const hasLimits = platform === 'linux' && spawnSync('prlimit', ['--version']).status === 0

it.skipIf(!hasLimits)('a call for whose arguments there is no memory fails alone', async () => {
  const arguments_ = ['--input-type=module', '--eval', PROGRAM, await tempDirectory()]
  const child = spawnSync(execPath, arguments_, { encoding: 'utf8' })
  expect({ signal: child.signal, errors: child.stderr }).toEqual({ signal: null, errors: '' })
  expect(JSON.parse(child.stdout)).toEqual({
    write: 'DiskError ENOMEM',
    append: 'DiskError ENOMEM',
    startSegment: 'DiskError ENOMEM',
    small: 'done',
    read: 'done',
  })
})

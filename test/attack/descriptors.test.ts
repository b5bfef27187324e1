import { spawnSync } from 'node:child_process'
import { execPath, platform } from 'node:process'
import { expect, it } from 'vitest'
import { tempDirectory } from '../support/temp.js'

const LIBRARY = new URL('../../dist/index.js', import.meta.url).href

const WRITER = `
  import { DurableDirectory } from '${LIBRARY}'
  const [directory, disk] = process.argv.slice(1)
  const store = await DurableDirectory.open(directory, { disk })
  const paths = Array.from({ length: 4096 }, (_, at) => (at % 100) + '/' + at)
  await store.commit(paths.map((path) => ({ kind: 'create', path, bytes: Buffer.from(path) })))
  for (const path of paths)
    if (Buffer.from(await store.read(path)).toString() !== path) throw new Error(path)
  const replace = paths.map((path) => ({ kind: 'replace', path, bytes: Buffer.from('new') }))
  await store.commit(replace)
  if (Buffer.from(await store.read(paths[4095])).toString() !== 'new') throw new Error('old')
  await store.close()
  console.log('done')
`

it.skipIf(platform === 'win32').each(['native', 'portable'])(
  'commits 4,096 files of 100 directories with 256 descriptors, %s disk',
  async (disk) => {
    const command = `ulimit -n 256; exec "${execPath}" --input-type=module --eval "$0" "$1" "$2"`
    const child = spawnSync('bash', ['-c', command, WRITER, await tempDirectory(), disk])
    expect(child.stderr.toString()).toBe('')
    expect(child.stdout.toString()).toBe('done\n')
  },
)

import { writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { subscribe } from '../../../../src/base/channels.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { growingParts } from '../../../../src/versions/file-system/read-versions.js'
import { openStore } from '../../../proof/faults/support.js'
import { tempDirectory } from '../../../support/temp.js'

describe('the parts of a list', () => {
  it('hold every item once, in order', () => {
    for (const length of [0, 1, 8, 9, 24, 50, 1000]) {
      const items = Array.from({ length }, (_, at) => at)
      expect(growingParts(items).flat()).toEqual(items)
    }
  })

  it('begin small, double, and stay below a size at which decoding would wait for long', () => {
    const sizes = growingParts(Array.from({ length: 500 })).map((part) => part.length)
    expect(sizes).toEqual([8, 16, 32, 64, 128, 128, 124])
  })
})

it('a list leaves damaged versions out, and announces each', async () => {
  const storageDir = await tempDirectory()
  const writer = await openStore(storageDir)
  for (const version of ['1.0.0', '1.0.1', '1.0.2'])
    await writer.saveVersion(sampleVersion('p', version))
  await writeFile(writer.pathOf('p', '1.0.1'), '{')
  await writer.close()
  const storage = await openStore(storageDir)
  const announced: string[] = []
  const stop = subscribe('corrupt', ({ path }) => announced.push(path))
  try {
    const whole = ['1.0.0', '1.0.2']
    expect((await storage.listVersions('p')).map(({ version }) => version)).toEqual(whole)
    const summaries = await storage.listVersionSummaries('p')
    expect(summaries.map(({ version }) => version)).toEqual(whole)
    expect(announced).toEqual(['p/1.0.1.json', 'p/1.0.1.json'])
  } finally {
    stop()
  }
})

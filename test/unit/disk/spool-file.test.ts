import { expect, it } from 'vitest'
import { SpoolFile } from '../../../src/disk/spool-file.js'

const CONTENT = Buffer.from(Array.from({ length: 700_000 }, (_, at) => (at * 7) & 0xff))

it('a spool file gives its content as often as it is asked for, whole and in parts', async () => {
  await using file = await SpoolFile.create()
  for (let at = 0; at < CONTENT.length; at += 90_000)
    await file.append(CONTENT.subarray(at, at + 90_000))
  expect(file.bytes).toBe(CONTENT.length)
  for (let time = 0; time < 2; time++) {
    const chunks: Buffer[] = []
    for await (const chunk of file.read()) chunks.push(chunk as Buffer)
    expect(Buffer.concat(chunks).equals(CONTENT)).toBe(true)
  }
  const memory = Buffer.alloc(300_000)
  for (const position of [0, 123_456, CONTENT.length - memory.length]) {
    await file.readInto(memory, position)
    expect(memory.equals(CONTENT.subarray(position, position + memory.length))).toBe(true)
  }
  const beyond = file.readInto(memory, CONTENT.length - 10)
  await expect(beyond).rejects.toThrow(`ends at ${CONTENT.length} of ${CONTENT.length} bytes`)
})

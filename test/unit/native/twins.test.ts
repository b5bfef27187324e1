import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DISK_PHASES } from '../../../src/disk/disk-error.js'
import { STATUSES } from '../../../src/disk/native/committer.js'
import {
  BLOCK_BYTES,
  FRAME_HEADER_BYTES,
  FRAME_MAGIC,
  FrameKind,
  SEGMENT_BYTES_MAX,
} from '../../../src/format/frame.js'
import { PAGE_BYTES, PageOffset, PageState } from '../../../src/format/page.js'
import {
  encodeExternal,
  encodeRecord,
  FLAG_EXPECTED,
  FLAG_EXTERNAL,
  OPERATION_HEADER_BYTES,
  OperationKind,
  RECORD_HEADER_BYTES,
} from '../../../src/format/record.js'

const CORE = join(import.meta.dirname, '../../../native/core')

/** What no commit reads or writes: the engine alone has it. */
const ENGINE_FIELDS = ['suspect', 'spoiled', 'file', 'boot']

// That both languages write the same bytes with them: test/unit/disk/both-disks.test.ts.
describe('C++ and TypeScript have the same', () => {
  it('phases of a failure, by name', async () => {
    const cases = (await source('status.cc')).matchAll(/case Phase::k(\w+):\s*return "(\w+)";/g)
    const named: Record<string, string> = Object.fromEntries(
      Array.from(cases, ([, ofCpp = '', name = '']) => [ofCpp, name]),
    )
    const phases = await enumOf('status.h', 'Phase')
    expect(Object.keys(named)).toEqual(Object.keys(phases).map(upper))
    expect(DISK_PHASES).toEqual(expect.arrayContaining(Object.values(named)))
    expect(Object.entries(named).filter(([ofCpp, name]) => camel(name) !== ofCpp)).toEqual([])
  })

  it('statuses of a commit, in the same order', async () => {
    expect(Object.entries(await enumOf('commit.h', 'CommitStatus'))).toEqual(
      STATUSES.map((status, at) => [status, at]),
    )
  })

  it('layout of a frame', async () => {
    const header = await source('frame.h')
    expect({
      header: constant(header, 'kFrameHeaderBytes'),
      magic: constant(header, 'kFrameMagic'),
      block: constant(header, 'kBlockBytes'),
    }).toEqual({ header: FRAME_HEADER_BYTES, magic: FRAME_MAGIC, block: BLOCK_BYTES })
    const [, mebibytes] = /kSegmentBytesMax = uint64_t\{(\d+)\} << 20;/.exec(header) ?? []
    expect(Number(mebibytes) * 2 ** 20).toBe(SEGMENT_BYTES_MAX)
    expect(kinds(await enumOf('frame.h', 'FrameKind'), 'Frame')).toEqual(FrameKind)
  })

  it('layout of a record', async () => {
    const header = await source('record.h')
    const expected = new Uint8Array([1])
    const operation = { kind: OperationKind.replace, path: 'a', content: expected, external: false }
    expect({
      record: constant(header, 'kRecordHeaderBytes'),
      operation: constant(header, 'kOperationHeaderBytes'),
      external: constant(header, 'kExternalHeaderBytes'),
      expected: constant(header, 'kExpectedHeaderBytes'),
      flags: [constant(header, 'kFlagExternal'), constant(header, 'kFlagExpected')],
    }).toEqual({
      record: RECORD_HEADER_BYTES,
      operation: OPERATION_HEADER_BYTES,
      external: encodeExternal({ stagedPath: '', bytes: 0, digest: new Uint8Array(32) }).length,
      expected:
        encodeRecord([{ ...operation, expected }]).length - encodeRecord([operation]).length - 1,
      flags: [FLAG_EXTERNAL, FLAG_EXPECTED],
    })
    expect(await enumOf('record.h', 'OperationKind')).toEqual(OperationKind)
  })

  it('layout of the page', async () => {
    const fields = await enumOf('page.h', 'Field')
    const own = Object.entries(PageOffset).filter(([name]) => !ENGINE_FIELDS.includes(name))
    expect(fields).toEqual(Object.fromEntries(own))
    expect(await enumOf('page.h', 'PageState')).toEqual(PageState)
    expect(constant(await source('page.h'), 'kPageBytes')).toBe(PAGE_BYTES)
  })
})

async function source(file: string): Promise<string> {
  return (await readFile(join(CORE, file), 'utf8')).replaceAll(/\/\/.*/g, '')
}

/** Names, as TypeScript writes them, and numbers of an enumeration; an error where there is none. */
async function enumOf(file: string, name: string): Promise<Record<string, number>> {
  const body = new RegExp(`enum (?:class )?${name}\\b[^{]*\\{([^}]*)\\}`).exec(
    await source(file),
  )?.[1]
  if (body === undefined) throw new Error(`${file} has no enum ${name}`)
  let next = 0
  const entries = body
    .split(',')
    .map((entry) => /^\s*k(\w+)(?:\s*=\s*(\d+))?\s*$/.exec(entry))
    .filter((found) => found !== null)
    .map(([, constantName = '', number]) => {
      const value = number === undefined ? next : Number(number)
      next = value + 1
      return [lower(constantName), value] as const
    })
  expect(entries.length).toBe(body.split(',').filter((entry) => entry.trim() !== '').length)
  return Object.fromEntries(entries)
}

function constant(text: string, name: string): number {
  const [, number] = new RegExp(`constexpr \\w+ ${name} = (\\w+);`).exec(text) ?? []
  if (number === undefined) throw new Error(`There is no constant ${name}`)
  return Number(number)
}

/** 'commitFrame' -> 'commit' */
function kinds(entries: Record<string, number>, suffix: string): Record<string, number> {
  return Object.fromEntries(
    Object.entries(entries).map(([name, value]) => [name.replace(suffix, ''), value]),
  )
}

const lower = (name: string): string => `${name.charAt(0).toLowerCase()}${name.slice(1)}`
const upper = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`
/** 'frame_flush' -> 'FrameFlush' */
const camel = (name: string): string => name.split('_').map(upper).join('')

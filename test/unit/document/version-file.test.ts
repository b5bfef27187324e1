import fc from 'fast-check'
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { freezeJson } from '../../../src/document/freeze-json.js'
import { FormatError } from '../../../src/base/errors.js'
import {
  commitTimeIn,
  decodeVersionFile,
  encodeVersionFile,
  restoreVersionFile,
} from '../../../src/document/version-file.js'

const document = {
  version: '1.0.0',
  prompt_id: 'p',
  metadata: { text: '翻译 "x"\n', list: [], map: {} },
}

const TIME = '2026-11-21T07:25:48.798Z'

describe('a version file', () => {
  it('is indented JSON with its checksum last', () => {
    const text = Buffer.from(encodeVersionFile(document)).toString()
    const body = JSON.stringify(document, null, 2).slice(0, -2)
    const digest = createHash('sha256').update(body).digest('hex')
    expect(text).toBe(`${body},\n  "checksum": "sha256:${digest}"\n}\n`)
    expect(JSON.parse(text)).toEqual({ ...document, checksum: `sha256:${digest}` })
  })

  it('gives the document back, frozen and without the checksum', () => {
    const decoded = decodeVersionFile(encodeVersionFile(document))
    expect(decoded).toEqual({ document, schemaVersion: 1, checksum: 'valid' })
    expect(Object.isFrozen(decoded.document)).toBe(true)
  })

  it('carries every document through', () => {
    const documents = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue(), { minKeys: 1 })
    fc.assert(
      fc.property(documents, (given) => {
        const kept = attempt(() => freezeJson(given))
        fc.pre(kept !== undefined && !Object.hasOwn(kept, 'checksum'))
        const decoded = decodeVersionFile(encodeVersionFile(kept as object))
        expect(decoded.checksum).toBe('valid')
        expect(JSON.stringify(decoded.document)).toBe(JSON.stringify(kept))
      }),
      { numRuns: 1000 },
    )
  })

  it.each(['checksum', '$saved_at', '$schema_version'])(
    'keeps its %s apart from fields of the document',
    (field) => {
      expect(() => encodeVersionFile({ [field]: 'mine' })).toThrow(
        `Field "${field}" must be absent: the storage writes its own`,
      )
    },
  )

  it('has the version of the schema before the checksum, which covers it', () => {
    const bytes = encodeVersionFile(document, { checksum: true, schemaVersion: 12 })
    const text = Buffer.from(bytes).toString()
    const body = `${JSON.stringify(document, null, 2).slice(0, -2)},\n  "$schema_version": 12`
    expect(text.startsWith(`${body},\n  "checksum": "sha256:`)).toBe(true)
    expect(decodeVersionFile(bytes)).toEqual({ document, schemaVersion: 12, checksum: 'valid' })
    const changed = Buffer.from(text.replace('": 12', '": 11'))
    expect(decodeVersionFile(changed).checksum).toBe('mismatch')
  })

  it('has the time of its commit before both, and the document does not', () => {
    const body = JSON.stringify(document, null, 2).slice(0, -2)
    for (const schemaVersion of [1, 12]) {
      const bytes = encodeVersionFile(document, { checksum: true, savedAt: TIME, schemaVersion })
      const text = Buffer.from(bytes).toString()
      const version = schemaVersion === 1 ? '' : ',\n  "$schema_version": 12'
      const start = `${body},\n  "$saved_at": "${TIME}"${version},\n  "checksum": "sha256:`
      expect(text.startsWith(start)).toBe(true)
      const expected = { document, savedAt: TIME, schemaVersion, checksum: 'valid' }
      expect(decodeVersionFile(bytes)).toEqual(expected)
      const changed = Buffer.from(text.replace('48.798Z', '48.799Z'))
      expect(decodeVersionFile(changed).checksum).toBe('mismatch')
    }
  })

  it('has the time of its commit without a checksum, too, and wherever another program puts it', () => {
    const bytes = encodeVersionFile(document, { checksum: false, savedAt: TIME })
    const expected = { document, savedAt: TIME, schemaVersion: 1, checksum: 'missing' }
    expect(decodeVersionFile(bytes)).toEqual(expected)
    const moved = Buffer.from(JSON.stringify({ $saved_at: TIME, ...document }))
    expect(decodeVersionFile(moved)).toEqual(expected)
  })

  it.each(['yesterday', '2026-11-21T07:25:48Z', '2026-02-30T07:25:48.798Z', 5, null, [TIME]])(
    'is none with the time %j, with or without a checksum that fits',
    (time) => {
      const foreign = JSON.stringify({ ...document, $saved_at: time }, null, 2)
      expect(() => decodeVersionFile(Buffer.from(foreign))).toThrow(FormatError)
      const body = foreign.slice(0, -2)
      const digest = createHash('sha256').update(body).digest('hex')
      const own = `${body},\n  "checksum": "sha256:${digest}"\n}\n`
      expect(() => decodeVersionFile(Buffer.from(own))).toThrow(FormatError)
    },
  )

  it('is not written with a time that it could not be read with', () => {
    const savedAt = new Date(8.64e15).toISOString()
    expect(() => encodeVersionFile(document, { checksum: true, savedAt })).toThrow(RangeError)
  })

  it('of the first version of a schema is what it was before there were any', () => {
    const bytes = encodeVersionFile(document, { checksum: true, schemaVersion: 1 })
    expect(Buffer.from(bytes)).toEqual(Buffer.from(encodeVersionFile(document)))
  })

  it('has the version of the schema without a checksum, too, wherever it is', () => {
    const bytes = encodeVersionFile(document, { checksum: false, schemaVersion: 999_999_999 })
    const expected = { document, schemaVersion: 999_999_999, checksum: 'missing' }
    expect(decodeVersionFile(bytes)).toEqual(expected)
    const moved = { $schema_version: 7, ...document }
    expect(decodeVersionFile(Buffer.from(JSON.stringify(moved)))).toMatchObject({
      document,
      schemaVersion: 7,
    })
  })

  it.each([0, -1, 1.5, '2', null, 1_000_000_000, 1e300, [2]])(
    'is none with the version %j of a schema, with or without a checksum that fits',
    (version) => {
      const foreign = JSON.stringify({ ...document, $schema_version: version }, null, 2)
      expect(() => decodeVersionFile(Buffer.from(foreign))).toThrow(FormatError)
      const body = foreign.slice(0, -2)
      const digest = createHash('sha256').update(body).digest('hex')
      const own = `${body},\n  "checksum": "sha256:${digest}"\n}\n`
      expect(() => decodeVersionFile(Buffer.from(own))).toThrow(FormatError)
    },
  )

  it('takes no text of a document for the fields behind it', () => {
    const tricky = { ...document, text: `,\n  "$saved_at": "${TIME}",\n  "$schema_version": 3` }
    const decoded = decodeVersionFile(encodeVersionFile(tricky))
    expect(decoded).toEqual({ document: tricky, schemaVersion: 1, checksum: 'valid' })
    const inner = { ...document, inner: { $saved_at: TIME, $schema_version: 3 }, last: TIME }
    expect(decodeVersionFile(encodeVersionFile(inner)).document).toEqual(inner)
  })

  it('has a limit', () => {
    const text = 'x'.repeat(64 * 1024 * 1024)
    expect(() => encodeVersionFile({ text })).toThrow(RangeError)
    expect(() => decodeVersionFile(new Uint8Array(64 * 1024 * 1024 + 1))).toThrow(FormatError)
  })
})

describe('a version file that went through another program', () => {
  const bytes = encodeVersionFile(document)
  const text = Buffer.from(bytes).toString()

  it.each([
    ['CRLF line ends', text.replaceAll('\n', '\r\n'), 'line-ends'],
    ['CR line ends', text.replaceAll('\n', '\r'), 'line-ends'],
    ['no line end at its end', text.trimEnd(), 'line-ends'],
    ['blank lines at its end', `${text}\n \n`, 'line-ends'],
    ['a byte order mark', `\ufeff${text}`, 'byte-order-mark'],
    ['both', `\ufeff${text.replaceAll('\n', '\r\n')}`, 'line-ends'],
  ])('is read with %s, told, and written back as it was', (_, changed, altered) => {
    const decoded = decodeVersionFile(Buffer.from(changed))
    expect(decoded).toEqual({ document, schemaVersion: 1, checksum: 'valid', altered })
    expect(restoreVersionFile(Buffer.from(changed))?.bytes).toEqual(Buffer.from(bytes))
  })

  it('stays damaged when its content has changed, too', () => {
    const changed = text.replaceAll('\n', '\r\n').replace(/[a-z](?=",)/, 'X')
    expect(decodeVersionFile(Buffer.from(changed)).checksum).toBe('mismatch')
    expect(restoreVersionFile(bytes)).toBeUndefined()
  })

  it('of another program, without a checksum, is read with a byte order mark', () => {
    const foreign = Buffer.from(`\ufeff${JSON.stringify(document)}`)
    expect(decodeVersionFile(foreign)).toEqual({ document, schemaVersion: 1, checksum: 'missing' })
  })
})

describe('a damaged version file', () => {
  it.each([1, 2])('is never treated as a whole one, whichever bit flips (schema %i)', (version) => {
    const bytes = encodeVersionFile(document, {
      checksum: true,
      savedAt: TIME,
      schemaVersion: version,
    })
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = Uint8Array.from(bytes)
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const decoded = attempt(() => decodeVersionFile(damaged))
      expect(decoded?.checksum ?? 'mismatch', `bit ${bit}`).toBe('mismatch')
    }
  })

  it.each([1, 2])(
    'is never treated as a whole one, wherever it is cut off (schema %i)',
    (version) => {
      const bytes = encodeVersionFile(document, {
        checksum: true,
        savedAt: TIME,
        schemaVersion: version,
      })
      for (let length = 0; length < bytes.length - 1; length++) {
        const decoded = attempt(() => decodeVersionFile(bytes.subarray(0, length)))
        expect(decoded?.checksum ?? 'mismatch', `length ${length}`).toBe('mismatch')
      }
    },
  )

  it('is told from one that another program wrote', () => {
    const foreign = Buffer.from(JSON.stringify(document))
    expect(decodeVersionFile(foreign)).toEqual({ document, schemaVersion: 1, checksum: 'missing' })
  })

  it('counts as damaged when another program rewrote it around the old checksum', () => {
    const parsed: object = JSON.parse(Buffer.from(encodeVersionFile(document)).toString())
    const decoded = decodeVersionFile(Buffer.from(JSON.stringify(parsed)))
    expect(decoded).toEqual({ document, schemaVersion: 1, checksum: 'mismatch' })
    const edited = Buffer.from(encodeVersionFile(document)).toString().replace('翻译', '翻訳')
    expect(decodeVersionFile(Buffer.from(edited)).checksum).toBe('mismatch')
  })

  it.each(['', 'null', '[]', '"text"', '{', '{"a":1}}'])('is refused when it is %j', (text) => {
    expect(() => decodeVersionFile(Buffer.from(text))).toThrow(FormatError)
  })
})

function attempt<Result>(action: () => Result): Result | undefined {
  try {
    return action()
  } catch (error) {
    expect(error instanceof FormatError || error instanceof TypeError).toBe(true)
    return undefined
  }
}

describe('the time of a commit in a file', () => {
  const savedAt = '2026-11-21T07:25:48.798Z'
  const document = { version: '1.0.0', prompt_id: 'p' }

  it.each([
    { checksum: true },
    { checksum: false },
    { checksum: true, schemaVersion: 12 },
    { checksum: false, schemaVersion: 12 },
  ])('is read without the rest (%j)', (options) => {
    expect(commitTimeIn(encodeVersionFile(document, { ...options, savedAt }))).toBe(savedAt)
    expect(commitTimeIn(encodeVersionFile(document, options))).toBeUndefined()
  })
})

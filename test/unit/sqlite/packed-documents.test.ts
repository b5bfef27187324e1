import { expect, it } from 'vitest'
import { packDocuments, unpackDocuments } from '../../../src/sqlite/packed-documents.js'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

it('documents come out of a message as they went in, each at its place', () => {
  const documents = [
    { version: '1.0.0', savedAt: '2026-01-01T00:00:00.000Z', bytes: bytesOf('{"a":"ü"}') },
    undefined,
    { version: '1.0.1', savedAt: null, bytes: new Uint8Array([0xff, 0x00]) },
    { version: '1.0.2', savedAt: null, bytes: bytesOf('') },
  ]
  const packed = structuredClone(packDocuments(documents))
  expect(packed.texts).toHaveLength(12)
  expect(unpackDocuments(packed)).toEqual(documents)
})

it('nothing comes out where nothing went in', () => {
  expect(unpackDocuments(packDocuments([]))).toEqual([])
})

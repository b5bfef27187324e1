import { expect, it } from 'vitest'
import { decodeBytes, encodeText, readablePart } from '../../../../src/dify/file/encoding.js'

const TEXT = 'a: "é🤔"\r\n'

it.each([
  ['utf-8', Buffer.from(TEXT)],
  ['utf-8', Buffer.from(`\ufeff${TEXT}`)],
  ['utf-16le', Buffer.from(`\ufeff${TEXT}`, 'utf16le')],
  ['utf-16le', Buffer.from(TEXT, 'utf16le')],
  ['utf-16be', Buffer.from(`\ufeff${TEXT}`, 'utf16le').swap16()],
  ['utf-16be', Buffer.from(TEXT, 'utf16le').swap16()],
] as const)('a file in %s is decoded, and encoded to the same bytes', (encoding, bytes) => {
  const decoded = decodeBytes(bytes)
  expect(decoded.encoding).toBe(encoding)
  expect(decoded.text.replace('\ufeff', '')).toBe(TEXT)
  expect(Buffer.from(encodeText(decoded.text, encoding)).equals(bytes)).toBe(true)
})

it.each([
  ['UTF-8', Buffer.from([0x61, 0xff])],
  ['UTF-16', Buffer.from([0xff, 0xfe, 0x00, 0xd8])],
])('bytes that are not %s are refused', (name, bytes) => {
  expect(() => decodeBytes(bytes)).toThrow(`it is not ${name} text`)
})

it.each([
  ['é', Buffer.from([0xc3, 0xa9, 0xff, 0x61])],
  ['', Buffer.from([0xff, 0x61])],
  // A character of three bytes that lacks one.
  ['a', Buffer.from([0x61, 0xe4, 0xb8, 0x61, 0x62])],
  ['\ufeffa', Buffer.from([0xff, 0xfe, 0x61, 0x00, 0x00, 0xdc, 0x62, 0x00])],
  ['whole', Buffer.from('whole')],
])('the readable part of bytes is %j', (text, bytes) => {
  expect(readablePart(bytes)).toBe(text)
})

it('an empty file is an empty text', () => {
  expect(decodeBytes(new Uint8Array())).toEqual({ text: '', encoding: 'utf-8' })
})

import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import {
  codeOf,
  isAbortSignal,
  isArrayBuffer,
  isBytes,
  isDate,
  isError,
  isErrorNamed,
  isPlainObject,
  isPromiseLike,
  isRecord,
  kindOf,
  shortened,
  toError,
} from '../../../src/base/values.js'

/** A value of another realm. */
function foreign(expression: string): unknown {
  return runInNewContext(expression)
}

describe('values of another realm', () => {
  it('are recognised for what they are', () => {
    const error = foreign("Object.assign(new TypeError('no'), { code: 'ENOENT' })")
    expect(error instanceof Error).toBe(false)
    expect(isError(error)).toBe(true)
    expect(isErrorNamed(error, 'RangeError', 'TypeError')).toBe(true)
    expect(isErrorNamed(error, 'RangeError')).toBe(false)
    expect(codeOf(error)).toBe('ENOENT')
    expect(toError(error)).toBe(error)
    expect(isBytes(foreign('new Uint8Array(2)'))).toBe(true)
    expect(isArrayBuffer(foreign('new ArrayBuffer(2)'))).toBe(true)
    expect(isDate(foreign('new Date()'))).toBe(true)
    expect(isPlainObject(foreign('({})') as object)).toBe(true)
    expect(isPromiseLike(foreign('Promise.resolve()'))).toBe(true)
  })

  it('are not treated as what they are not', () => {
    expect(isError(foreign("({ name: 'Error', message: 'no' })"))).toBe(false)
    expect(isBytes(foreign('new Uint16Array(2)'))).toBe(false)
    expect(isBytes(foreign('[1, 2]'))).toBe(false)
    expect(isArrayBuffer(foreign('new Uint8Array(2)'))).toBe(false)
    expect(isDate(foreign('({ getTime: () => 0 })'))).toBe(false)
    expect(isPlainObject(foreign('new (class Own {})()') as object)).toBe(false)
    expect(isPromiseLike(foreign('({})'))).toBe(false)
  })
})

it('a record is neither null nor a list nor a scalar', () => {
  expect([{}, { a: 1 }, foreign('({})')].map(isRecord)).toEqual([true, true, true])
  expect([null, [], foreign('[]'), 'a', 1, undefined].filter(isRecord)).toEqual([])
})

describe('errors', () => {
  it('include what an aborted signal throws', () => {
    const reason: unknown = AbortSignal.abort().reason
    expect(isError(reason)).toBe(true)
    expect(toError(reason)).toBe(reason)
  })

  it('are made of whatever else was thrown', () => {
    expect(toError('no').message).toBe('no')
    expect(toError(undefined).message).toBe('undefined')
    expect(codeOf({ code: 'ENOENT' })).toBeUndefined()
    expect(codeOf(Object.assign(new Error('no'), { code: 7 }))).toBeUndefined()
  })
})

describe('abort signals', () => {
  it('are told by what they can do', () => {
    const standIn = { aborted: false, addEventListener: () => 1, removeEventListener: () => 1 }
    expect(isAbortSignal(new AbortController().signal)).toBe(true)
    expect(isAbortSignal(standIn)).toBe(true)
    expect(isAbortSignal(new EventTarget())).toBe(false)
    expect(isAbortSignal(null)).toBe(false)
  })
})

describe('a text that is quoted', () => {
  it('is cut when it is long, and stays well-formed', () => {
    expect(shortened('short')).toBe('short')
    expect(shortened('x'.repeat(1000))).toBe(`${'x'.repeat(200)}… (800 more characters)`)
    expect(shortened('😀'.repeat(200), 101).isWellFormed()).toBe(true)
  })

  it('may be the name of a class', () => {
    const name = 'C'.repeat(1_000_000)
    expect(kindOf(new { [name]: class {} }[name]!()).length).toBeLessThan(250)
  })
})

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { addPrices, priceOf } from '../../../../src/dify/service/prices.js'
import { seeded } from '../../../support/random.js'

it('adds prices exactly, where numbers would not', () => {
  expect(0.1 + 0.2).not.toBe(0.3)
  expect(addPrices('0.1', '0.2')).toBe('0.3')
  expect(addPrices('0.0000145', '1.5E-6')).toBe('0.000016')
  expect(addPrices('9007199254740993', '0.0000001')).toBe('9007199254740993.0000001')
  expect(addPrices('1', '-1.000')).toBe('0')
})

it('adds any prices as integers do', () => {
  fc.assert(
    fc.property(
      fc.bigInt(-(10n ** 20n), 10n ** 20n),
      fc.bigInt(-(10n ** 20n), 10n ** 20n),
      (one, other) => {
        expect(addPrices(micros(one), micros(other))).toBe(priceOf(micros(one + other)))
      },
    ),
    seeded(200),
  )
})

it('reads what Dify writes, and nothing else', () => {
  expect(priceOf('0.0012500')).toBe('0.00125')
  expect(priceOf('1E+2')).toBe('100')
  expect(priceOf(0.0000002)).toBe('0.0000002')
  expect(priceOf('-0')).toBe('0')
  for (const other of ['', 'free', '1,5', '1e999', null, undefined, NaN, Infinity, {}])
    expect(priceOf(other)).toBeUndefined()
})

function micros(units: bigint): string {
  const digits = (units < 0n ? -units : units).toString().padStart(7, '0')
  return `${units < 0n ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`
}

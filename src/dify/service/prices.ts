/**
 * Prices as Dify writes them: decimal numbers in text, such as "0.0000145". They are added as integers, since sums of
 * binary fractions are not exact: 0.1 + 0.2 is not 0.3.
 */

/** A plain decimal number, or one with an exponent, as Python writes small ones ("1.45E-5"). */
const DECIMAL = /^([+-]?)(\d{1,30})(?:\.(\d{1,30}))?(?:[eE]([+-]?\d{1,2}))?$/

interface Scaled {
  readonly units: bigint
  /** The value is units / 10 ** scale. */
  readonly scale: number
}

/** The sum of two prices, exact, in plain decimal form without trailing zeros. */
export function addPrices(left: string, right: string): string {
  const [one, other] = [scaled(left), scaled(right)]
  const scale = Math.max(one.scale, other.scale)
  return decimal({ units: unitsAt(one, scale) + unitsAt(other, scale), scale })
}

/** The price in plain decimal form; undefined for a value that is not a price. Numbers are taken as they print. */
export function priceOf(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string' || !DECIMAL.test(text)) return undefined
  return decimal(scaled(text))
}

function scaled(price: string): Scaled {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(price) ?? []
  const units = BigInt(`${sign === '-' ? '-' : ''}${whole}${fraction}`)
  const scale = fraction.length - Number(exponent)
  return scale < 0 ? { units: units * 10n ** BigInt(-scale), scale: 0 } : { units, scale }
}

function unitsAt({ units, scale }: Scaled, wanted: number): bigint {
  return units * 10n ** BigInt(wanted - scale)
}

function decimal({ units, scale }: Scaled): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  let end = digits.length
  while (end > digits.length - scale && digits[end - 1] === '0') end -= 1
  const fraction = digits.slice(digits.length - scale, end)
  return `${units < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`
}

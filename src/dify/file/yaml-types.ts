/** What an unquoted scalar is in YAML 1.1. */
export type ScalarType =
  'str' | 'int' | 'float' | 'bool' | 'null' | 'timestamp' | 'merge' | 'binary'

const TRUE = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/
const FALSE = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/
const NULL = /^(?:~|null|Null|NULL|)$/
const INTEGER =
  /^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/
const TIMESTAMP =
  /^(?:\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/

/** Longest number that is recognised; the length of an id or a price is far below. */
const NUMBER_LENGTH_MAX = 400

/**
 * The type of an unquoted scalar by the rules of YAML 1.1 as PyYAML has them: `yes` and `off` are booleans, `017` is
 * octal, `12:30` is a number in base 60, `1_000` is 1000; `0o17` and `1e3` are texts.
 */
export function typeOfPlain(text: string): ScalarType {
  if (NULL.test(text)) return 'null'
  if (text.length > NUMBER_LENGTH_MAX) return 'str'
  if (text === '<<') return 'merge'
  if (TRUE.test(text) || FALSE.test(text)) return 'bool'
  if (INTEGER.test(text)) return 'int'
  if (FLOAT.test(text)) return 'float'
  return TIMESTAMP.test(text) ? 'timestamp' : 'str'
}

/**
 * Why PyYAML cannot make a value of this type from a text: a tag that the text does not fit, or a day that no month has.
 * Undefined where it can.
 */
export function faultOfValue(text: string, type: ScalarType): string | undefined {
  if (FITS[type]?.(text) !== false) return undefined
  return type === 'timestamp'
    ? `"${text}" is not a day or a time`
    : `"${text}" is not a value of !!${type}`
}

const FITS: Partial<Readonly<Record<ScalarType, (text: string) => boolean>>> = {
  bool: (text) => /^(?:yes|no|true|false|on|off)$/i.test(text),
  int: (text) =>
    text.length > NUMBER_LENGTH_MAX || (INTEGER.test(text) && !/^[-+]?0[bx]_*$/.test(text)),
  float: (text) =>
    text.length > NUMBER_LENGTH_MAX ||
    FLOAT.test(text) ||
    INTEGER.test(text) ||
    /^[-+]?\d+(?:\.\d*)?(?:e[-+]?\d+)?$/i.test(text),
  timestamp: (text) => TIMESTAMP.test(text) && isTime(text),
  binary: isBase64,
}

/** Whether the month has the day, and the day the time. */
function isTime(text: string): boolean {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = (
    text.match(/\d+/g) ?? []
  ).map(Number)
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  const isDay = date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  return year > 0 && isDay && hour < 24 && minute < 60 && second < 60
}

/** As Python reads it: other characters do not count, and the padding is complete. */
function isBase64(text: string): boolean {
  const digits = text.replace(/[^A-Za-z\d+/]/g, '').length % 4
  const padding = text.split('=').length - 1
  return digits === 0 || (digits > 1 && padding >= 4 - digits)
}

/**
 * The value of a scalar that is not a text: booleans and null as such; numbers as numbers if that loses nothing, as
 * their text if an integer has too many digits or the number is infinite; a time as its text.
 */
export function valueOfType(text: string, type: ScalarType): boolean | number | string | null {
  switch (type) {
    case 'null':
      return null
    case 'bool':
      return TRUE.test(text)
    case 'int':
      return integerOf(text)
    case 'float':
      return floatOf(text)
    case 'str':
    case 'timestamp':
    case 'merge':
    case 'binary':
      return text
  }
}

function integerOf(text: string): number | string {
  const plain = text.replaceAll('_', '')
  const sign = plain.startsWith('-') ? -1 : 1
  const digits = plain.replace(/^[-+]/, '')
  const magnitude = magnitudeOf(digits)
  return Number.isSafeInteger(magnitude) ? sign * magnitude || 0 : text
}

function magnitudeOf(digits: string): number {
  if (digits.includes(':')) return base60(digits)
  if (/^0[0-7]+$/.test(digits)) return Number.parseInt(digits, 8)
  return Number(digits)
}

function floatOf(text: string): number | string {
  const plain = text.replaceAll('_', '').toLowerCase()
  const sign = plain.startsWith('-') ? -1 : 1
  const digits = plain.replace(/^[-+]/, '')
  const value = sign * (digits.includes(':') ? base60(digits) : Number(digits))
  return Number.isFinite(value) ? value : text
}

function base60(digits: string): number {
  return digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
}

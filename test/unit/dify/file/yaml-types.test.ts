import { describe, expect, it } from 'vitest'
import { faultOfValue, typeOfPlain, valueOfType } from '../../../../src/dify/file/yaml-types.js'

describe('a scalar without quotes in YAML 1.1', () => {
  it.each([
    ['yes', 'bool', true],
    ['Off', 'bool', false],
    ['y', 'str', 'y'],
    ['', 'null', null],
    ['~', 'null', null],
    ['017', 'int', 15],
    ['0o17', 'str', '0o17'],
    ['0x1F', 'int', 31],
    ['0b101', 'int', 5],
    ['1_000', 'int', 1000],
    ['12:30', 'int', 750],
    ['-1:00', 'int', -60],
    ['-0', 'int', 0],
    ['08', 'str', '08'],
    ['1720506191043', 'int', 1720506191043],
    ['12345678901234567890', 'int', '12345678901234567890'],
    ['1.5e+3', 'float', 1500],
    ['1e3', 'str', '1e3'],
    ['.5', 'float', 0.5],
    ['1:30.5', 'float', 90.5],
    ['-.inf', 'float', '-.inf'],
    ['.NaN', 'float', '.NaN'],
    ['2024-01-01', 'timestamp', '2024-01-01'],
    ['2024-1-1 10:00:00 +8', 'timestamp', '2024-1-1 10:00:00 +8'],
    ['2024-1-1', 'str', '2024-1-1'],
    ['<<', 'merge', '<<'],
    ['1'.repeat(401), 'str', '1'.repeat(401)],
  ] as const)('%j is of the type %s', (text, type, value) => {
    expect(typeOfPlain(text)).toBe(type)
    expect(valueOfType(text, type)).toBe(value)
  })
})

describe('a scalar that is not a value of its type', () => {
  it.each([
    ['abc', 'int'],
    ['0.5.0', 'int'],
    ['0x_', 'int'],
    ['x', 'float'],
    ['maybe', 'bool'],
    ['2024-02-30', 'timestamp'],
    ['2023-02-29', 'timestamp'],
    ['2024-13-01', 'timestamp'],
    ['0000-01-01', 'timestamp'],
    ['2024-01-01 25:00:00', 'timestamp'],
    ['abc', 'timestamp'],
    ['YWJj!YQ', 'binary'],
  ] as const)('is %j as %s', (text, type) => {
    expect(faultOfValue(text, type)).toContain(JSON.stringify(text))
  })

  it.each([
    ['12:30', 'int'],
    ['1e5', 'float'],
    ['7', 'float'],
    ['YES', 'bool'],
    ['anything', 'null'],
    ['2024-02-29', 'timestamp'],
    ['2024-1-1 10:00:00 +8', 'timestamp'],
    ['YWJj', 'binary'],
    ['YQ==', 'binary'],
  ] as const)('is not %j as %s', (text, type) => {
    expect(faultOfValue(text, type)).toBeUndefined()
  })
})

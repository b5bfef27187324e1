import { expect, it } from 'vitest'
import { REPORT_STYLE } from '../../../../src/optimizer/reports/report-style.js'

it('the style of a report loads nothing, and cannot end its element', () => {
  expect(REPORT_STYLE).not.toMatch(/url\(|@import|</)
  expect(REPORT_STYLE).toContain('prefers-color-scheme:dark')
  const count = (character: string): number => REPORT_STYLE.split(character).length
  expect(count('{')).toBe(count('}'))
})

import { expect, it } from 'vitest'
import { MIGRATIONS } from '../../../src/postgres/tables.js'

it('the tables need no extension and no language of the server', () => {
  const text = MIGRATIONS.flatMap((statements) => statements('"store"')).join('\n')
  expect(text).not.toMatch(/\b(extension|function|trigger|language|procedure|rule)\b/i)
  expect(text.match(/"store"\.\w+/g)?.length).toBeGreaterThan(5)
})

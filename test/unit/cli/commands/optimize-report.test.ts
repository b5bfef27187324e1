import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { simulatedRun, startSimulatedModel } from '../../../support/simulated-run.js'
import { tempDirectory } from '../../../support/temp.js'
import { holdfast } from '../here.js'

it('holdfast optimize report prints Markdown, HTML and JSON of a run that has ended', async () => {
  const { config } = await simulatedRun(await startSimulatedModel(), 'additive/71')
  const dir = await tempDirectory()
  await holdfast(['optimize', 'run', config, '--dir', dir, '--run', 'one'])
  const args = ['optimize', 'report', 'one', '--dir', dir]
  const markdown = await holdfast(args)
  expect(markdown.code).toBe(0)
  expect(markdown.stdout).toMatch(/^# A gain is proven\n/)
  const file = join(await tempDirectory(), 'report.html')
  const html = await holdfast([...args, '--format', 'html', '--output', file])
  expect(html.stderr).toContain('Written to')
  expect(await readFile(file, 'utf8')).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/)
  const json = await holdfast([...args, '--format', 'json'])
  expect(JSON.parse(json.stdout)).toMatchObject({ run: 'one', verdict: 'gain' })
  expect((await holdfast(['optimize', 'report', 'two', '--dir', dir])).code).toBe(3)
  expect((await holdfast([...args, '--json', '--output', file])).code).toBe(2)
})

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

it('holdfast optimize report has numbers of six decimals in each form', async () => {
  const { config } = await simulatedRun(await startSimulatedModel(), 'noisy/72', {
    budget: { calls: 200 },
  })
  const dir = await tempDirectory()
  const ran = await holdfast(['optimize', 'run', config, '--dir', dir, '--run', 'one', '--json'])
  const texts = [ran.stdout]
  for (const format of ['markdown', 'html', 'json']) {
    const args = ['optimize', 'report', 'one', '--dir', dir, '--format', format]
    texts.push((await holdfast(args)).stdout)
  }
  // A number below 0.1 has six digits behind its zeros.
  for (const text of texts)
    expect(text.match(/\b(?!0\.0)\d+\.\d{7,}|\b0\.0+[1-9]\d{6,}/g)).toBeNull()
  expect(ran.stdout).toMatch(/"baseline_mean": 0\.\d+/)
})

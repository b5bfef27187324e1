import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DifyRunner, publishWith } from '../../../../src/optimizer/execution/dify-runner.js'
import type { TestCase } from '../../../../src/optimizer/models/run-manifest.js'
import { simulatedDify } from '../../../support/simulated-dify.js'
import { cases, clientOf, consoleOf, manifestOf, publishingRunner } from './bed-plan.js'

const EXAMPLES = join(import.meta.dirname, '../../../../examples/dify')
const OPTIONS = { timeoutMs: 60_000 }

describe('a runner', () => {
  it('runs baseline and variant of one app side by side', async () => {
    const bed = await simulatedDify({
      files: ['translation_workflow.yml'],
      model: { rule: 'echo' },
    })
    const dsl = await readFile(join(EXAMPLES, 'translation_workflow.yml'), 'utf8')
    const runner = publishingRunner(bed)
    const changed = dsl.replace('You are an expert linguist', 'You are a sworn linguist')
    expect(changed).not.toBe(dsl)
    const [before, after] = await Promise.all([
      runner.prepare(manifestOf({ dsl })),
      runner.prepare(manifestOf({ dsl: changed, variant_id: 'v1' })),
    ])
    expect(before.version_id).not.toBe(after.version_id)
    const [testCase] = cases(1) as [TestCase]
    const prompts = await Promise.all(
      [before, after, before].map(async (one) =>
        JSON.stringify((await one.run(testCase, OPTIONS)).traces),
      ),
    )
    expect(prompts.map((text) => text.includes('a sworn linguist'))).toEqual([false, true, false])
  })

  it('runs the versions that it is given, and the current one for the baseline', async () => {
    const bed = await simulatedDify({ files: ['translation_workflow.yml'] })
    const client = clientOf(bed)
    const runner = new DifyRunner({ client, workflowIds: { v1: bed.app.workflow_id } })
    expect((await runner.prepare(manifestOf({}))).version_id).toBe('')
    expect((await runner.prepare(manifestOf({ variant_id: 'v1' }))).version_id).toBe(
      bed.app.workflow_id,
    )
    await expect(runner.prepare(manifestOf({ variant_id: 'toString' }))).rejects.toThrow(TypeError)
  })

  it('goes on publishing after a file that Dify refused', async () => {
    const bed = await simulatedDify({ files: ['translation_workflow.yml'] })
    const publish = publishWith(consoleOf(bed), bed.app.id)
    await expect(publish('not: a workflow', {})).rejects.toMatchObject({ code: 'OPT-DIFY-005' })
    const dsl = await readFile(join(EXAMPLES, 'translation_workflow.yml'), 'utf8')
    expect(await publish(dsl, {})).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('sends the messages of a conversation one after the other, and adds what they cost', async () => {
    const bed = await simulatedDify({ files: ['Artifact.yml'], model: { rule: 'echo' } })
    const prepared = await new DifyRunner({ client: clientOf(bed) }).prepare(manifestOf({}))
    const steps = ['First', 'Second'].map((message) => ({
      role: 'user',
      message,
      wait_for_response: true,
    }))
    const talk = { id: 't', inputs: {}, conversation_flow: { steps } } as TestCase
    const both = await prepared.run(talk, OPTIONS)
    expect(both.outputs['answer']).toContain('Second')
    const requests = (await bed.requests()).filter(({ path }) => path === '/chat-messages')
    const conversation = requests[1]?.body?.['conversation_id']
    expect([requests.length, typeof conversation]).toEqual([2, 'string'])
    const one = await prepared.run({ id: 'q', inputs: { query: 'Second' } }, OPTIONS)
    expect(both.tokens).toBeGreaterThan(one.tokens)
    expect(both.traces).toHaveLength(2 * one.traces.length)
  })
})

import { expect, it } from 'vitest'
import { RunEvents, runSummary } from '../../../../src/dify/service/run-events.js'

const KNOWN = { attempts: 1, known_by: 'stream', traces_complete: true } as const
const event = (name: string, data?: unknown, more: object = {}) => ({
  event: name,
  body: { event: name, task_id: 't', workflow_run_id: 'r', data, ...more },
})

it('puts nodes together by execution, in the order of their beginning', () => {
  const run = new RunEvents('POST /x')
  run.add(event('workflow_started', { id: 'r', workflow_id: 'w' }))
  run.add(event('node_started', { id: 'a', node_id: 'n1', index: 1 }))
  run.add(event('node_started', { id: 'b', node_id: 'n2', index: 2, title: 'Two' }))
  run.add(event('node_retry', { id: 'b', retry_index: 1 }))
  run.add(event('node_retry', { id: 'b', retry_index: 2 }))
  run.add(event('node_finished', { id: 'b', node_id: 'n2', status: 'exception', error: 'e' }))
  // A resumed stream repeats events.
  run.add(event('node_finished', { id: 'b', node_id: 'n2', status: 'exception', error: 'e' }))
  run.add(
    event('workflow_finished', { status: 'partial-succeeded', total_steps: 2, outputs: '{"x":1}' }),
  )
  expect(run.hasEnded).toBe(true)
  expect(run.hasAllNodes).toBe(false)
  const outcome = run.outcome(KNOWN)
  expect(outcome).toMatchObject({
    run_id: 'r',
    task_id: 't',
    workflow_id: 'w',
    status: 'partial-succeeded',
    outputs: { x: 1 },
  })
  expect(outcome.traces.map(({ node_id: id, status, retries }) => [id, status, retries])).toEqual([
    ['n1', 'running', 0],
    ['n2', 'exception', 2],
  ])
  expect(outcome.traces[1]?.title).toBe('Two')
})

it('is paused when it waits for a person', () => {
  const run = new RunEvents('POST /x')
  run.add(event('human_input_required', {}))
  expect(run.hasEnded).toBe(false)
  run.add(event('workflow_paused', {}))
  expect([run.hasEnded, run.isPaused, run.outcome(KNOWN).status]).toEqual([true, true, 'paused'])
})

it('fails with an error event, even one without a status', () => {
  const run = new RunEvents('POST /x')
  run.add(event('workflow_started', { id: 'r' }))
  expect(() => run.add(event('error', undefined, { code: 'too_many_requests' }))).toThrow(
    expect.objectContaining({
      code: 'OPT-DIFY-002',
      context: expect.objectContaining({ run_id: 'r' }),
    }),
  )
})

it('reads a run that the service describes, with times that can be read', () => {
  const run = runSummary({
    id: 'r',
    status: 'running',
    inputs: '{"a":1}',
    created_at: 1_700_000_000,
  })
  expect(run).toMatchObject({
    run_id: 'r',
    inputs: { a: 1 },
    created_at: '2023-11-14T22:13:20.000Z',
    finished_at: '',
  })
  expect(runSummary({ created_at: 1e300 }).created_at).toBe('')
})

import { expect, it } from 'vitest'
import { readEvents, type DifyEvent } from '../../../../src/dify/service/events.js'

async function eventsOf(...pieces: (string | Uint8Array)[]): Promise<DifyEvent[]> {
  const found: DifyEvent[] = []
  const stream = async function* (): AsyncGenerator<Uint8Array> {
    await Promise.resolve()
    for (const piece of pieces) yield Buffer.from(piece)
  }
  const hidden = (text: string): string => text.replaceAll('secret', '***')
  for await (const event of readEvents(stream(), 'POST /x', () => undefined, hidden))
    found.push(event)
  return found
}

it('reads events with any line endings and over any pieces', async () => {
  const text = 'data: {"event":"a","x":"é"}\r\n\r\nevent: ping\n\ndata:{"event":"b"}\n\n: note\n\n'
  const whole = await eventsOf(text)
  expect(whole.map(({ event }) => event)).toEqual(['a', 'b'])
  expect(await eventsOf(...Array.from(Buffer.from(text), (byte) => Uint8Array.of(byte)))).toEqual(
    whole,
  )
})

it('passes over keep-alives with data, and names events without a name by nothing', async () => {
  expect(await eventsOf('event: ping\ndata: {}\n\ndata: {"x":1}\n\n')).toEqual([
    { event: '', body: { x: 1 } },
  ])
})

it('refuses an event that is not JSON', async () => {
  await expect(eventsOf('data: <html>\n\n')).rejects.toMatchObject({ code: 'OPT-DIFY-007' })
})

it('refuses an event that does not end', async () => {
  const pieces = Array.from({ length: 33 }, () => 'x'.repeat(1024 * 1024))
  await expect(eventsOf('data: "', ...pieces)).rejects.toMatchObject({ code: 'OPT-DIFY-007' })
})

it('hides secrets in what says why something failed, and nowhere else', async () => {
  const events = await eventsOf(
    'data: {"event":"error","code":"secret_code","message":"a secret","task_id":"t"}\n\n',
    'data: {"event":"workflow_finished","data":{"error":"the secret","outputs":{"a":"secret"}}}\n\n',
  )
  expect(events.map(({ body }) => body)).toEqual([
    { event: 'error', code: '***_code', message: 'a ***', task_id: 't' },
    { event: 'workflow_finished', data: { error: 'the ***', outputs: { a: 'secret' } } },
  ])
})

it('drops an event whose empty line does not come', async () => {
  const whole = 'data: {"event":"a"}\n\n'
  expect(await eventsOf(`${whole}data: {"event":"workflow_finished"}\n`)).toHaveLength(1)
})

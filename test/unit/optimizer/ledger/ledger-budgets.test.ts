import { describe, expect, it } from 'vitest'
import { HoldfastError } from '../../../../src/base/errors.js'
import { Ledger } from '../../../../src/optimizer/ledger/ledger.js'
import type { ChatModel } from '../../../../src/optimizer/llm/chat-model.js'
import { answeringModel } from '../../../support/chat-model.js'
import { inMemory, opened, request } from './ledgers.js'

const USAGE = { prompt_tokens: 10, completion_tokens: 5 }

describe('the budget of a ledger', () => {
  it('holds over processes: what was under way counts as the most that it can have cost', async () => {
    const storage = inMemory()
    const prices = { small: { prompt_per_million: 1e6, completion_per_million: 1e6 } }
    const options = { storage, run: 'r', prices, budget: { tokens: 400 } }
    const first = await Ledger.open(options)
    const lost = answeringModel(() => Promise.reject(new Error('the process ends here')))
    // 87 tokens at most: one byte, four of the role, twice 16, and 50 for the answer.
    await expect(first.model(lost).complete(request('a'))).rejects.toThrow('ends here')
    expect(first.left.tokens).toBe(313)
    await first.close()
    const second = await Ledger.open(options)
    expect(second.left.tokens).toBe(313)
    const model = answeringModel(() => 'x')
    await second.model(model).complete(request('b'))
    expect(second.left.tokens).toBe(298)
    expect(second.report().money).toBe(102)
  })

  it('is never exceeded, however many requests are under way', async () => {
    const ledger = await opened({ budget: { calls: 7 } })
    const model = answeringModel(() => 'x')
    const asked = Array.from(
      { length: 20 },
      async (_, at) => await ledger.model(model).complete(request(`${at}`)),
    )
    const outcomes = await Promise.allSettled(asked)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(7)
    expect(model.requests).toHaveLength(7)
    expect(ledger.left.calls).toBe(0)
    for (const outcome of outcomes)
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({
          code: 'OPT-BUDGET-001',
          context: { budget: 'calls' },
        })
  })

  it('refuses again what it has refused, in a later process and in a replay, until it is raised', async () => {
    const storage = inMemory()
    const model = answeringModel(() => 'x')
    const ask = async (ledger: Ledger): Promise<unknown> =>
      await ledger
        .model(model)
        .complete(request('b'))
        .catch((error: unknown) => error)
    const first = await Ledger.open({ storage, run: 'r', budget: { calls: 1 } })
    await first.model(model).complete(request('a'))
    const refusal = await ask(first)
    expect(refusal).toMatchObject({
      code: 'OPT-BUDGET-001',
      context: { budget: 'calls', limit: 1, spent: 1, needed: 1 },
    })
    await first.close()
    for (const mode of ['record', 'replay'] as const) {
      const again = await Ledger.open({ storage, run: 'r', budget: { calls: 1 }, mode })
      expect(await ask(again)).toEqual(refusal)
      expect(again.report().requests).toMatchObject({ different: 1, sent: 1 })
      await again.close()
    }
    const raised = await Ledger.open({ storage, run: 'r', budget: { calls: 2 } })
    expect(await ask(raised)).toMatchObject({ text: 'x' })
    await raised.close()
    expect(model.requests).toHaveLength(2)
  })

  it('counts for a caller what was asked and what was sent again, recorded or not', async () => {
    const storage = inMemory()
    const model: ChatModel = {
      name: 'small',
      complete: async (_, options) => {
        await options?.onRetry?.('OPT-LLM-006')
        return { text: 'x', finish_reason: 'stop', usage: USAGE, model: 'small' }
      },
    }
    const counts: unknown[] = []
    for (let process = 0; process < 2; process++) {
      const ledger = await Ledger.open({ storage, run: 'r', budget: { tokens: 1000 } })
      expect(ledger.asked).toEqual({ retries: 0, tokens: 0, money: 0 })
      await ledger.model(model).complete(request('a'))
      counts.push(ledger.asked)
      await ledger.close()
    }
    // What failed may have been paid for: it counts as the most that it can have cost, which is 87 tokens.
    expect(counts[0]).toEqual({ retries: 1, tokens: 87 + 15, money: 0 })
    expect(counts[1]).toEqual(counts[0])
  })

  it('in seconds ends requests under way', async () => {
    const ledger = await opened({ budget: { seconds: 0.2 } })
    const endless = ledger.run(
      { kind: 'chat', request: {} },
      {
        perform: async (signal) =>
          await new Promise<never>((_, reject) => {
            signal.addEventListener('abort', () => reject(new Error('aborted')))
          }),
      },
    )
    await expect(endless).rejects.toMatchObject({
      code: 'OPT-BUDGET-001',
      context: { budget: 'seconds' },
    })
    expect(ledger.report().requests).toMatchObject({ sent: 1, open: 1 })
    await expect(
      ledger.model(answeringModel(() => 'x')).complete(request('a')),
    ).rejects.toMatchObject({
      code: 'OPT-BUDGET-001',
    })
    await ledger.close()
  })

  it('counts each time that a model is asked again after a temporary failure', async () => {
    const storage = inMemory()
    const paid: boolean[] = []
    const model: ChatModel = {
      name: 'small',
      complete: async (_, options) => {
        // What an endpoint has refused is free; what it has failed at may have been paid for.
        for (const code of ['OPT-LLM-005', 'OPT-LLM-006', 'OPT-LLM-006'])
          paid.push((await options?.onRetry?.(code)) ?? true)
        throw new HoldfastError('OPT-LLM-006', 'down')
      },
    }
    const ledger = await Ledger.open({ storage, run: 'r', budget: { calls: 3, tokens: 1000 } })
    const [before = 0, asked] = [ledger.left.tokens, ledger.model(model).complete(request('a'))]
    await expect(asked).rejects.toMatchObject({ code: 'OPT-LLM-006' })
    expect(paid).toEqual([true, true, false])
    expect(ledger.left.calls).toBe(0)
    expect(ledger.report().requests).toMatchObject({ sent: 3, repeated: 2, failed: 1 })
    const spent = before - (ledger.left.tokens ?? 0)
    expect(spent).toBe(ledger.report().tokens)
    await ledger.close()
    const again = await Ledger.open({ storage, run: 'r', budget: { calls: 3, tokens: 1000 } })
    expect(again.left).toMatchObject({ calls: 0, tokens: before - spent })
  })

  it('does not count what an endpoint has refused', async () => {
    const ledger = await opened({ budget: { tokens: 1000 } })
    const model = answeringModel(() => Promise.reject(new HoldfastError('OPT-LLM-004', 'no')))
    await expect(ledger.model(model).complete(request('a'))).rejects.toThrow('no')
    expect(ledger.left.tokens).toBe(1000)
  })
})

import { describe, expect, it } from 'vitest'
import { exactly, Model, type Transaction, type Value } from './model.js'

describe('the model', () => {
  it('accepts what was acknowledged', () => {
    const model = new Model()
    acknowledge(model.call(effects({ a: 'A1', b: 'B1' }), 1), 2)
    expect(problems(model, 3, { a: 'A1', b: 'B1' })).toEqual([])
  })

  it('rejects the loss of what was acknowledged', () => {
    const model = new Model()
    acknowledge(model.call(effects({ a: 'A1' }), 1), 2)
    acknowledge(model.call(effects({ a: 'A2' }), 3), 4)
    expect(problems(model, 5, {})).not.toEqual([])
    expect(problems(model, 5, { a: 'A1' })).not.toEqual([])
    expect(problems(model, 3, { a: 'A1' })).toEqual([])
  })

  it('rejects a removal that comes back, and one that was not asked for', () => {
    const model = new Model()
    acknowledge(model.call(effects({ a: 'A1', b: 'B1' }), 1), 2)
    acknowledge(model.call(effects({ a: undefined }), 3), 4)
    expect(problems(model, 5, { a: 'A1', b: 'B1' })).not.toEqual([])
    expect(problems(model, 5, {})).not.toEqual([])
    expect(problems(model, 5, { b: 'B1' })).toEqual([])
  })

  it('rejects bytes that were never written, and names that were never given', () => {
    const model = new Model()
    acknowledge(model.call(effects({ a: 'A1' }), 1), 2)
    expect(problems(model, 3, { a: 'A' })).not.toEqual([])
    expect(problems(model, 3, { a: '' })).not.toEqual([])
    expect(problems(model, 3, { a: 'A1', c: 'C' })).not.toEqual([])
  })

  it('lets an unanswered transaction be there whole or not at all', () => {
    const model = new Model()
    acknowledge(model.call(effects({ a: 'A1', b: 'B1' }), 1), 2)
    model.call(effects({ a: 'A2', b: undefined, c: 'C2' }), 3)
    expect(problems(model, 4, { a: 'A1', b: 'B1' })).toEqual([])
    expect(problems(model, 4, { a: 'A2', c: 'C2' })).toEqual([])
    expect(problems(model, 4, { a: 'A2', b: 'B1', c: 'C2' })).not.toEqual([])
    expect(problems(model, 4, { a: 'A1', b: 'B1', c: 'C2' })).not.toEqual([])
    expect(problems(model, 4, { a: 'A2', b: 'B1' })).not.toEqual([])
  })

  it('rejects what was not called yet, or has failed', () => {
    const model = new Model()
    const failed = model.call(effects({ a: 'A1' }), 5)
    expect(problems(model, 4, { a: 'A1' })).not.toEqual([])
    expect(problems(model, 6, { a: 'A1' })).toEqual([])
    failed.failedAt = 7
    expect(problems(model, 8, { a: 'A1' })).not.toEqual([])
  })

  it('accepts as a backup the state of one moment between its begin and its end', () => {
    const model = new Model()
    acknowledge(model.call(effects({ a: 'A1', b: 'B1' }), 1), 2)
    acknowledge(model.call(effects({ a: 'A2', b: 'B2' }), 4), 5)
    acknowledge(model.call(effects({ a: 'A3' }), 6), 7)
    model.call(effects({ c: 'C' }), 12)
    const backup = (found: Record<string, string>): readonly string[] =>
      model.between(3, 10).check(new Map(Object.entries(found)))
    expect(backup({ a: 'A1', b: 'B1' })).toEqual([])
    expect(backup({ a: 'A2', b: 'B2' })).toEqual([])
    expect(backup({ a: 'A3', b: 'B2' })).toEqual([])
    expect(backup({ a: 'A1', b: 'B2' })).not.toEqual([])
    expect(backup({ a: 'A3', b: 'B1' })).not.toEqual([])
    expect(backup({})).not.toEqual([])
    expect(backup({ a: 'A3', b: 'B2', c: 'C' })).not.toEqual([])
  })

  it('keeps what a reader has seen, acknowledged or not', () => {
    const model = new Model()
    const transaction = model.call(effects({ a: 'A1', b: 'B1' }), 1)
    expect(model.read('a', 'A1', 2, 3)).toEqual([transaction])
    transaction.seenAt = 3
    expect(problems(model, 4, {})).not.toEqual([])
    expect(problems(model, 4, { a: 'A1', b: 'B1' })).toEqual([])
  })

  it('rejects a read of what was replaced before it began, or never was', () => {
    const model = new Model()
    acknowledge(model.call(effects({ a: 'A1' }), 1), 2)
    acknowledge(model.call(effects({ a: 'A2' }), 3), 6)
    expect(model.read('a', 'A1', 4, 5)).toBeDefined()
    expect(model.read('a', 'A2', 4, 5)).toBeDefined()
    expect(model.read('a', 'A1', 7, 8)).toBeUndefined()
    expect(model.read('a', undefined, 4, 5)).toBeUndefined()
    expect(model.read('a', 'A3', 4, 5)).toBeUndefined()
  })

  it('holds a recovered store to exactly what it has shown', () => {
    const shown = new Map([['a', 'A1']])
    const pending = { key: 'next', value: 'N', kept: false }
    const check = (found: Record<string, string>, kept: boolean): readonly string[] =>
      exactly(shown, { ...pending, kept }).check(new Map(Object.entries(found)))
    expect(check({ a: 'A1' }, false)).toEqual([])
    expect(check({ a: 'A1', next: 'N' }, false)).toEqual([])
    expect(check({ a: 'A1' }, true)).not.toEqual([])
    expect(check({ next: 'N' }, false)).not.toEqual([])
    expect(check({ a: 'A2' }, false)).not.toEqual([])
    expect(check({ a: 'A1', b: 'B' }, false)).not.toEqual([])
    expect(check({ a: 'A1', next: 'half' }, false)).not.toEqual([])
  })
})

describe('the model of calls that are flushed after they were acknowledged', () => {
  it('keeps what is due, whatever came later', () => {
    const model = new Model()
    const first = model.call(effects({ a: 'A1', b: 'B1' }), 1)
    acknowledge(first, 2)
    first.dueAt = 3
    acknowledge(model.call(effects({ c: 'C1' }), 4), 5)
    expect(afterLoss(model, 6, { a: 'A1', b: 'B1' })).toEqual([])
    expect(afterLoss(model, 6, { a: 'A1', b: 'B1', c: 'C1' })).toEqual([])
    expect(afterLoss(model, 6, { a: 'A1' })).not.toEqual([])
    expect(afterLoss(model, 6, { a: 'torn', b: 'B1' })).not.toEqual([])
  })

  it('allows any state since, each key by itself, and never garbage over what was there', () => {
    const model = new Model()
    const first = model.call(effects({ a: 'A1' }), 1)
    acknowledge(first, 2)
    first.dueAt = 3
    acknowledge(model.call(effects({ a: 'A2', b: 'B2' }), 4), 5)
    for (const a of ['A1', 'A2']) expect(afterLoss(model, 6, { a })).toEqual([])
    expect(afterLoss(model, 6, { a: 'A2', b: 'torn' })).toEqual([])
    expect(afterLoss(model, 6, { a: 'torn' })).not.toEqual([])
    expect(afterLoss(model, 6, {})).not.toEqual([])
  })

  it('allows a file that was made where nothing was to be torn, and rejects what was never written', () => {
    const model = new Model()
    acknowledge(model.call(effects({ a: 'A1' }), 1), 2)
    for (const found of [{}, { a: 'A1' }, { a: '' }]) expect(afterLoss(model, 3, found)).toEqual([])
    expect(afterLoss(model, 3, { b: 'B1' })).not.toEqual([])
  })
})

function effects(given: Record<string, Value>): Map<string, Value> {
  return new Map(Object.entries(given))
}

function acknowledge(transaction: Transaction, at: number): void {
  transaction.acknowledgedAt = at
}

function afterLoss(model: Model, at: number, found: Record<string, string>): readonly string[] {
  return model.afterPowerLoss(at).check(new Map(Object.entries(found)))
}

function problems(model: Model, at: number, found: Record<string, string>): readonly string[] {
  return model.at(at).check(new Map(Object.entries(found)))
}

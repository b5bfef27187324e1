import { InMemoryStorage } from '../../../../src/index.js'
import { Ledger } from '../../../../src/optimizer/ledger/ledger.js'
import { ledgerSchema, type LedgerDocument } from '../../../../src/optimizer/ledger/ledger-entry.js'
import type { LedgerOptions } from '../../../../src/optimizer/ledger/ledger-options.js'

const message = (content: string): { role: 'user'; content: string }[] => [
  { role: 'user', content },
]
/** What a model is asked: at most 87 tokens for one letter. */
export const request = (
  content: string,
): { model: string; messages: ReturnType<typeof message>; max_tokens: number } => ({
  model: 'small',
  messages: message(content),
  max_tokens: 50,
})
export const inMemory = (): InMemoryStorage<LedgerDocument> =>
  new InMemoryStorage<LedgerDocument>({ schema: ledgerSchema })

export async function opened(given: Partial<LedgerOptions> = {}): Promise<Ledger> {
  return await Ledger.open({ storage: inMemory(), run: 'r', ...given })
}

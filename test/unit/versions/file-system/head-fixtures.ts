import {
  NO_HEAD,
  type LabelMove,
  type PromptHead,
  type VersionTransactions,
} from '../../../../src/versions/prompt-heads.js'

const AT = '2025-01-17T10:30:00.000Z'

/** A head with the label `production`, and with others. */
export function headAt(version: string, others: Readonly<Record<string, string>> = {}): PromptHead {
  const entries = Object.entries({ production: version, ...others })
  const labels = entries.map(([label, at]) => [
    label,
    { version: at, at: AT, by: 'test', reason: null },
  ])
  return { ...NO_HEAD, labels: Object.fromEntries(labels) }
}

export function moveTo(to: string | null, from: string | null = null, reason = ''): LabelMove {
  return { label: 'production', from, to, by: 'test', reason: reason || null, at: AT }
}

/** Moves the label `production`. */
export async function label(
  storage: Pick<VersionTransactions, 'transact'>,
  promptId: string,
  version: string,
  reason = '',
): Promise<void> {
  await storage.transact([promptId], ([view]) => {
    const from = view?.head?.labels['production']?.version ?? null
    const head = { ...(view?.head ?? NO_HEAD), labels: headAt(version).labels }
    const moves = [moveTo(version, from, reason)]
    return { changes: [{ promptId, head, moves }], result: undefined }
  })
}

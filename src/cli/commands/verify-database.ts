import { counted } from '../counted.js'
import type { IntegrityReport } from '../../versions/source/integrity.js'
import { supports } from '../../versions/supports.js'
import { EXIT } from '../errors.js'
import type { Store } from '../open-store.js'
import type { Session } from '../session.js'

/** A store over a source, whose documents can be checked without files. */
export type CheckedStore = Store & { checkIntegrity(): Promise<IntegrityReport> }

export function isDatabase(store: Store): store is CheckedStore {
  return supports(store, 'integrity')
}

/** Checks what is in a database, and reports it. */
export async function verifyDatabase(session: Session, store: CheckedStore): Promise<void> {
  const report = await store.checkIntegrity()
  const { output } = session
  if (!report.ok) session.exitCode = EXIT.integrity
  if (output.json) return await output.document(report)
  if (!report.ok)
    await output.table(
      [{ title: 'Finding' }, { title: 'Prompt' }, { title: 'Version' }, { title: 'Detail' }],
      report.problems.map(({ kind, prompt_id: promptId, version, message }) => [
        kind,
        promptId ?? '',
        version ?? '',
        message,
      ]),
    )
  await output.talk(
    `${counted(report.documents, 'document')} checked, ${report.problems.length} damaged`,
  )
}

import type { Command } from 'commander'
import { StorageError } from '../../base/errors.js'
import type { Session } from '../session.js'

export function addRestoreCommand(program: Command, session: Session): void {
  program
    .command('restore')
    .description('bring a deleted version back from the trash')
    .argument('<prompt-id>')
    .argument('<version>')
    .addHelpText('after', '\nExample:\n  $ holdfast restore --dir prompts my-flow_llm 1.0.2')
    .action(async (promptId: string, version: string) => {
      await session.withStore(async (store) => {
        if (!(await store.restoreVersion(promptId, version))) throw notInTrash(promptId, version)
        const restored = { prompt_id: promptId, version, restored: true }
        if (session.output.json) return await session.output.document(restored)
        await session.output.talk(`Restored version ${version} of ${promptId}`)
      })
    })
}

function notInTrash(promptId: string, version: string): StorageError {
  return new StorageError(
    'OPT-VER-002',
    `Version ${version} of prompt ${promptId} is not in the trash`,
    {
      context: { prompt_id: promptId, version },
    },
  )
}

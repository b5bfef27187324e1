import type { Command } from 'commander'
import { showFacts } from '../facts.js'
import type { Session } from '../session.js'

export function addDoctorCommand(program: Command, session: Session): void {
  program
    .command('doctor')
    .description('print what the store, the file system and the addon can do here')
    .addHelpText('after', '\nExample:\n  $ holdfast doctor --dir prompts')
    .action(async () => {
      await session.withStore(async (store) => {
        const diagnosis = await store.doctor()
        if (session.output.json) return await session.output.document(diagnosis)
        const { problems, ...facts } = diagnosis
        await showFacts(session.output, facts)
        for (const problem of problems) await session.output.warn(problem)
      })
    })
}

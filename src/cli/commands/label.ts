import type { Command } from 'commander'
import type { LabelMove } from '../../versions/prompt-heads.js'
import { checkLabelName } from '../../versions/registry/label-name.js'
import type { LabelOptions } from '../../versions/registry/registry-options.js'
import { checkForm, ndjsonOption } from '../global-options.js'
import { requirePrompt, withRegistry } from '../registry.js'
import { given } from '../repeatable.js'
import type { Session } from '../session.js'
import { notFoundIn } from '../version-reference.js'

const EXAMPLES = `
HOLDFAST_PROTECTED_LABELS lists labels that move only with --allow-protected and
--reason, separated by commas. A refused move ends with status 4.

Examples:
  $ holdfast label set --dir prompts greeting production 1.2.0 --by ada
  $ holdfast label set --dir prompts greeting production @staging
      --expected 1.1.0 --reason reviewed
  $ holdfast label history --dir prompts greeting production
  $ holdfast label rollback --dir prompts greeting production`

/** `holdfast label`: which version of a prompt is live. */
export function addLabelCommand(program: Command, session: Session): void {
  const label = program
    .command('label')
    .description('move labels such as production between versions: set, rm, ls, history, rollback')
    .addHelpText('after', EXAMPLES)
  for (const addCommand of [addSet, addRm, addLs, addHistory, addRollback])
    addCommand(label, session)
}

interface MoveOptions {
  readonly expected?: string
  readonly by?: string
  readonly reason?: string
  readonly allowProtected?: boolean
}

function addSet(label: Command, session: Session): void {
  withMoveOptions(
    label
      .command('set')
      .description('move a label to a version')
      .argument('<prompt-id>')
      .argument('<label>')
      .argument('<version>', 'a version, a range, latest, or another label such as @staging'),
  ).action(async (promptId: string, name: string, version: string, options: MoveOptions) => {
    await withRegistry(session, async (opened) => {
      await requirePrompt(opened, promptId)
      const move = await opened.registry.label(promptId, name, version, moveOptions(options))
      await reportMove(session, promptId, move)
    })
  })
}

function addRm(label: Command, session: Session): void {
  withMoveOptions(
    label
      .command('rm')
      .description('remove a label; its history is kept')
      .argument('<prompt-id>')
      .argument('<label>'),
  ).action(async (promptId: string, name: string, options: MoveOptions) => {
    await withRegistry(session, async (opened) => {
      await requirePrompt(opened, promptId)
      const move = await opened.registry.unlabel(promptId, name, moveOptions(options))
      if (move === undefined)
        throw await notFoundIn(opened.store, promptId, { kind: 'label', label: name })
      await reportMove(session, promptId, move)
    })
  })
}

function addRollback(label: Command, session: Session): void {
  withMoveOptions(
    label
      .command('rollback')
      .description('undo the last move of a label')
      .argument('<prompt-id>')
      .argument('<label>'),
  ).action(async (promptId: string, name: string, options: MoveOptions) => {
    await withRegistry(session, async (opened) => {
      await requirePrompt(opened, promptId)
      const move = await opened.registry.rollbackLabel(promptId, name, moveOptions(options))
      await reportMove(session, promptId, move)
    })
  })
}

function addLs(label: Command, session: Session): void {
  label
    .command('ls')
    .description('list the labels of a prompt')
    .argument('<prompt-id>')
    .addOption(ndjsonOption())
    .action(async (promptId: string, options: { readonly ndjson?: boolean }) => {
      checkForm(session.output.json, { ndjson: options.ndjson })
      await withRegistry(session, async (opened) => {
        await requirePrompt(opened, promptId)
        const found = await opened.registry.labels(promptId)
        const labels = Object.entries(found).map(([name, state]) => ({ label: name, ...state }))
        const { output } = session
        if (output.json) return await output.document({ prompt_id: promptId, labels })
        if (options.ndjson === true)
          return await output.lines(labels.map((each) => ({ prompt_id: promptId, ...each })))
        await output.table(
          [
            { title: 'Label' },
            { title: 'Version' },
            { title: 'Since', whole: true },
            { title: 'By' },
            { title: 'Reason' },
          ],
          labels.map((each) => [
            each.label,
            each.version,
            each.at,
            each.by ?? '',
            each.reason ?? '',
          ]),
        )
      })
    })
}

function addHistory(label: Command, session: Session): void {
  label
    .command('history')
    .description('list all moves of a label, the oldest first')
    .argument('<prompt-id>')
    .argument('<label>')
    .addOption(ndjsonOption())
    .action(async (promptId: string, name: string, options: { readonly ndjson?: boolean }) => {
      checkForm(session.output.json, { ndjson: options.ndjson })
      checkLabelName(name)
      await withRegistry(session, async ({ registry, store }) => {
        const moves = await registry.labelHistory(promptId, name)
        if (moves.length === 0)
          throw await notFoundIn(store, promptId, { kind: 'label', label: name })
        const { output } = session
        if (output.json) return await output.document({ prompt_id: promptId, label: name, moves })
        if (options.ndjson === true)
          return await output.lines(moves.map((move) => ({ prompt_id: promptId, ...move })))
        await output.table(
          [
            { title: 'Time', whole: true },
            { title: 'From' },
            { title: 'To' },
            { title: 'By' },
            { title: 'Reason' },
          ],
          moves.map(({ at, from, to, by, reason }) => [
            at,
            from ?? '',
            to ?? 'removed',
            by ?? '',
            reason ?? '',
          ]),
        )
      })
    })
}

function withMoveOptions(command: Command): Command {
  return command
    .option('--expected <version>', 'only if the label is there now; none for a label that is new')
    .option('--by <name>', 'who moves it')
    .option('--reason <text>', 'why it is moved')
    .option('--allow-protected', 'a protected label may move; needs --reason')
}

function moveOptions({ expected, by, reason, allowProtected }: MoveOptions): LabelOptions {
  return given({ expected: expected === 'none' ? null : expected, by, reason, allowProtected })
}

async function reportMove({ output }: Session, promptId: string, move: LabelMove): Promise<void> {
  const { label, from, to } = move
  const moved = from !== to
  if (output.json) return await output.document({ prompt_id: promptId, ...move, moved })
  await output.talk(
    moved
      ? `Label ${label} of ${promptId}: ${from ?? 'none'} -> ${to ?? 'none'}`
      : `Label ${label} of ${promptId} is at ${to ?? 'none'} already`,
  )
}

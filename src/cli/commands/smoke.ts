import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import { monotonicMs } from '../../base/clock.js'
import { StorageError } from '../../base/errors.js'
import { checkPromptId } from '../../document/prompt-id.js'
import { commandHint } from '../command-hint.js'
import { withRegistry, type Opened } from '../registry.js'
import type { Session } from '../session.js'

/** What the versions are stored under. */
const PROMPT_ID = 'holdfast-smoke'

const EXAMPLES = `
Works on a store of any kind. It stores two versions of a prompt of its own,
with a label of its own, reads them, and deletes them again, also after a
failure. No other prompt is read or changed. The exit status is that of the step
that failed.

Examples:
  $ holdfast smoke --dir prompts
  $ holdfast smoke --store sqlite:prompts.db --json`

interface SmokeOptions {
  readonly promptId: string
}

export function addSmokeCommand(program: Command, session: Session): void {
  program
    .command('smoke')
    .description('check that a version can be saved, read, labelled and deleted in a store')
    .option('--prompt-id <id>', 'the prompt that the versions are stored under', PROMPT_ID)
    .addHelpText('after', EXAMPLES)
    .action(async ({ promptId }: SmokeOptions) => {
      checkPromptId(promptId)
      await withRegistry(session, async (opened) => {
        const test = new SmokeTest(session, opened, promptId)
        await test.run()
      })
    })
}

interface Step {
  readonly step: string
  readonly duration_ms: number
}

/** One run: its steps, and what it has to remove. */
class SmokeTest {
  readonly #session: Session
  readonly #opened: Opened
  readonly #promptId: string
  // Two runs at the same time have texts and labels of their own.
  readonly #token = randomBytes(6).toString('hex')
  readonly #label = `smoke-${this.#token}`
  readonly #steps: Step[] = []
  #made: readonly string[] = []
  #isLabelled = false

  constructor(session: Session, opened: Opened, promptId: string) {
    this.#session = session
    this.#opened = opened
    this.#promptId = promptId
  }

  async run(): Promise<void> {
    try {
      await this.#store()
      await this.#step('delete both versions', async () => await this.#remove())
      await this.#step('read nothing', async () => await this.#readNothing())
    } catch (error) {
      await this.#report(false)
      await this.#removeAfterFailure()
      throw error
    }
    await this.#report(true)
  }

  async #store(): Promise<void> {
    const [first, second] = [`First ${this.#token}`, `Second ${this.#token}`]
    const one = await this.#step('save a version', async () => await this.#publish(first))
    await this.#step('read it', async () => await this.#expect(one, first))
    await this.#step('save the next version', async () => {
      const two = await this.#publish(second)
      await this.#expect(two, second)
    })
    await this.#step('set a label', async () => await this.#move(one))
    await this.#step('read by the label', async () => await this.#expect(`@${this.#label}`, first))
    await this.#step('list the versions', async () => await this.#list())
    await this.#step('remove the label', async () => await this.#unlabel())
  }

  async #step<Result>(step: string, work: () => Promise<Result>): Promise<Result> {
    const startedMs = monotonicMs()
    try {
      const result = await work()
      this.#steps.push({ step, duration_ms: Number((monotonicMs() - startedMs).toFixed(3)) })
      return result
    } catch (error) {
      if (!this.#session.output.json) await this.#session.output.warn(`Failed to ${step}`)
      throw error
    }
  }

  async #publish(text: string): Promise<string> {
    const content = { id: this.#promptId, text, role: 'system' as const, variables: [] }
    const { version } = await this.#opened.registry.publish(this.#promptId, content, {
      author: 'holdfast smoke',
    })
    this.#made = [...this.#made, version]
    return version
  }

  async #expect(reference: string, text: string): Promise<void> {
    const found = await this.#opened.registry.get(this.#promptId, reference)
    if (found?.prompt.text !== text) throw this.#wrong(reference, found === undefined)
  }

  async #move(version: string): Promise<void> {
    await this.#opened.registry.label(this.#promptId, this.#label, version, {
      by: 'holdfast smoke',
    })
    this.#isLabelled = true
  }

  async #unlabel(): Promise<void> {
    await this.#opened.registry.unlabel(this.#promptId, this.#label, { by: 'holdfast smoke' })
    this.#isLabelled = false
  }

  async #list(): Promise<void> {
    const names = new Set(await this.#opened.store.listVersionNames(this.#promptId))
    const missing = this.#made.find((version) => !names.has(version))
    if (missing !== undefined) throw this.#wrong(missing, true)
  }

  async #remove(): Promise<void> {
    if (this.#made.length === 0) return
    await this.#opened.store.deleteVersions(this.#promptId, this.#made)
  }

  async #readNothing(): Promise<void> {
    for (const version of this.#made)
      if ((await this.#opened.store.getVersion(this.#promptId, version)) !== undefined)
        throw this.#wrong(version, false)
  }

  #wrong(reference: string, isMissing: boolean): StorageError {
    const what = isMissing ? 'is missing' : 'is not what was stored'
    return new StorageError(
      'FS-LOAD-001',
      `${reference} of prompt ${this.#promptId} ${what}, though the store has acknowledged it`,
      { context: { prompt_id: this.#promptId, reference } },
    )
  }

  /** The failure of the step is what is reported; that of the removal says what is left. */
  async #removeAfterFailure(): Promise<void> {
    try {
      if (this.#isLabelled) await this.#unlabel()
      await this.#remove()
    } catch {
      const { output } = this.#session
      const commands = this.#made.map((version) =>
        commandHint(this.#session, ['delete', this.#promptId, version]),
      )
      if (!output.json) await output.next('Left in the store; remove it with', commands)
    }
  }

  async #report(isDone: boolean): Promise<void> {
    const { output } = this.#session
    if (output.json) {
      if (isDone) await output.document({ ok: true, prompt_id: this.#promptId, steps: this.#steps })
      return
    }
    if (this.#steps.length > 0)
      await output.table(
        [{ title: 'Step' }, { title: 'ms', align: 'right' }],
        this.#steps.map(({ step, duration_ms }) => [step, duration_ms.toFixed(1)]),
      )
    if (isDone) await output.talk('The store works')
  }
}

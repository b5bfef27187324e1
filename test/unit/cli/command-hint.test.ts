import { describe, expect, it } from 'vitest'
import { commandHint } from '../../../src/cli/command-hint.js'

const color = true

describe('the line of another command', () => {
  it('has the options by which this command has found its store, and no others', () => {
    expect(commandHint({ options: { color } }, ['optimize', 'resume', 'one'])).toBe(
      'holdfast optimize resume one',
    )
    const options = {
      color,
      store: 'sqlite:p.db',
      config: 'holdfast.yaml',
      disk: 'portable',
      lockTimeoutMs: 5,
      retries: 0,
      group: true,
      json: true,
      quiet: true,
      trash: true,
      adopt: true,
    } as const
    expect(commandHint({ options }, ['optimize', 'resume', 'one'])).toBe(
      'holdfast optimize resume one --store sqlite:p.db --config holdfast.yaml --disk portable --lock-timeout-ms 5 --retries 0 --group',
    )
    expect(commandHint({ options: { color, dir: '-x', portable: true } }, ['ids'])).toBe(
      'holdfast ids --dir=-x --portable',
    )
  })

  it('is quoted for the shell', () => {
    const hint = commandHint({ options: { color, dir: 'my prompts' } }, ['ids'])
    expect(hint).toMatch(/^holdfast ids --dir (["'])my prompts\1$/)
  })
})

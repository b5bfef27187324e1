import { Argument, type Command } from 'commander'
import { describeProgram } from '../command-tree.js'
import { bashCompletion } from '../completion/bash.js'
import { fishCompletion } from '../completion/fish.js'
import { placesOf, type Place } from '../completion/places.js'
import { zshCompletion } from '../completion/zsh.js'
import type { Session } from '../session.js'

const SHELLS = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
} as const satisfies Readonly<Record<string, (places: readonly Place[]) => string>>

const EXAMPLES = `
Examples:
  $ source <(holdfast completion bash)            in ~/.bashrc
  $ source <(holdfast completion zsh)             in ~/.zshrc, after compinit
  $ holdfast completion fish | source             in config.fish`

export function addCompletionCommand(program: Command, session: Session): void {
  const shell = new Argument('<shell>', 'the shell that reads it').choices(Object.keys(SHELLS))
  program
    .command('completion')
    .description('print a script that makes a shell complete commands, options and files')
    .addArgument(shell)
    .addHelpText('after', EXAMPLES)
    .action(async (name: keyof typeof SHELLS) => {
      const script = SHELLS[name](placesOf(describeProgram(program)))
      if (session.output.json) return await session.output.document({ shell: name, script })
      await session.output.data(script)
    })
}

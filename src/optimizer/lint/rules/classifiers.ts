import type { CarriedText } from '../../../dify/workflow/dify-file.js'
import { wordsOf } from '../../../versions/prompts/text-difference.js'
import type { Fault } from '../finding.js'
import type { LintContext } from '../lint-context.js'

/** Two classes of one classifier with the same name, or nearly: the model cannot tell them apart. */
export function overlappingClasses(context: LintContext): readonly Fault[] {
  return classifiers(context).flatMap((classes) => {
    const seen = new Map<string, CarriedText>()
    return classes.flatMap((text) => {
      const words = wordsIn(text.text)
      const twin = seen.get(words)
      if (twin === undefined) seen.set(words, text)
      if (twin === undefined || words === '') return []
      return [
        {
          message: `The class "${shorten(text.text)}" has the same words as the class "${shorten(twin.text)}"`,
          remedy: 'Say in the name of each class what belongs to it and not to the other',
          pointer: text.pointer,
          node: text.node,
        },
      ]
    })
  })
}

/** A class without a name: the model has to choose among the others by what it cannot read. */
export function emptyClass(context: LintContext): readonly Fault[] {
  return classifiers(context)
    .flat()
    .filter(({ text }) => text.trim() === '')
    .map((text) => ({
      message: 'The class has no name: the name is what the model reads',
      remedy: 'Name what belongs to the class',
      pointer: text.pointer,
      node: text.node,
    }))
}

function classifiers({ textsOf, graph }: LintContext): readonly (readonly CarriedText[])[] {
  return [...textsOf]
    .filter(([id]) => graph.isReached(id))
    .map(([, texts]) => texts.filter(({ carrier }) => carrier === 'classifier.class'))
}

/** The words whatever their case, order and marks. */
function wordsIn(text: string): string {
  return wordsOf(text).toSorted().join(' ')
}

function shorten(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, ' ')
  return line.length > 60 ? `${line.slice(0, 57)}…` : line
}

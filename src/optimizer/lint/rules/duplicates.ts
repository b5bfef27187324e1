import type { CarriedText } from '../../../dify/workflow/dify-file.js'
import { wordsOf } from '../../../versions/prompts/text-difference.js'
import { proseOf } from '../../analysis/prose.js'
import type { Fault } from '../finding.js'
import type { LintContext } from '../lint-context.js'

/** Shorter sentences are headings, labels and formulas, which are repeated on purpose. */
const WORDS_MIN = 8

/** A whole sentence: lines of tables, diagrams and settings are repeated on purpose. */
const SENTENCE = /[.!?。！？]$/

/** The same sentence twice in one text: it costs tokens, and is changed in one place and forgotten in the other. */
export function duplicateInstruction({ file, graph }: LintContext): readonly Fault[] {
  return file.texts
    .filter(
      ({ node, optional, role }) =>
        !optional && role !== 'assistant' && (node === undefined || graph.isReached(node.id)),
    )
    .filter(({ syntax }) => syntax !== 'jinja2')
    .flatMap(repeatedIn)
}

/** Texts with examples repeat what the examples have in common. */
const EXAMPLES =
  /example|e\.g\.|for instance|sample|例|案例|范例|样例|テンプレート|サンプル|예시|ejemplo|exemple|beispiel|exemplo|пример/i

function repeatedIn(text: CarriedText): readonly Fault[] {
  if (EXAMPLES.test(text.text)) return []
  const seen = new Set<string>()
  const reported = new Set<string>()
  const faults: Fault[] = []
  for (const sentence of proseOf(text.text).outline.split(/\n|(?<=[.!?。！？])/)) {
    const written = sentence.trim().replace(/^[-*•\d.、()（）\s]+/, '')
    const words = wordsOf(written)
    if (words.length < WORDS_MIN || !SENTENCE.test(written)) continue
    const key = words.join(' ')
    if (seen.has(key) && !reported.has(key)) {
      reported.add(key)
      const shown = written.length > 60 ? `${written.slice(0, 57)}…` : written
      faults.push({
        message: `The instruction "${shown}" is in this text twice`,
        remedy: 'Say it once',
        pointer: text.pointer,
        node: text.node,
        within: { text: written, occurrence: 1 },
      })
    }
    seen.add(key)
  }
  return faults
}

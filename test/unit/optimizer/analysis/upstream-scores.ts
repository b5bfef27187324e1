import { readFileSync } from 'node:fs'
import { extractPrompts } from '../../../../src/optimizer/extract-prompts.js'
import { parseWorkflow } from '../../../../src/optimizer/dify-workflow.js'
import { readWorkflowText } from '../workflow-files.js'

/** What the first implementation says about one text: measured by running it, at its commit 321e134. */
export interface UpstreamScore {
  readonly text: string
  /** Overall, clarity, efficiency. */
  readonly scores: readonly [number, number, number]
  /** Structure, specificity, coherence, token efficiency, information density. */
  readonly parts: readonly number[]
  readonly issues: readonly string[]
  readonly suggestions: readonly string[]
  /** Characters, words, sentences, tokens, word length, sentence length. */
  readonly metadata: readonly number[]
}

type Row = Omit<UpstreamScore, 'text'> &
  (
    | { readonly text: string }
    | { readonly file: string; readonly node: string; readonly message: number }
  )

/** 35 texts that try each rule and its limits, and 75 messages of the real workflows, in the order of the file. */
export function upstreamScores(): readonly UpstreamScore[] {
  const rows = JSON.parse(
    readFileSync(new URL('./upstream-scores.json', import.meta.url), 'utf8'),
  ) as readonly Row[]
  const texts = new Map<string, ReadonlyMap<string, string>>()
  return rows.map((row) => {
    if ('text' in row) return row
    const ofFile = texts.get(row.file) ?? textsOf(row.file)
    texts.set(row.file, ofFile)
    const text = ofFile.get(`${row.node} ${row.message}`)
    if (text === undefined)
      throw new Error(`${row.file} has no message ${row.message} in ${row.node}`)
    return { ...row, text }
  })
}

function textsOf(file: string): ReadonlyMap<string, string> {
  const workflow = parseWorkflow(readWorkflowText(file), file)
  const { prompts } = extractPrompts(workflow, { extractedAt: new Date(0) })
  return new Map(
    prompts.map(({ node_id, context, text }) => [
      `${node_id} ${JSON.stringify(context['message_index'])}`,
      text,
    ]),
  )
}

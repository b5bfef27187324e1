import type { TestResult } from '../models/test-result.js'

/** How good a run was, by its time and by how much it says for its tokens. */
export type ResultClass = 'EXCELLENT' | 'GOOD' | 'FAIR' | 'POOR'

/** The first row that fits. Times in seconds: the limit itself does not fit. */
const TABLE: readonly {
  readonly name: ResultClass
  readonly seconds: number
  readonly efficiency: number
}[] = [
  { name: 'EXCELLENT', seconds: 2, efficiency: 0.8 },
  { name: 'GOOD', seconds: 5, efficiency: 0.6 },
  { name: 'FAIR', seconds: 10, efficiency: 0.4 },
]
/** About how many characters a token has. */
const TOKEN_CHARACTERS = 4

/** The table of the first implementation. What did not succeed is POOR. */
export class ResultClassifier {
  classify(result: TestResult): ResultClass {
    if (result.status !== 'succeeded') return 'POOR'
    const efficiency = this.efficiency(result)
    const row = TABLE.find(
      (one) => result.execution_time < one.seconds && efficiency >= one.efficiency,
    )
    return row?.name ?? 'POOR'
  }

  /** The characters of the outputs for those of its tokens; 0 without tokens. Long outputs reach more than 1. */
  efficiency({ outputs, tokens_used: tokens }: TestResult): number {
    if (tokens === 0) return 0
    return JSON.stringify(outputs).length / (TOKEN_CHARACTERS * tokens)
  }
}

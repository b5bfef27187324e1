import type { Case } from '../../src/optimizer/evaluation/case.js'
import type { Candidate, CaseOutcome } from '../../src/optimizer/search/candidate.js'
import type {
  Evaluate,
  ProposalRequest,
  Proposer,
  SearchOptions,
} from '../../src/optimizer/search/search-types.js'

/**
 * A case asks for letters, and a text answers those that it has in brackets, such as `[a]`: a rule whose result each
 * test can work out by hand. Searches over a server are in test/proof/optimizer.
 */
export function casesOf(set: string, ...wanted: readonly string[]): Case[] {
  return wanted.map((letters, at) => ({ id: `${set}-${at}`, inputs: { letters } }))
}

/** An outcome with a score. */
export function outcomeOf(testCase: Case, score: number, feedback = ''): CaseOutcome {
  return {
    case_id: testCase.id,
    inputs: testCase.inputs,
    score,
    feedback,
    traces: [],
    outputs: {},
    tokens: 0,
    cost: 0,
    seconds: 0,
  }
}

/** An outcome with an error. */
export function failureOf(testCase: Case, code = 'OPT-LLM-006'): CaseOutcome {
  const { score: _, ...rest } = outcomeOf(testCase, 0)
  return { ...rest, error: { code, message: 'the endpoint failed' } }
}

/** The letters that a case asks for. */
export function lettersOf({ inputs: { letters } }: Case): string[] {
  return typeof letters === 'string' ? Array.from(letters) : []
}

/** The share of the letters of a case that any of the texts has. */
export function lettersScore(candidate: Candidate, testCase: Case): number {
  const letters = lettersOf(testCase)
  const text = Object.values(candidate).join('')
  return letters.filter((letter) => text.includes(`[${letter}]`)).length / letters.length
}

/** Scores by letters, and notes each run. */
export function lettersWorld(): { readonly evaluate: Evaluate; readonly runs: string[] } {
  const runs: string[] = []
  return {
    runs,
    evaluate: async (candidate, testCase, { repeat, attempt }) => {
      runs.push(`${testCase.id}/${repeat}/${attempt}`)
      const letters = lettersOf(testCase)
      const missing = letters.filter(
        (each) => !Object.values(candidate).join('').includes(`[${each}]`),
      )
      return await Promise.resolve(
        outcomeOf(testCase, lettersScore(candidate, testCase), missing.join('')),
      )
    },
  }
}

/** Adds the first letter that the feedback of the examples, or else the alphabet, has and the text has not. */
export function lettersProposer(seen: ProposalRequest[] = []): Proposer {
  return {
    name: 'letters',
    propose: async (request) => {
      seen.push(request)
      const wished = Array.from(
        `${request.examples.map(({ feedback }) => feedback).join('')}abcdefgh`,
      )
      const letter = wished.find((each) => !request.text.includes(`[${each}]`)) ?? 'z'
      return await Promise.resolve(`${request.text}[${letter}]`)
    },
  }
}

/** Options of a search that finds all letters. */
export function lettersSearch(given: Partial<SearchOptions> = {}): SearchOptions {
  return {
    seed: { p: 'Answer. {{#start.text#}}' },
    train: casesOf('train', 'ab', 'bc', 'cd', 'da'),
    validation: casesOf('validation', 'abcd', 'ab', 'cd'),
    budget: { calls: 200 },
    evaluate: lettersWorld().evaluate,
    proposer: lettersProposer(),
    ...given,
  }
}

import type { ChatAnswer, ChatModel, ChatOptions, ChatRequest } from './chat-model.js'

/** What a model was asked, and what it has taken, since the last reset. */
export interface ModelStatistics {
  /** Calls that were answered, and those that failed. */
  readonly calls: number
  readonly failures: number
  readonly prompt_tokens: number
  readonly completion_tokens: number
  /** Answers without numbers of tokens, or with ones that cannot be true. The sums do not have them. */
  readonly without_usage: number
}

const NONE: ModelStatistics = Object.freeze({
  calls: 0,
  failures: 0,
  prompt_tokens: 0,
  completion_tokens: 0,
  without_usage: 0,
})

/** A model that counts its calls. */
export class MeteredModel implements ChatModel {
  readonly name: string
  readonly #model: ChatModel
  #statistics: ModelStatistics = NONE

  constructor(model: ChatModel) {
    this.name = model.name
    this.#model = model
  }

  get statistics(): ModelStatistics {
    return this.#statistics
  }

  async complete(request: ChatRequest, options?: ChatOptions): Promise<ChatAnswer> {
    try {
      const answer = await this.#model.complete(request, options)
      this.#count({
        calls: 1,
        prompt_tokens: answer.usage?.prompt_tokens ?? 0,
        completion_tokens: answer.usage?.completion_tokens ?? 0,
        without_usage: answer.usage === undefined ? 1 : 0,
      })
      return answer
    } catch (error) {
      this.#count({ failures: 1 })
      throw error
    }
  }

  reset(): void {
    this.#statistics = NONE
  }

  #count(more: Partial<ModelStatistics>): void {
    const sum = (name: keyof ModelStatistics): number => this.#statistics[name] + (more[name] ?? 0)
    this.#statistics = Object.freeze({
      calls: sum('calls'),
      failures: sum('failures'),
      prompt_tokens: sum('prompt_tokens'),
      completion_tokens: sum('completion_tokens'),
      without_usage: sum('without_usage'),
    })
  }
}

/** How calls are taken together. */
export interface GroupRules<Call, Answer> {
  /** Most groups under way at a time; calls that come meanwhile wait for the next one. */
  readonly groupsMax: number
  /** Begins a group: returns whether a call may join those that have joined it. The first one always does. */
  readonly begin: () => (call: Call) => boolean
  /** Answers each of the calls, in their order; what it throws is the answer to all of them. */
  readonly run: (calls: readonly Call[]) => Promise<readonly PromiseSettledResult<Answer>[]>
}

interface Waiting<Call, Answer> {
  readonly call: Call
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/**
 * Takes calls that wait at the same time together, so that many callers share one statement and one flush. A call that
 * has no others beside it begins at once.
 */
export class Groups<Call, Answer> {
  readonly #rules: GroupRules<Call, Answer>
  #waiting: Waiting<Call, Answer>[] = []
  #running = 0

  constructor(rules: GroupRules<Call, Answer>) {
    this.#rules = rules
  }

  async ask(call: Call): Promise<Answer> {
    return await new Promise((resolve, reject) => {
      this.#waiting.push({ call, resolve, reject })
      this.#begin()
    })
  }

  #begin(): void {
    if (this.#waiting.length === 0 || this.#running >= this.#rules.groupsMax) return
    const group = this.#take()
    this.#running++
    void this.#run(group).finally(() => {
      this.#running--
      this.#begin()
    })
  }

  /** The first that waits, and those after it that fit, in their order. */
  #take(): readonly Waiting<Call, Answer>[] {
    const [group, left]: [Waiting<Call, Answer>[], Waiting<Call, Answer>[]] = [[], []]
    const joins = this.#rules.begin()
    for (const each of this.#waiting)
      (joins(each.call) || group.length === 0 ? group : left).push(each)
    this.#waiting = left
    return group
  }

  async #run(group: readonly Waiting<Call, Answer>[]): Promise<void> {
    try {
      const answers = await this.#rules.run(group.map(({ call }) => call))
      for (const [at, { resolve, reject }] of group.entries()) {
        const answer = answers[at]
        if (answer?.status === 'fulfilled') resolve(answer.value)
        else reject(answer?.reason)
      }
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
  }
}

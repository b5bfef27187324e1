export interface Times {
  readonly call: number
  /** Absent: the process was killed before the operation returned. */
  readonly ret?: number
}

export interface Model<State, Operation> {
  readonly initial: State
  apply(state: State, operation: Operation): State | undefined
  keyOf(state: State): string
  isEnd?(state: State): boolean
}

export interface Verdict<Operation> {
  readonly explained: boolean
  readonly states: number
  readonly stuck: readonly Operation[]
}

export declare function explain<State, Operation extends Times>(
  operations: readonly Operation[],
  model: Model<State, Operation>,
): Verdict<Operation>

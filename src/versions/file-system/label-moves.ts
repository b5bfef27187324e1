import type { LabelMove } from '../prompt-heads.js'

/** Moves of the labels of a prompt that a commit has recorded: the tag of the file that it wrote them to. */
export class LabelMoves {
  readonly directory: string
  /** Undefined for the hashed name of a long id, which is in the directory's id file. */
  readonly promptId: string | undefined
  /** In order. Undefined if the commit does not show them: any label of the prompt may have moved. */
  readonly moves: readonly LabelMove[] | undefined

  constructor(
    { directory, promptId }: Pick<LabelMoves, 'directory' | 'promptId'>,
    moves: readonly LabelMove[] | undefined,
  ) {
    this.directory = directory
    this.promptId = promptId
    this.moves = moves
  }
}

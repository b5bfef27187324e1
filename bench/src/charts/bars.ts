/** One bar with its text. */
export interface Bar {
  readonly name: string
  readonly value: number
  readonly text: string
  /** Of the subject that it is about. */
  readonly colour: string
}

const ROW_HEIGHT = 23
const WIDTH = 430
/** Left free for the text of the longest bar. */
const ROOM = 1.35

/** Bars from zero, in the order given. */
export function bars(all: readonly Bar[], axisTitle: string): object {
  const longest = Math.max(...all.map(({ value }) => value))
  return {
    width: WIDTH,
    height: { step: ROW_HEIGHT },
    data: { values: all },
    encoding: {
      y: {
        field: 'name',
        type: 'nominal',
        title: null,
        sort: all.map(({ name }) => name),
        axis: { labelLimit: 600 },
      },
      x: {
        field: 'value',
        type: 'quantitative',
        title: axisTitle,
        scale: { domain: [0, longest * ROOM], nice: false },
        axis: { tickCount: 5, format: ',~r' },
      },
    },
    layer: [
      {
        mark: { type: 'bar', height: { band: 0.7 } },
        encoding: { color: { field: 'colour', type: 'nominal', scale: null, legend: null } },
      },
      {
        mark: { type: 'text', align: 'left', dx: 5, fontSize: 11, color: '#333333' },
        encoding: { text: { field: 'text', type: 'nominal' } },
      },
    ],
  }
}

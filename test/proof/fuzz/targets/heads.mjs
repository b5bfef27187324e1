// Decoders of what is kept of a prompt beside its versions: its head, and the moves of its labels.
import { StorageError } from '../../../../dist/base/errors.js'
import {
  appendHistory,
  decodeHead,
  decodeHistory,
  encodeHead,
  encodeHistory,
} from '../../../../dist/versions/file-system/head-file.js'
import { mutate } from '../mutate.mjs'
import { mustEqual, unless } from '../properties.mjs'

const PLACE = { promptId: 'p', path: 'p/.labels.json' }
const NOTE = { by: null, reason: 'tested\n', at: '2026-11-21T07:25:48.586Z' }
const HEAD = {
  labels: { production: { version: '1.0.0', ...NOTE }, '': { version: '2.0.0-rc.1', ...NOTE } },
  highest: '3.0.0',
  deprecated: { '1.0.0': NOTE },
  tags: { '1.0.0': ['a', 'b'] },
}
const MOVES = [
  { label: 'production', from: null, to: '1.0.0', ...NOTE },
  { label: 'production', from: '1.0.0', to: null, ...NOTE },
  { deleted: { '1.0.0': NOTE.at, '1.0.1': null }, trash: true, at: NOTE.at },
  { restored: { '1.0.0': NOTE.at }, at: NOTE.at },
]
const PIECES = ['"__proto__":', 'null', '1e999', '[[[[', '\n', '"moves": 0'].map((text) =>
  Buffer.from(text),
)

export const heads = {
  seeds: () => [
    ...[true, false].map((checksum) =>
      encodeHead({ head: HEAD, history: 2, moves: 7 }, { checksum }),
    ),
    encodeHistory(MOVES),
  ],
  mutate: (bytes, others, random) => mutate(bytes, [...others, ...PIECES], random),
  check(bytes) {
    const head = unless(StorageError, () => decodeHead(bytes, PLACE, { checksums: true }))
    if (head !== undefined) {
      const again = encodeHead(head, { checksum: true })
      mustEqual(decodeHead(again, PLACE, { checksums: true }), head)
    }
    const moves = unless(StorageError, () => decodeHistory(bytes, PLACE))
    if (moves !== undefined) {
      mustEqual(decodeHistory(encodeHistory(moves), PLACE), moves)
      mustEqual(decodeHistory(appendHistory(bytes, MOVES), PLACE), [...moves, ...MOVES])
    }
    return head !== undefined || moves !== undefined
  },
}

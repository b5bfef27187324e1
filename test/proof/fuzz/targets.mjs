// Every decoder that is fuzzed: {seeds(random), mutate(bytes, others, random), check(bytes)}. `check` returns whether
// the bytes were accepted, and throws when a property does not hold. `heap`: what it may allocate for a byte of input.
import { addon } from './targets/addon.mjs'
import { cliJson, indexFile, versionFile, workflow, difyFile } from './targets/files.mjs'
import { heads } from './targets/heads.mjs'
import { frame, record, segment } from './targets/journal.mjs'
import { marks } from './targets/marks.mjs'
import { scan } from './targets/scan.mjs'
import { name, promptId, version } from './targets/texts.mjs'

const HEAP_BYTES_A_BYTE = 200

export const TARGETS = Object.fromEntries(
  Object.entries({
    segment,
    frame,
    record,
    addon,
    scan,
    'version-file': versionFile,
    'index-file': indexFile,
    'cli-json': cliJson,
    workflow: { ...workflow, heap: 4000 },
    'dify-file': { ...difyFile, heap: 8000 },
    marks,
    heads,
    'prompt-id': promptId,
    version,
    name,
  }).map(([title, target]) => [title, { heap: HEAP_BYTES_A_BYTE, ...target }]),
)

// `node bench/backends.mjs [BACKEND…]`: the same work on each backend of versions, and beside it what its driver needs
// for the bare statements: how much our layer costs is the ratio. It depends on the built library alone. Writes
// bench/results/backends.json, and the table into docs/choosing-a-backend.md; `--tables` does only that. BENCH_DIR names
// the file system, BENCH_SECONDS how long each line is measured. A new backend is a row in BACKENDS.
import { openBucket } from './backends/bucket.mjs'
import { openFiles } from './backends/files.mjs'
import { openMemory } from './backends/memory.mjs'
import { openPostgres } from './backends/postgres.mjs'
import { openSqlite } from './backends/sqlite.mjs'
import { backendsSection } from './backends/tables.mjs'
import { measureBackend } from './backends/work.mjs'
import { BenchRecord, namedParts } from './record.mjs'

const BACKENDS = {
  memory: openMemory,
  files: openFiles,
  sqlite: openSqlite,
  postgres: openPostgres,
  bucket: openBucket,
}

const record = new BenchRecord('backends.json')
for (const name of namedParts(Object.keys(BACKENDS)))
  await record.measure(name, async () => await measureBackend(BACKENDS[name]))
await record.writeSection('choosing-a-backend.md', 'backends', backendsSection)

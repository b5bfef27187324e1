// `node bench/registry.mjs [PART…]`: the registry over 100,000 versions (`store`), what neighbours need for the same
// (`peers`), and from how many prompts on sharding pays (`sharding`); without a name, all three. It depends on the built
// library alone. Writes bench/results/registry.json, and the figures into the documents; `--tables` does only that.
// BENCH_DIR names the file system that is measured.
import { BenchRecord, namedParts } from './record.mjs'
import { measurePeers } from './registry/peers.mjs'
import { measureSharding } from './registry/sharding.mjs'
import { measureStore } from './registry/store.mjs'
import { registrySection, shardingSection } from './registry/tables.mjs'

const PARTS = { store: measureStore, peers: measurePeers, sharding: measureSharding }

const record = new BenchRecord('registry.json')
for (const name of namedParts(Object.keys(PARTS))) await record.measure(name, PARTS[name])
await record.writeSection('benchmarks.md', 'registry', registrySection)
await record.writeSection('version-storage.md', 'sharding', shardingSection)

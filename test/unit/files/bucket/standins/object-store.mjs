// What the stand-ins keep: objects of one or more buckets, in memory and, with a directory, in files that outlive a
// SIGKILL of the process: one file an object, replaced by a rename.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export class ObjectStore {
  #directory
  #buckets = new Map()
  #last = 0n

  constructor(directory) {
    this.#directory = directory
    if (directory === undefined) return
    mkdirSync(directory, { recursive: true })
    for (const name of readdirSync(directory)) {
      if (name.endsWith('.object')) this.#load(readFileSync(join(directory, name)))
    }
  }

  createBucket(bucket) {
    if (this.#buckets.has(bucket)) return false
    this.#buckets.set(bucket, new Map())
    if (this.#directory !== undefined) this.#save({ bucket }, Buffer.alloc(0), fileOf(bucket))
    return true
  }

  has(bucket) {
    return this.#buckets.has(bucket)
  }

  get(bucket, name) {
    return this.#buckets.get(bucket)?.get(name)
  }

  put(bucket, name, bytes, facts) {
    const updated = new Date().toISOString()
    const object = { updated, ...facts, name, bytes, generation: this.#generation() }
    if (this.#directory !== undefined)
      this.#save({ ...object, bucket }, bytes, fileOf(bucket, name))
    this.#buckets.get(bucket).set(name, object)
    return object
  }

  remove(bucket, name) {
    if (this.#directory !== undefined) rmSync(join(this.#directory, fileOf(bucket, name)))
    this.#buckets.get(bucket).delete(name)
  }

  /** Names that begin with the prefix, in the order of their bytes. */
  names(bucket, prefix) {
    const names = [...this.#buckets.get(bucket).keys()].filter((name) => name.startsWith(prefix))
    return names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  }

  /** Microseconds, as Google's: never the same twice, and never an earlier one after a restart. */
  #generation() {
    const now = BigInt(Date.now()) * 1000n
    this.#last = now > this.#last ? now : this.#last + 1n
    return String(this.#last)
  }

  #save(header, bytes, name) {
    const { bytes: _, ...facts } = header
    const path = join(this.#directory, name)
    writeFileSync(`${path}.tmp`, Buffer.concat([Buffer.from(`${JSON.stringify(facts)}\n`), bytes]))
    renameSync(`${path}.tmp`, path)
  }

  #load(content) {
    const end = content.indexOf(10)
    const { bucket, ...facts } = JSON.parse(content.subarray(0, end).toString())
    if (!this.#buckets.has(bucket)) this.#buckets.set(bucket, new Map())
    if (facts.name === undefined) return
    const object = { ...facts, bytes: content.subarray(end + 1) }
    if (BigInt(object.generation) > this.#last) this.#last = BigInt(object.generation)
    this.#buckets.get(bucket).set(object.name, object)
  }
}

function fileOf(bucket, name) {
  const id = name === undefined ? `bucket ${bucket}` : `object ${bucket} ${name}`
  return `${createHash('sha256').update(id).digest('hex')}.object`
}

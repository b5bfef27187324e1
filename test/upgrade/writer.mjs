// Writes one store with the package in a folder, and what is in it beside the store; then ends as the store says.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { STORES, writeStore } from './stores.mjs'

const [packageRoot, name, directory] = process.argv.slice(2)
const load = async (file) => await import(pathToFileURL(join(packageRoot, file)).href)
const { FileSystemStorage } = await load('dist/index.js')
const { FileStorage } = await load('dist/files/index.js')
const facts = await writeStore(name, directory, { FileSystemStorage, FileStorage })
writeFileSync(`${directory}.json`, `${JSON.stringify(facts, undefined, 2)}\n`)
if (STORES[name].kill) process.kill(process.pid, 'SIGKILL')

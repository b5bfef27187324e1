// A stand-in as a process of its own, to be killed: node server.mjs s3|gcs DIRECTORY PORT. It says `ready PORT`.
import { startGcs } from './gcs.mjs'
import { startS3 } from './s3.mjs'

const [kind, directory, port] = process.argv.slice(2)
const start = kind === 's3' ? startS3 : startGcs
const standIn = await start({ directory, port: Number(port) })
process.stdout.write(`ready ${standIn.port}\n`)

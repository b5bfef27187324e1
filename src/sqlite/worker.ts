// The thread of a database.
import { parentPort, workerData } from 'node:worker_threads'
import { serve } from './database-thread.js'
import type { DatabaseSettings } from './messages.js'

if (parentPort === null) throw new Error('It runs in a worker thread')
await serve(parentPort, workerData as DatabaseSettings)

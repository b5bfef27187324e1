// The end of a Vitest worker that runs under Wine: pipes do not work there, a socket does.
import { connect } from 'node:net'
import { init, runBaseTests, setupEnvironment } from 'vitest/worker'
import { frames, write } from './wire.mjs'

const socket = connect(Number(process.argv[2]), '127.0.0.1')
const listeners = new Map()

frames(socket, (message) => {
  if (message === 'stop') process.exit()
  for (const listener of listeners.keys()) listener(message)
})
// The process that started this one has ended.
socket.on('close', () => process.exit())

init({
  post: (message) => write(socket, message),
  on: (listener) => void listeners.set(listener),
  off: (listener) => void listeners.delete(listener),
  runTests: (state, traces) => runBaseTests('run', state, traces),
  collectTests: (state, traces) => runBaseTests('collect', state, traces),
  setup: setupEnvironment,
})

// Does what the parent process asks for, one message after the other: `methodOf(name)` is what is called.
export function answerParent(methodOf) {
  process.on('message', (message) => void answer(methodOf, message))
  process.send({ ready: true })
}

async function answer(methodOf, { id, method, args }) {
  try {
    const result = await methodOf(method)(...args)
    if (process.connected) process.send({ id, result })
  } catch (error) {
    process.send({ id, error: { name: error.name, code: error.code, message: error.message } })
  }
}

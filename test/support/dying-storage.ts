/** The storage as a process sees it that dies: after that many saves, every call fails, and nothing more is kept. */
export function dyingStorage<Storage extends object>(storage: Storage, saves: number): Storage {
  let left = saves
  return new Proxy(storage, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...parameters: unknown[]): unknown => {
        if (left <= 0) throw new Error('The process is dead')
        if (name === 'saveVersion') left--
        return Reflect.apply(member, target, parameters)
      }
    },
  })
}

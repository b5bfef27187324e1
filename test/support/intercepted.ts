/** What happens in place of a call; `call` makes it. */
export type Interceptor = (name: string, call: () => unknown, given: readonly unknown[]) => unknown

/** The object, whose methods go through `intercept`. */
export function intercepted<Target extends object>(target: Target, intercept: Interceptor): Target {
  return new Proxy(target, {
    get: (_, name) => {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      return (...given: unknown[]): unknown =>
        intercept(String(name), () => Reflect.apply(member, target, given), given)
    },
  })
}

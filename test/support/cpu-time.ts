/** Milliseconds of processor time since this call: unlike the time of a clock, it does not grow while others work. */
export function cpuTimer(): () => number {
  const start = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1000
  }
}

export class Random {
  constructor(...parts: readonly unknown[])
  next(): number
  integer(min: number, max: number): number
  chance(probability: number): boolean
  pick(list: readonly unknown[]): unknown
}

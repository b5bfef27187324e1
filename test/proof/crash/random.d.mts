export declare class Random {
  constructor(...parts: readonly unknown[])
  next(): number
  integer(min: number, max: number): number
  chance(probability: number): boolean
  pick<Item>(list: readonly Item[]): Item
  weighted(weights: Readonly<Record<string, number>>): string
}

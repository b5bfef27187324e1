// So that the configuration of the checkout is not taken.
export default { test: { include: ['vitest.test.mjs'] } }

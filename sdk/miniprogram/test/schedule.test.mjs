import test from 'node:test'
import { live, shrink, stepsOf } from './support/schedule.mjs'

// HUFU_SEED=n runs that one alone; HUFU_SEEDS=n so many, from a random start.
const one = process.env.HUFU_SEED
const count = one ? 1 : Number(process.env.HUFU_SEEDS ?? 200)
const first = one ? Number(one) : Math.floor(Math.random() * 1e6)
const length = 500

test(`${count} random lives of ${length} steps from seed ${first}: never logged out without cause, every call ends, no POST is done twice`, async (t) => {
  t.diagnostic(`seeds ${first} to ${first + count - 1}`)
  for (let seed = first; seed < first + count; seed++) {
    const steps = stepsOf(seed, length)
    const wrong = await live(seed, steps)
    if (!wrong) continue
    const least = await shrink(seed, steps)
    throw new Error(`seed ${seed}: ${await live(seed, least)}\nby ${least.length} steps:\n${least.map((s) => JSON.stringify(s)).join('\n')}`)
  }
})

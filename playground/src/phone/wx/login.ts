import { HostFailure } from '../../host'
import type { Context } from '../phone'
import { answer } from './answer'
import type { Family } from './index'

export const login: Family = (context: Context) => ({
  login: (options?: { timeout?: number }) => answer(context, 'login', options, () => timed(context, options?.timeout, context.host.login())),
  checkSession: (options?: object) => answer(context, 'checkSession', options, async () => {
    const { valid } = await context.host.checkSession()
    if (!valid) throw new HostFailure('session time out, need relogin')
    return {}
  }),
})

function timed<T extends object>(context: Context, timeout: number | undefined, work: Promise<T>): Promise<T> {
  if (!timeout) return work
  return new Promise((resolve, reject) => {
    const stop = context.life.after(timeout, () => reject(new HostFailure('timeout', 5)))
    work.finally(stop).then(resolve, reject)
  })
}

import { HostFailure, type Host } from '../../host'

/** A call that ends on the phone: the person, or a rule of WeChat's, says no. */
export class Refused extends HostFailure {}

/** Runs a call and tells the host if it ended here, so that it can be seen although nothing was sent. */
export async function asked<T>({ wechat }: Host, api: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Refused) wechat.refused(api, error.reason)
    throw error
  }
}

import type { Hufu } from '../index.js'
import type { Inside } from '../inside.js'
import { fieldsOf } from './object.js'

/** Erases the user at the server, and what the client holds of them. */
export async function erase(hufu: Hufu, everywhere: boolean): Promise<void> {
  const ask = (): Promise<unknown> => hufu.request({ url: everywhere ? '/v1/me?scope=user' : '/v1/me', method: 'DELETE' })
  try {
    await ask()
  } catch (thrown) {
    if (fieldsOf(thrown).code !== 'login_too_old') throw thrown
    await hufu.login({ force: true })
    await ask()
  }
  // The session is over at the server: what is left of it here would log in
  // again, as somebody new, at the next call.
  const { _forget } = hufu as Hufu & Partial<Inside>
  await (_forget ? _forget.call(hufu) : hufu.logout()).catch(() => undefined)
}

import type { Picture } from '../../host'
import type { File as KeptFile } from '../files'
import { make } from '../dom'
import { toBase64 } from '../base64'
import type { Context } from '../phone'
import { asked, Refused } from './refused'

/** Of a picture from the album, in px. */
const LARGEST = 640

/** A tap on a button of open-type chooseAvatar: the temporary path of what was chosen. Rejects with what the console is told. */
export function chooseAvatar(context: Context): Promise<{ avatarUrl: string }> {
  const { host, privacy, files } = context
  return asked(host, 'chooseAvatar', async () => {
    await privacy.require('chooseAvatar')
    const own = await host.wechat.avatar()
    const chosen = await choose(context, own)
    if (!chosen) throw new Refused('cancel')
    return { avatarUrl: files.keep(chosen, chosen.type === 'image/png' ? 'png' : 'jpeg') }
  })
}

/** WeChat's sheet: the person's own picture, one of the album, or none. */
async function choose({ screen, host }: Context, own: Picture): Promise<KeptFile | null> {
  const { words, sheets } = screen
  const choice = await sheets.open<Picture | Blob | null>('phone-list phone-avatars', words.askAvatar, (close) => {
    const picture = make('img', { src: `data:${own.type};base64,${toBase64(own.bytes)}`, alt: '' })
    const wechat = make('button', { type: 'button', class: 'phone-avatar-own' }, picture, words.wechatAvatar)
    wechat.addEventListener('click', () => close(own))
    const input = make('input', { type: 'file', accept: 'image/*', hidden: '', 'aria-label': words.album })
    const album = make('button', { type: 'button', class: 'phone-avatar-album' }, words.album)
    album.addEventListener('click', () => input.click())
    input.addEventListener('change', () => input.files?.[0] && close(input.files[0]))
    const cancel = make('button', { type: 'button', class: 'phone-list-cancel' }, words.cancel)
    cancel.addEventListener('click', () => close(null))
    const head = make('h2', {}, `${host.appName} · ${words.askAvatar}`)
    return { body: [head, wechat, album, input, cancel], focus: wechat, cancel: () => close(null) }
  })
  if (!(choice instanceof Blob)) return choice
  try {
    return await square(choice)
  } catch {
    screen.toast.show({ title: words.noPicture, icon: 'none' })
    throw new Refused('the file is no picture that can be opened')
  }
}

/** The middle of a picture, as WeChat lets one crop it. */
async function square(file: Blob): Promise<KeptFile> {
  const picture = await createImageBitmap(file)
  const side = Math.min(picture.width, picture.height)
  const size = Math.min(side, LARGEST)
  const canvas = make('canvas', { width: String(size), height: String(size) })
  canvas.getContext('2d')!.drawImage(picture, (picture.width - side) / 2, (picture.height - side) / 2, side, side, 0, 0, size, size)
  picture.close()
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.9))
  if (!blob) throw new Error('the picture could not be made')
  return { bytes: new Uint8Array(await blob.arrayBuffer()), type: 'image/jpeg' }
}

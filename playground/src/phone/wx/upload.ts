import { HostFailure, type NetworkTask } from '../../host'
import type { Context } from '../phone'
import { answer } from './answer'
import type { NetworkCalls } from './calls'
import { headerOf, timeoutOf, urlOf } from './request'

interface UploadOptions {
  url?: unknown
  filePath?: unknown
  name?: unknown
  formData?: Record<string, unknown>
  header?: Record<string, unknown>
  timeout?: unknown
}

/** wx.uploadFile: multipart by POST; `data` of the answer is always text. */
export function uploadFile(context: Context, calls: NetworkCalls) {
  return (options: UploadOptions = {}): object => {
    let task: NetworkTask | null = null
    let aborted = false
    const work = async (): Promise<object> => {
      await undefined
      if (aborted) throw new HostFailure('abort')
      const path = String(options.filePath ?? '')
      const found = context.files.read(path)
      if (!found) throw new HostFailure('file not found')
      task = calls.send({
        kind: 'upload', url: urlOf(options.url), method: 'POST', header: headerOf(options.header), data: null,
        file: { name: String(options.name ?? 'file'), filename: path.split('/').pop() || 'file', ...found },
        formData: headerOf(options.formData), timeout: timeoutOf(options.timeout, context.program.app.networkTimeout?.uploadFile),
      })
      const { statusCode, header, cookies, data } = await task.answer
      return { data: typeof data === 'string' ? data : new TextDecoder().decode(data), statusCode, header, cookies }
    }
    answer(context, 'uploadFile', { complete: () => {}, ...options }, work)
    return {
      abort() {
        aborted = true
        task?.abort()
      },
      onProgressUpdate() {},
      offProgressUpdate() {},
      onHeadersReceived() {},
      offHeadersReceived() {},
    }
  }
}
